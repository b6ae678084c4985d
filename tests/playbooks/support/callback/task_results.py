"""Writes every task's result as one JSON line, for the tests to read: what a person sees on the terminal is not parsed."""

from __future__ import annotations

DOCUMENTATION = """
name: task_results
type: notification
short_description: Writes task results as JSON lines
description: For the tests of this collection.
options:
  path:
    description: The file to write.
    env: [{name: TASK_RESULTS}]
    required: true
"""

import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)

    def _write(self, status, result):
        task = result._task
        line = {"task": task.get_name(), "action": task.action, "status": status, "result": result._result}
        with open(self.get_option("path"), "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, default=str) + "\n")
