# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what happens while it happens, and keeps it for the report. Private to this collection.

A module cannot print. It appends one JSON line for each event to the file its action plugin made for it, readable by
its owner alone; the plugin prints them. Without a file the steps are still kept for the result.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import threading
import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError


class Progress:
    """Steps of all servers of one task; safe to use from many threads.

    ``path``: an existing file to append to, or ``None``. ``timeline``: the steps so far, for the module's result.
    """

    def __init__(self, path=None):
        self.path = path or None
        self.timeline = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def step(self, server, step, detail=""):
        """One step of one server: says that it started and how it ended, and names itself in an error that passes."""
        entry = {"server": server, "step": step, "status": "started", "detail": detail, "started": _now(), "finished": None, "seconds": None}
        begin = time.monotonic()
        with self._lock:
            self.timeline.append(entry)
        self._write(server, step, "started", detail)
        try:
            yield entry
        except BaseException as error:
            if isinstance(error, AsrError):
                error.step = error.step or step
            self._end(entry, begin, "failed", str(error) if isinstance(error, AsrError) else type(error).__name__)
            raise
        self._end(entry, begin, "finished", entry["detail"])

    def say(self, server, step, detail):
        """One line about a step that goes on."""
        self._write(server, step, "going on", detail)

    def _end(self, entry, begin, status, detail):
        entry.update(status=status, detail=detail, finished=_now(), seconds=round(time.monotonic() - begin, 1))
        self._write(entry["server"], entry["step"], status, detail, entry["seconds"])

    def _write(self, server, step, status, detail, seconds=None):
        if self.path is None:
            return
        line = json.dumps({"server": server, "step": step, "status": status, "detail": detail, "seconds": seconds}) + "\n"
        with self._lock:
            try:
                # Never created here: a file the plugin already removed must not come back with other rights.
                descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            except OSError:
                self.path = None
                return
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)


def _now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
