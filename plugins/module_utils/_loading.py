# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads large libraries at a third of what it costs otherwise. Private to this collection."""

from __future__ import annotations

import contextlib
import gc
import threading

# Whoever loads within what loads, as one library loads another, has it already.
_lock = threading.RLock()


@contextlib.contextmanager
def quickly():
    """While a library is loaded inside, the garbage collector rests, and what was loaded is never looked through again.

    The libraries of Azure make some hundred thousand objects that stay to the end of the process. The collector goes
    through all of them time and again while they are made, which takes twice as long as making them does, and once more
    when the process ends: most of the time of a task that finds nothing to do.
    """
    with _lock:
        rests_already = not gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            if not rests_already:
                gc.enable()
