# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only loop that sleeps. Private to this collection."""

from __future__ import annotations

import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrTimeout


def wait_for(read, is_done, what, timeout, interval, clock=time.monotonic, sleep=time.sleep, cure="", describe=str):
    """Call ``read()`` until ``is_done(value)``, and return that value.

    ``interval``: seconds between two reads, or a function of the last value (so that a ``Retry-After`` is honoured).
    ``timeout``: seconds; when they are over `AsrTimeout` names ``what`` and the last value as ``describe`` words it.
    ``clock`` and ``sleep`` are arguments so that a test takes no time. ``is_done`` may raise an `AsrError` of its own.
    """
    limit = clock() + timeout
    while True:
        value = read()
        if is_done(value):
            return value
        pause = interval(value) if callable(interval) else interval
        left = limit - clock()
        if left <= 0:
            raise AsrTimeout(
                f"waiting for {what}",
                code="timeout",
                said=f"not there after {timeout:g} s; last seen: {describe(value)}",
                cure=cure or "It may still come: run the same task again, which takes up where this one stopped, or give a longer timeout",
            )
        sleep(min(pause, left))
