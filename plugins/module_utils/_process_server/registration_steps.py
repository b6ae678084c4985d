# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides the next step of a set-up from what the server's own state is. Pure; private to this collection.

The state is what the script ``get_server_state`` gathered, so a set-up that was found half done is taken up where it
stands: whoever began it, and however that run ended.
"""

from __future__ import annotations

import dataclasses
import ntpath

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

# The program that Unified Setup installs, by the name the unregistration page gives it
# (site-recovery-vmware-unregister-process-server); "…Dependencies" is another program beside it.
PROGRAM = "Microsoft Azure Site Recovery Configuration/Process Server"
PROGRAM_PATTERN = "Microsoft Azure Site Recovery*"

# Services of "a process server deployed in Azure for failback" (vmware-physical-azure-troubleshoot-process-server).
SERVICES = ("ProcessServer", "ProcessServerMonitor", "cxprocessserver", "InMage PushInstall", "LogUpload")
# The same page says a missing heartbeat means that tmansvc does not talk to the configuration server, yet leaves it out
# of that list: our inference is to want it running wherever it is installed.
SERVICES_WHERE_INSTALLED = ("tmansvc", "InMage Scout Application Service", "obengine", "svagents")

# Task Scheduler's own words for a task (learn.microsoft.com, "Task Scheduler Error and Success Constants").
TASK_RUNNING = 267009
TASK_NOT_YET_RUN = 267011
# The Windows Installer's "success, a restart is needed"; for Unified Setup it is our inference.
SUCCESS = (0, 3010)
RESTART_NEEDED = 3010

TASK_NAME = "azure_dr.site_recovery process server set-up"
SETUP_DIRECTORY = "C:\\AzureDrSetup"
INSTALLER = ntpath.join(SETUP_DIRECTORY, "MicrosoftAzureSiteRecoveryUnifiedSetup.exe")
EXTRACTED = ntpath.join(SETUP_DIRECTORY, "Setup")
SETUP_PROGRAM = ntpath.join(EXTRACTED, "UNIFIEDSETUP.EXE")
PASSPHRASE_FILE = ntpath.join(SETUP_DIRECTORY, "passphrase.txt")
LOG_DIRECTORY = "C:\\ProgramData\\ASRSetupLogs"
DATA_LABEL = "AzureSiteRecovery"

GATHER = {
    "services": list(SERVICES + SERVICES_WHERE_INSTALLED),
    "program_name_pattern": PROGRAM_PATTERN,
    "task_name": TASK_NAME,
    "paths": [INSTALLER, SETUP_PROGRAM, PASSPHRASE_FILE],
}
TASK_QUESTION = {"task_name": TASK_NAME, "log_directory": LOG_DIRECTORY, "log_lines": 15}


@dataclasses.dataclass(frozen=True)
class Step:
    """``script`` with ``parameters`` brings the server one step further; ``name`` is what a person reads.

    ``script`` is empty where there is nothing to send: to follow a set-up that runs, or to stop because all is done.
    """

    name: str
    script: str = ""
    parameters: dict = dataclasses.field(default_factory=dict)


FOLLOW = Step("follow the set-up")
DONE = Step("done")


@dataclasses.dataclass
class Known:
    """What this run has seen for itself and does not take another run's word for."""

    downloaded: bool = False
    verified: bool = False
    extracted: bool = False
    handed_over: bool = False
    started: bool = False


@dataclasses.dataclass(frozen=True)
class Target:
    """What is wanted of one server; ``passphrase`` and ``password`` never leave it but as a script's parameters."""

    name: str
    install_location: str
    installer_url: str
    installer_sha256: str
    installer_size: int | None
    configuration_server_address: str
    environment: str
    data_transfer_port: int
    user: str
    password: str = dataclasses.field(repr=False)
    passphrase: str = dataclasses.field(repr=False)


def next_step(target, state, known):
    """The next `Step` for the server, `FOLLOW` or `DONE`; an `AsrError` where no step is right."""
    task = state["task"]
    if is_running(task, known.started):
        return FOLLOW
    if installed(state):
        return _after_setup(target, state)
    if known.started:
        # The chain raises the set-up's own error before it comes here; an installer that says success must leave the program.
        said = f"the installer ended with {task['last_result']}, but {PROGRAM} is not installed"
        raise AsrError("checking the set-up", on=target.name, said=said, cure=READ_LOGS)
    if not known.handed_over and (has_finished(task) or holds_passphrase(state)):
        # An earlier run's set-up failed or never began; what it left behind goes before it is done again.
        return Step("clear what an earlier run left", "remove_setup_files", {"task_name": TASK_NAME, "paths": [PASSPHRASE_FILE]})
    return _before_setup(target, state, known)


READ_LOGS = f"Read the set-up logs in {LOG_DIRECTORY} on the server, mend the cause and run again"


def _before_setup(target, state, known):
    disk = data_disk_step(target, state)
    if disk:
        return disk
    if not known.downloaded and not _complete(state, target):
        return Step("download the installer", "download_file", {"url": target.installer_url, "path": INSTALLER})
    if not known.verified:
        return Step("verify the installer", "get_file_hash", {"path": INSTALLER})
    if not known.extracted:
        # Always in this run: nothing on the disk tells a whole extraction from one that was cut short.
        return Step("extract the installer", "extract_installer", {"path": INSTALLER, "directory": EXTRACTED})
    if not known.handed_over:
        return Step("hand over the passphrase", "write_secret_file", {"path": PASSPHRASE_FILE, "text": target.passphrase})
    return start_step(target)


