# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides the next step of an upgrade from what the server's own state is. Pure; private to this collection.

As with a registration, the state decides: an upgrade that runs, was killed, or waits for its restart is taken up where it stands.
"""

from __future__ import annotations

import dataclasses
import ntpath

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, upgrade_path, versions

# What is installed beside `registration_steps.PROGRAM`, by the name the unregistration page gives it.
DEPENDENCIES = "Microsoft Azure Site Recovery Configuration/Process Server Dependencies"

SILENT = "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"

# The only commands for an upgrade without a person that Microsoft's pages have, in their order: "Troubleshoot Azure Site
# Recovery Provider upgrade failures", for upgrades that Unified Setup refuses. They take no passphrase; the Mobility service
# and the Recovery Services agent on the server keep their versions. That they serve every upgrade is our inference.
DEPENDENCIES_INSTALLER = ("CX_THIRDPARTY_SETUP.EXE", SILENT)
SERVER_INSTALLER = ("UCX_SERVER_SETUP.EXE", f"{SILENT} /UPGRADE")
# Unified Setup itself, which finds what is installed, is run by a person (site-recovery-vmware-upgrade-process-server): no page
# has a way to upgrade with it unattended.

# The Windows Installer's words for success that needs a restart, and for one that has begun it; here our inference.
RESTART_CODES = (3010, 1641)
SUCCESS = (0, *RESTART_CODES)
# "Setup Exit Codes" of Inno Setup, whose switches the component installers take: nothing was done, and a restart must come first.
RESTART_FIRST = 8

GATHER = {
    "services": list(setup.SERVICES + setup.SERVICES_WHERE_INSTALLED),
    "program_name_pattern": setup.PROGRAM_PATTERN,
    "task_name": setup.TASK_NAME,
    "paths": [setup.SETUP_DIRECTORY, setup.PASSPHRASE_FILE],
}


@dataclasses.dataclass(frozen=True)
class Goal:
    """What is wanted of one server; ``password`` never leaves it but as a script's parameter.

    ``installers``: ``{version: {"url", "sha256", "size_bytes"}}``.
    """

    name: str
    version: str
    installers: dict
    user: str
    password: str = dataclasses.field(repr=False)


@dataclasses.dataclass
class Known:
    """What this run has seen for itself. ``prepared``: versions whose installer was checked and unpacked; ``ended``:
    ``(version, program)`` that ended well; ``put_off``: those that wanted a restart first; ``running``: what this run started."""

    prepared: set = dataclasses.field(default_factory=set)
    ended: set = dataclasses.field(default_factory=set)
    put_off: set = dataclasses.field(default_factory=set)
    running: tuple = ()


@dataclasses.dataclass(frozen=True)
class Step:
    """``script`` with ``parameters`` brings the server one step further; ``name`` is what a person reads.

    With a ``program`` it starts that one of the installer of ``version``; with a ``version`` alone it brings that installer on
    the server.
    """

    name: str
    script: str = ""
    parameters: dict = dataclasses.field(default_factory=dict)
    version: str = ""
    program: str = ""


FOLLOW = Step("follow the set-up")
RESTART = Step("restart the server")
DONE = Step("done")


def next_step(goal, state, restarted, known):
    """The next `Step`, `FOLLOW`, `RESTART` or `DONE`; an `AsrError` where no step is right.

    ``restarted``: whether the server has been started since its set-up ended, where that matters.
    """
    if setup.holds_passphrase(state):
        cure = "Run process_server_registration (playbook prepare_failback) first, which finishes its set-up and clears the server"
        raise Refusal("looking at the server", on=goal.name, said="a registration of it has not come to its end", cure=cure)
    if known.running or setup.is_running(state["task"]):
        # Also one that has ended since it was started: how, has to be heard.
        return FOLLOW
    if wants_restart(state) and not restarted:
        return RESTART
    current = installed_version(goal, state)
    left = upgrade_path.steps(goal.name, current, goal.version, goal.installers)
    for version in left:
        if version not in known.prepared:
            return Step(f"prepare the installer of {version}", version=version)
    if left:
        return install_step(goal, state, left[0], known)
    return _after_upgrade(goal, state)


def installed_version(goal, state):
    """What the server says it runs; refused where that is nothing, or newer than what is wanted."""
    version = state["product_version"]
    if not setup.installed(state) or versions.numbers(version) is None:
        cure = "Register the server first (process_server_registration)"
        raise Refusal("looking at the server", on=goal.name, said="no process server is installed on it", cure=cure)
    if versions.is_newer(version, goal.version):
        said = f"it runs {version} already, newer than {goal.version}"
        raise Refusal("looking at the server", on=goal.name, said=said, cure="A process server cannot go back to an older version")
    return version


def wants_restart(state):
    """Whether a set-up of this server has ended and asked for a restart."""
    return setup.has_finished(state["task"]) and state["task"]["last_result"] in (*RESTART_CODES, RESTART_FIRST)


def has_restarted(task, boot):
    """Whether the server was started after the set-up was; ``boot``: what ``get_boot_time`` answered.

    Task Scheduler tells the time to the second only: a start in the very second of the set-up's is taken for an earlier one.
    """
    return is_later(boot["boot_utc"], task["last_run_utc"], by=1)


def is_later(one, other, by=0):
    """Whether one time of a server's clock is later than another by more than ``by`` seconds, both as its scripts write them."""
    return (configuration_servers.parse_time(one) - configuration_servers.parse_time(other)).total_seconds() > by


