# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_report
type: notification
short_description: Writes a report of what was done for each process server
version_added: 0.1.0
description:
  - Gathers what the modules of azure_dr.site_recovery say about each process server, in failed tasks too.
  - At the end of the run it prints a table of the servers, and writes a JSON file and one HTML page with a timeline.
    The page needs no other file, no script and no network.
  - Only the fields of the report are taken from a result. No option of a task is, so that no password or passphrase reaches a report.
  - A run with no task of these modules has no report.
requirements:
  - Enable it with the setting C(callbacks_enabled=azure_dr.site_recovery.dr_report) of C([defaults]), or E(ANSIBLE_CALLBACKS_ENABLED).
options:
  report_directory:
    description:
      - The directory of the reports, made when it is not there. A path that is not absolute begins at the current directory.
      - The files are named after the time at which the run began, in UTC.
    type: path
    default: reports
    env:
      - name: AZURE_DR_REPORT_DIRECTORY
    ini:
      - section: callback_dr_report
        key: report_directory
author:
  - Azure DR collection authors (@azure-dr)
"""

import datetime
import json
import os

from ansible.plugins.callback import CallbackBase

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils import _report
from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils._report_page import page

COLLECTION = "azure_dr.site_recovery."


class CallbackModule(CallbackBase):
    """Listens to the results of our modules, and writes the report at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "azure_dr.site_recovery.dr_report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display=None, options=None):
        super().__init__(display=display, options=options)
        self._report = _report.Report()
        self._began = {}

    def v2_playbook_on_start(self, playbook):
        self._report.playbook = os.path.basename(getattr(playbook, "_file_name", "") or "")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._began[task._uuid] = _now()

    def v2_runner_on_ok(self, result):
        self._record(result, failed=False)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, failed=True)

    def v2_playbook_on_stats(self, stats):
        if not self._report.tasks:
            return
        report = self._report.as_dict()
        if report["servers"]:
            self._display.display("\nPROCESS SERVERS")
            for line in _report.table(report):
                self._display.display(line)
        try:
            path = write(report, self.get_option("report_directory"))
        except OSError as error:
            # A report that cannot be written is no reason for a run to fail.
            self._display.warning(f"dr_report: the report could not be written: {error.strerror} ({error.filename})")
            return
        self._display.display(f"\nReport: {path}")

    def _record(self, result, failed):
        task = result._task
        module = getattr(task, "resolved_action", None) or task.action
        if not module.startswith(COLLECTION):
            return
        returned = result._result
        finished = _now()
        began = self._began.get(task._uuid, finished)
        # In a loop each item has a result of its own.
        for one in returned["results"] if isinstance(returned.get("results"), list) else [returned]:
            if isinstance(one, dict):
                status = "failed" if one.get("failed", failed) else "changed" if one.get("changed") else "unchanged"
                self._report.record(task.get_name().rpartition(" : ")[2], module, one, began, finished, status, task.check_mode)


def write(report, directory):
    """Write both files into the directory; return the absolute path of the page."""
    directory = os.path.abspath(os.path.expanduser(directory))
    os.makedirs(directory, exist_ok=True)
    began = _report.moment(report["started"])
    name = f"dr_report_{began:%Y%m%dT%H%M%SZ}"
    number = 1
    while True:
        stem = os.path.join(directory, name if number == 1 else f"{name}_{number}")
        try:
            # Another run may have begun in the same second.
            with open(f"{stem}.json", "x", encoding="utf-8") as file:
                json.dump(report, file, indent=2)
                file.write("\n")
            break
        except FileExistsError:
            number += 1
    with open(f"{stem}.html", "w", encoding="utf-8") as file:
        file.write(page(report))
    return f"{stem}.html"


def _now():
    return datetime.datetime.now(datetime.timezone.utc)
