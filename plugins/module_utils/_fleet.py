# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acts on all servers at the same time; one that fails never stops the others. Private to this collection."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError

# A thread that waits costs nothing but memory; the limit keeps thousands of readings from exhausting the controller.
MOST_AT_ONCE = 128


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How the chain of one item ended: ``result`` or ``error``."""

    name: str
    result: dict | None = None
    error: AsrError | None = None


def run_all(items, chain, name=lambda item: item["name"], at_once=MOST_AT_ONCE):
    """Run ``chain(item)`` for every item, ``at_once`` of them at a time; return an `Outcome` for each, in the order of the items.

    Chains that wait for each other need a thread each: one that has none yet may be what all the others wait for.
    An `AsrError` is kept for its item. Any other exception is a defect of this collection: it is kept as well, worded as one.
    """
    items = list(items)
    if not items:
        return []
    with concurrent.futures.ThreadPoolExecutor(min(len(items), at_once), thread_name_prefix="server") as pool:
        return list(pool.map(lambda item: _outcome(item, chain, name(item)), items))


def _outcome(item, chain, name):
    try:
        return Outcome(name, result=chain(item))
    except AsrError as error:
        return Outcome(name, error=error)
    except Exception as error:  # a thread must answer for its server, whatever went wrong
        # Only the type and the place: the text of an unforeseen exception could quote an argument, a secret among them.
        return Outcome(
            name,
            error=AsrError(
                "working", on=name, code=type(error).__name__, said=_place(error), cure="This is a defect of the collection: please report it"
            ),
        )


def _place(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"unexpected error in {trace.tb_frame.f_code.co_filename.rpartition('/')[2]} line {trace.tb_lineno}" if trace else "unexpected error"


class SharedRead:
    """One reading for all the threads that wait for the same thing.

    ``get()`` returns what ``read()`` answered not longer than ``min_interval`` seconds ago, so that a hundred servers cost
    as many requests as one.
    """

    def __init__(self, read, min_interval, clock=time.monotonic):
        self._read = read
        self._min_interval = min_interval
        self._clock = clock
        self._lock = threading.Lock()
        self._value = None
        self._began = None

    def get(self, not_before=None, max_age=None):
        """The value of a shared reading; one that began before ``not_before`` (of ``clock``) is too old, however young.

        ``max_age``: how old one may be at most, where more will do than ``min_interval``.
        """
        # Before the lock: who waited for another's long reading is served by that reading, and does not begin one more.
        wanted = self._clock() - (self._min_interval if max_age is None else max_age)
        if not_before is not None:
            wanted = max(wanted, not_before)
        if max_age is not None and self._began is not None and self._began >= wanted:
            # The one that is there will do, also while another is under way.
            return self._value
        with self._lock:
            if self._began is None or self._began < wanted:
                began = self._clock()
                self._value = self._read()
                self._began = began
            return self._value
