# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uninstalls a process server's programs on the server itself. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_steps as steps
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_chain import SHORT_SCRIPT_SECONDS
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

# An uninstaller that works from a copy of itself may end a moment before that copy does (our inference).
SETTLING_SECONDS = 60
MARK = "Should this run be killed after the vault shows the server no more, the rest of its software stays on it"


def remove_software(channel, params, entry, mark, progress):
    """Look, take one step, look again, until none of the programs is left; ``mark`` tells later runs that it is not finished."""
    name = entry["name"]
    while True:
        state = _look(channel)
        steps.refuse_stranger(name, state)
        step = steps.next_step(name, state, entry["admin_username"], entry["admin_password"])
        if step is steps.DONE:
            mark.clear(serves=False)
            return
        mark.set(MARK)
        with progress.step(name, step.name) as line:
            if step is steps.FOLLOW:
                # Whatever it is, and however it ends: the server's state is looked at afterwards.
                _follow(channel, params, name, f"the work in task {steps.TASK_NAME!r}")
            elif step.script == "start_setup_task":
                line["detail"] = _uninstall(channel, params, name, steps.installed_programs(state)[0], step)
            else:
                channel.run(step.script, step.parameters, timeout=SHORT_SCRIPT_SECONDS)


def _look(channel):
    return channel.run("get_server_state", steps.GATHER, timeout=SHORT_SCRIPT_SECONDS)


def _uninstall(channel, params, name, program, step):
    channel.run(step.script, step.parameters, timeout=SHORT_SCRIPT_SECONDS)
    task = _follow(channel, params, name, f"the uninstaller of {program['name']} ({step.parameters['program']})")
    failure = steps.failure(name, program, step, task)
    if failure:
        raise failure
    try:
        wait_for(
            lambda: _look(channel),
            lambda state: not steps.is_installed(program, state),
            f"{program['name']} to be gone from {name}",
            min(params["timeout"], SETTLING_SECONDS),
            params["interval"],
            describe=lambda state: "it is installed",
        )
    except AsrTimeout:
        raise steps.still_installed(name, program) from None
    return "a restart is pending" if task["last_result"] == setup.RESTART_NEEDED else ""


def _follow(channel, params, name, what):
    """Until the task has ended; what it ended with, as ``get_setup_task`` answers it."""
    return wait_for(
        lambda: channel.run("get_setup_task", setup.TASK_QUESTION, timeout=SHORT_SCRIPT_SECONDS),
        lambda answer: not setup.is_running(answer, started=True),
        f"the end of {what} on {name}",
        params["timeout"],
        params["interval"],
        cure=steps.hang_cure(f"{what[0].upper()}{what[1:]}"),
        describe=_words,
    )


def _words(answer):
    tail = " ".join((answer.get("log_tail") or "").split())
    return f"task {steps.TASK_NAME!r} is {answer['state']}; " + (f"the newest log ends: {tail}" if tail else f"no log in {setup.LOG_DIRECTORY}")
