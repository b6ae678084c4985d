# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module unchanged and prints its steps while it works. Private to this collection.

A module cannot print: what it says reaches the terminal when it has ended. So it appends one JSON line for each event to a
file, and this side prints them as they come.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import threading

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash

# Short against any step that is worth a line, and cheap: one read of a file that seldom grew.
INTERVAL_SECONDS = 0.05
# Texts of a service are printed as text: nothing in them may steer the terminal or begin a line of its own.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class ProgressActionModule(ActionBase):
    """What an action plugin of a module that waits inherits: nothing is left for it to add."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        """Run the module of this plugin's name; its result is the result."""
        result = super().run(tmp, task_vars)
        in_background = bool(self._task.async_val) and not self._connection.has_native_async
        with self._arguments(in_background) as arguments:
            result = merge_hash(result, self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=in_background))
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    @contextlib.contextmanager
    def _arguments(self, in_background):
        """The task's own arguments, with a file whose lines are printed until the module has ended."""
        arguments = dict(self._task.args)
        if not self._has_lines(arguments, in_background):
            yield arguments
            return
        with progress_file() as path, printing(path):
            yield {**arguments, "progress_file": path}

    def _has_lines(self, arguments, in_background):
        """Whether this task can have lines: the module writes where we read, and we wait for it, and the user wants to see it."""
        here = getattr(self._connection, "transport", None) == "local"
        return here and not in_background and not self._task.no_log and not arguments.get("progress_file")


@contextlib.contextmanager
def progress_file():
    """The path of an empty file that its owner alone can read, in a directory of its own; both are removed at the end."""
    # Below Ansible's own temporary directory, which Ansible removes when it ends, should this process be killed.
    directory = tempfile.mkdtemp(prefix="progress-", dir=C.DEFAULT_LOCAL_TMP)
    try:
        path = os.path.join(directory, "steps.jsonl")
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield path
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def printing(path, say=None, interval=INTERVAL_SECONDS):
    """Print the events that are appended to the file until the block ends, the last ones before it returns.

    ``say(text, color)`` prints a line; default: Ansible's display, which hands it to the main process, and so to AWX.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(path, say or _display, ended, interval), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(path, say, ended, interval):
    with open(path, "rb") as events:
        rest = b""
        while True:
            # Asked before reading: what was written before the end is read after it.
            last = ended.is_set()
            *lines, rest = (rest + events.read()).split(b"\n")
            for line in lines:
                readable = as_line(line)
                if readable:
                    say(*readable)
            if last:
                return
            ended.wait(interval)


def as_line(event):
    """The text of one event and the color of its kind, or ``None`` for what is none; pure.

    ``event``: a JSON object with ``server``, ``step``, ``status``, ``detail`` and ``seconds``.
    """
    try:
        event = json.loads(event)
        server, step, status = event["server"], event["step"], event["status"]
    except (ValueError, TypeError, KeyError):
        return None
    parts = [server, step, status]
    if event.get("seconds") is not None:
        parts.append(f"{event['seconds']} s")
    if event.get("detail"):
        parts.append(event["detail"])
    text = " | ".join(UNPRINTABLE.sub(" ", str(part)).strip() for part in parts)
    return text, C.COLOR_ERROR if status == "failed" else None


def _display(text, color):
    Display().display(text, color=color)
