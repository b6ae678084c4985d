# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides the next step of removing a process server's software, from what the server's own state is. Pure; private to this collection.

The state is what the script ``get_server_state`` gathered, so a removal that was found half done is taken up where it stands.
"""

from __future__ import annotations

import ntpath
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup

# In the order of the page (site-recovery-vmware-unregister-process-server). One that is not installed is skipped: the gallery's image has no
# Mobility Service (our inference).
PROGRAMS = (
    "Microsoft Azure Site Recovery Mobility Service/Master Target Server",
    setup.PROGRAM,
    f"{setup.PROGRAM} Dependencies",
)

# The same task as the set-up's, so that neither begins while the other runs.
TASK_NAME = setup.TASK_NAME
GATHER = {
    "services": [],
    "program_name_pattern": setup.PROGRAM_PATTERN,
    "task_name": TASK_NAME,
    "paths": [setup.SETUP_DIRECTORY, setup.LOG_DIRECTORY],
}

# The Mobility Service is a package of the Windows Installer, and this is its documented removal
# (vmware-physical-manage-mobility-service: MsiExec.exe /qn /x {…} /L+*V "…\ASRSetupLogs\UnifiedAgentMSIUninstall.log").
MSI_PROGRAM = "C:\\Windows\\System32\\msiexec.exe"
MSI_LOG = "UnifiedAgentMSIUninstall.log"
_MSI = re.compile(
    r'"?(?:[a-z]:\\windows\\system32\\)?msiexec(?:\.exe)?"?\s+/[xi]\s*(\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\})', re.IGNORECASE
)

# The other two come with installers that take the switches of Inno Setup (article on Provider upgrade failures); that their uninstallers take them as
# well is our inference, checked by what is installed afterwards. Inno Setup's own page on them: topic_uninstcmdline.
INNO_SWITCHES = "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"
_INNO = re.compile(r'"?([a-z]:\\[^"<>|?*:/]+\\unins\d{3}\.exe)"?(?:\s+/[a-z]+)*', re.IGNORECASE)

# Not the program's own folder, which could not be removed while something runs in it.
WORKING_DIRECTORY = "C:\\Windows\\System32"

FOLLOW = setup.Step("follow what already runs on the server")
DONE = setup.DONE


def next_step(name, state, user, password):
    """The next `Step` for the server called ``name``, `FOLLOW` or `DONE`; a `Refusal` where nobody knows how a program goes."""
    if setup.is_running(state["task"]):
        return FOLLOW
    installed = installed_programs(state)
    if installed:
        # All of them are looked at before the first goes.
        commands = [uninstall_command(name, program, _exists(state, setup.LOG_DIRECTORY)) for program in installed]
        program, arguments = commands[0]
        parameters = {"task_name": TASK_NAME, "program": program, "arguments": arguments, "working_directory": WORKING_DIRECTORY}
        return setup.Step(f"uninstall {short_name(installed[0])}", "start_setup_task", {**parameters, "user": user, "password": password})
    if state["task"]["exists"] or _exists(state, setup.SETUP_DIRECTORY):
        return setup.Step("remove the set-up files", "remove_setup_files", {"task_name": TASK_NAME, "paths": [setup.SETUP_DIRECTORY]})
    return DONE


def installed_programs(state):
    """The product's programs that are installed, in the order in which they go."""
    return [program for wanted in PROGRAMS for program in state["programs"] if (program["name"] or "").lower() == wanted.lower()]


def short_name(program):
    """The program's name without that of the product in front of it."""
    return program["name"].removeprefix("Microsoft Azure Site Recovery ")


def uninstall_command(name, program, with_log):
    """``(program, arguments)`` for a program's registered uninstaller, without any question; a `Refusal` for one of another kind."""
    text = (program["uninstall_string"] or "").strip()
    package = _MSI.fullmatch(text)
    if package:
        log = f' /L+*V "{ntpath.join(setup.LOG_DIRECTORY, MSI_LOG)}"' if with_log else ""
        return MSI_PROGRAM, f"/x {package[1]} /qn /norestart{log}"
    uninstaller = _INNO.fullmatch(text)
    if uninstaller:
        log = f' /LOG="{ntpath.join(setup.LOG_DIRECTORY, log_name(program))}"' if with_log else ""
        return uninstaller[1], f"{INNO_SWITCHES}{log}"
    raise Refusal(
        f"uninstalling {program['name']}",
        on=name,
        said=(
            f"its registered uninstaller is {text!r}, which is neither a package of the Windows Installer nor Inno Setup's"
            if text
            else "it has no uninstaller"
        ),
        cure="Nothing was removed. Uninstall the programs of Azure Site Recovery by hand in Programs and Features, in this order: "
        + ", ".join(PROGRAMS)
        + ". Then run again",
    )


def log_name(program):
    """The name of a log of our own beside those of the set-up."""
    return re.sub("[^A-Za-z]+", "", short_name(program)) + "Uninstall.log"


def failure(name, program, step, task):
    """The error for an uninstall that ended badly, or `None`; ``task`` is what ``get_setup_task`` answered."""
    if not task["exists"] or task["last_result"] in setup.SUCCESS:
        # A task that is gone was cleared away by another run: what is installed afterwards tells.
        return None
    tail = " ".join((task.get("log_tail") or "").split())
    return AsrError(
        f"uninstalling {program['name']}",
        on=name,
        code=f"exit code {task['last_result']}",
        said=f"{step.parameters['program']} failed; " + (f"the newest log ends: {tail}" if tail else f"no log was found in {setup.LOG_DIRECTORY}"),
        cure=f"Read the logs in {setup.LOG_DIRECTORY} on the server, mend the cause and run again",
    )


def still_installed(name, program):
    """The error for an uninstaller that said success and left its program installed."""
    return AsrError(
        f"uninstalling {program['name']}",
        on=name,
        said="its uninstaller ended with success, but the program is still in the list of installed programs",
        cure=f"Uninstall it by hand in Programs and Features (logs are in {setup.LOG_DIRECTORY}), then run again",
    )


def is_installed(program, state):
    """Whether this very program is still in the list: of its name and with its uninstaller."""
    return any(one["name"] == program["name"] and one["uninstall_string"] == program["uninstall_string"] for one in state["programs"])


def hang_cure(what):
    """What to do about an uninstaller that does not end."""
    return (
        f"{what} may still come to its end: run again, which follows it. Does it stand still, look at task {TASK_NAME!r} and at the logs in "
        f"{setup.LOG_DIRECTORY} on the server, end the task there, uninstall by hand in Programs and Features, and run again"
    )


def refuse_stranger(name, state):
    """Raise where another computer answers at the server's address: nothing of its software is ours to remove."""
    found = state["computer_name"] or ""
    if found.lower() != name.lower():
        raise Refusal(
            "looking at the server",
            on=name,
            said=f"the computer that answers is called {found}",
            cure="Nothing was removed. Correct name or private_ip_address",
        )


def _exists(state, wanted):
    return any(path["exists"] for path in state["paths"] if path["path"].lower() == wanted.lower())