def install_step(goal, state, version, known):
    """The program of the version's installer that comes next."""
    program, arguments = next_program(state, version, known)
    if (version, program) in known.ended:
        # Success that left the version as it was; the registry key is the one Microsoft's article on failed upgrades names.
        said = f"{program} ended well, but the server still says it runs {state['product_version']}"
        raise AsrError("checking the upgrade", on=goal.name, code="version unchanged", said=said, cure=setup.READ_LOGS)
    folder = extracted(version)
    parameters = {
        "task_name": setup.TASK_NAME,
        "program": ntpath.join(folder, program),
        "arguments": arguments,
        "working_directory": folder,
        "user": goal.user,
        "password": goal.password,
    }
    return Step(f"start {program} of {version}", "start_setup_task", parameters, version=version, program=program)


def next_program(state, version, known):
    """``(program, arguments)``."""
    installed = next((program["version"] for program in state["programs"] if program["name"] == DEPENDENCIES), None)
    # That the list of programs shows the build's version is our inference; a run that installed them itself does not ask it.
    done = (version, DEPENDENCIES_INSTALLER[0]) in known.ended or versions.are_same(installed, version)
    return SERVER_INSTALLER if done else DEPENDENCIES_INSTALLER


def _after_upgrade(goal, state):
    missing = setup.missing_services(state)
    if missing:
        said = f"the process server is upgraded and lacks {', '.join(missing)}"
        raise AsrError("checking the services", on=goal.name, said=said, cure=setup.READ_LOGS)
    stopped = setup.not_running(state)
    if stopped:
        return Step("start the services", "start_services", {"names": stopped})
    if state["task"]["exists"] or any(path["exists"] for path in state["paths"]):
        return Step("remove the set-up files", "remove_setup_files", {"task_name": setup.TASK_NAME, "paths": [setup.SETUP_DIRECTORY]})
    return DONE


def note_end(goal, task, known):
    """Remember how a set-up ended; raises where it ended badly. ``task`` is what ``get_setup_task`` answered."""
    ended, known.running = known.running, ()
    if task["last_result"] == RESTART_FIRST and ended not in known.put_off:
        known.put_off.add(ended)
        return
    failure = setup.setup_failure(goal, task, SUCCESS)
    if failure:
        raise failure
    if ended:
        known.ended.add(ended)


def installer_path(version):
    """Where the installer of a version lies on the server."""
    return ntpath.join(setup.SETUP_DIRECTORY, version, ntpath.basename(setup.INSTALLER))


def extracted(version):
    """Where its programs are unpacked."""
    return ntpath.join(setup.SETUP_DIRECTORY, version, ntpath.basename(setup.EXTRACTED))
