"""Ends a run with everything it started: Ansible's workers, and the modules below them, lead sessions of their own."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal


def descendants(pid):
    """The process and all that it started, directly or not, as far as they run."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything.
            after_name = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(after_name[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return found


def kill(pid):
    """No process of the run does anything any more when this returns."""
    stopped = set()
    while not stopped.issuperset(found := descendants(pid)):
        for one in found:
            # One that stands still starts no other.
            _send(one, signal.SIGSTOP)
        stopped.update(found)
    for one in stopped:
        _send(one, signal.SIGKILL)


def _send(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