def start_step(target):
    """Unified Setup under the local administrator, as a task that outlives the connection.

    The command line is the documented one (vmware-azure-set-up-process-server-scale).
    """
    return Step(
        "start the set-up",
        "start_setup_task",
        {
            "task_name": TASK_NAME,
            "program": SETUP_PROGRAM,
            "arguments": setup_arguments(target),
            "working_directory": EXTRACTED,
            "user": target.user,
            "password": target.password,
        },
    )


def setup_arguments(target):
    """The arguments as one text; the passphrase travels in a file, never here."""
    return (
        f'/AcceptThirdpartyEULA /ServerMode "PS" /InstallLocation "{target.install_location}" /EnvType "{target.environment}" '
        f'/CSIP "{target.configuration_server_address}" /PassphraseFilePath "{PASSPHRASE_FILE}" /DataTransferSecurePort {target.data_transfer_port}'
    )


def data_disk_step(target, state):
    """Brings the data disk into use, `None` where the drive is there already; refuses to guess between disks."""
    letter = target.install_location[0].upper()
    if any((volume["drive_letter"] or "").upper() == letter for volume in state["volumes"]):
        return None
    raw = [disk for disk in state["disks"] if disk["partition_style"] == "RAW" and not disk["is_boot"]]
    chosen = raw if raw else begun_data_disks(state)
    if len(chosen) == 1:
        parameters = {"disk_number": chosen[0]["number"], "drive_letter": letter, "label": DATA_LABEL}
        return Step("bring the data disk into use", "initialize_data_disk", parameters)
    listed = ", ".join(f"disk {disk['number']} ({disk['size_bytes'] // 2**30} GiB, {disk['partition_style']})" for disk in state["disks"])
    raise Refusal(
        "choosing the data disk",
        on=target.name,
        said=f"drive {letter}: is not there and {len(raw)} disks are empty; the server has {listed or 'none'}",
        cure=f"Make drive {letter}: by hand, or give an install_location on a drive that is there",
    )


def begun_data_disks(state):
    """Disks that a killed run may have partitioned and given no letter yet; the script formats nothing that has a file system.

    The state does not tell on which disk a volume lies: only where the other disks account for every letter there is can
    the disk be one without.
    """
    begun = [disk for disk in state["disks"] if disk["partition_style"] == "GPT" and not disk["is_boot"]]
    lettered = [volume for volume in state["volumes"] if volume["drive_letter"]]
    return begun if len(lettered) <= len(state["disks"]) - len(begun) else []


def _after_setup(target, state):
    missing = missing_services(state)
    if missing:
        raise AsrError("checking the services", on=target.name, said=f"the process server is installed without {', '.join(missing)}", cure=READ_LOGS)
    stopped = not_running(state)
    if stopped:
        return Step("start the services", "start_services", {"names": stopped})
    if state["task"]["exists"] or any(_exists(state, path) for path in (PASSPHRASE_FILE, INSTALLER, SETUP_PROGRAM)):
        return Step("remove the set-up files", "remove_setup_files", {"task_name": TASK_NAME, "paths": [SETUP_DIRECTORY]})
    return DONE


def not_running(state):
    """Names of the services that should run and do not."""
    status = {service["name"].lower(): service["status"] for service in state["services"]}
    return [name for name in SERVICES + SERVICES_WHERE_INSTALLED if status.get(name.lower(), "Running") != "Running"]


def missing_services(state):
    """Documented services that are not on the server at all: a set-up that is not whole."""
    present = {service["name"].lower() for service in state["services"]}
    return [name for name in SERVICES if name.lower() not in present]


def installed(state):
    return any(program["name"] == PROGRAM for program in state["programs"])


def is_running(task, started=False):
    """Whether the set-up's task runs. One that this run ``started`` counts as running until Task Scheduler says how it ended."""
    if not task["exists"]:
        return False
    return task["state"] in ("Running", "Queued") or task["last_result"] == TASK_RUNNING or (started and task["last_result"] == TASK_NOT_YET_RUN)


def has_finished(task):
    return task["exists"] and not is_running(task) and task["last_result"] != TASK_NOT_YET_RUN


def setup_failure(target, task, success=SUCCESS):
    """The error for a set-up that ended badly, or `None`; ``task`` is what ``get_setup_task`` answered."""
    if task["last_result"] in success:
        return None
    if task["last_result"] is None:
        cure = "See that no other run works on this server, then run again, which goes on from where it stands"
        return AsrError("running Unified Setup", on=target.name, code="task gone", said="another run, or somebody, removed its task", cure=cure)
    tail = " ".join((task.get("log_tail") or "").split())
    return AsrError(
        "running Unified Setup",
        on=target.name,
        code=f"exit code {task['last_result']}",
        said=f"its log ends: {tail}" if tail else f"no log was found in {LOG_DIRECTORY}",
        cure=READ_LOGS,
    )


def hash_refusal(name, sha256, answer):
    """The refusal for an installer that is not the one named, or `None`; ``answer`` is what ``get_file_hash`` said on server ``name``."""
    if answer["exists"] and answer["sha256"] == sha256.lower():
        return None
    found = f"its SHA-256 is {answer['sha256']}, {answer['size_bytes']} bytes" if answer["exists"] else "the file is not there"
    return Refusal(
        "verifying the installer",
        on=name,
        code="checksum",
        said=f"{found}; wanted {sha256.lower()}",
        cure="Nothing was installed and the file was removed. Check the installer's url and sha256 against Microsoft's download page",
    )


def holds_passphrase(state):
    """Whether the passphrase is on the server, whoever put it there."""
    return _exists(state, PASSPHRASE_FILE)


def _complete(state, target):
    found = [path for path in state["paths"] if path["path"].lower() == INSTALLER.lower() and path["exists"]]
    return bool(found) and target.installer_size in (None, found[0]["size_bytes"])


def _exists(state, wanted):
    return any(path["exists"] for path in state["paths"] if path["path"].lower() == wanted.lower())
