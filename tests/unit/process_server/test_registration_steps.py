"""Which step comes next, for every state a server can be found in."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as steps

TARGET = steps.Target(
    name="ps-1",
    install_location="F:\\ASR",
    installer_url="https://download.example/setup.exe",
    installer_sha256="AB" * 32,
    installer_size=1000,
    configuration_server_address="192.0.2.10",
    environment="VMware",
    data_transfer_port=9443,
    user="psadmin",
    password="canary-password",
    passphrase="canary-passphrase",
)
NO_TASK = {"exists": False, "state": None, "last_result": None, "last_run_utc": None}
OS_DISK = {"number": 0, "size_bytes": 127 * 2**30, "partition_style": "MBR", "is_boot": True, "is_offline": False}
RAW_DISK = {"number": 2, "size_bytes": 600 * 2**30, "partition_style": "RAW", "is_boot": False, "is_offline": False}
DATA_VOLUME = {"drive_letter": "F", "label": "AzureSiteRecovery", "file_system": "NTFS", "size_bytes": 600 * 2**30, "free_bytes": 599 * 2**30}


def task(state, last_result):
    return {"exists": True, "state": state, "last_result": last_result, "last_run_utc": "2026-01-01T00:00:00Z"}


def fresh(**changes):
    """A machine as it comes up, changed as a case needs it."""
    state = {
        "disks": [OS_DISK, RAW_DISK],
        "volumes": [{**DATA_VOLUME, "drive_letter": "C", "label": ""}],
        "services": [],
        "programs": [],
        "product_version": None,
        "task": NO_TASK,
        "paths": [{"path": path, "exists": False, "size_bytes": None, "is_directory": False} for path in steps.GATHER["paths"]],
    }
    return {**state, **changes}


def with_files(state, **sizes):
    paths = {"installer": steps.INSTALLER, "setup": steps.SETUP_PROGRAM, "passphrase": steps.PASSPHRASE_FILE}
    there = {paths[name]: size for name, size in sizes.items()}
    found = [{"path": path, "exists": path in there, "size_bytes": there.get(path), "is_directory": False} for path in steps.GATHER["paths"]]
    return {**state, "paths": found}


def set_up(status="Running", **changes):
    """A server on which Unified Setup has ended well."""
    services = [{"name": name, "status": status, "start_type": "Automatic"} for name in steps.SERVICES]
    programs = [{"name": steps.PROGRAM, "version": "9.62.7096.1", "uninstall_string": "x"}]
    return fresh(volumes=[DATA_VOLUME], disks=[OS_DISK], services=services, programs=programs, **changes)


WITH_DISK = fresh(volumes=[DATA_VOLUME])

CASES = [
    ("a new machine", fresh(), steps.Known(), "bring the data disk into use"),
    ("disk ready", WITH_DISK, steps.Known(), "download the installer"),
    ("download cut short", with_files(WITH_DISK, installer=10), steps.Known(), "download the installer"),
    ("downloaded before", with_files(WITH_DISK, installer=1000), steps.Known(), "verify the installer"),
    ("downloaded now", with_files(WITH_DISK, installer=1000), steps.Known(downloaded=True), "verify the installer"),
    ("verified", with_files(WITH_DISK, installer=1000), steps.Known(downloaded=True, verified=True), "extract the installer"),
    ("extracted by another run", with_files(WITH_DISK, installer=1000, setup=1), steps.Known(verified=True), "extract the installer"),
    ("extracted", with_files(WITH_DISK, installer=1000, setup=1), steps.Known(verified=True, extracted=True), "hand over the passphrase"),
    (
        "passphrase there",
        with_files(WITH_DISK, installer=1000, setup=1, passphrase=16),
        steps.Known(verified=True, extracted=True, handed_over=True),
        "start the set-up",
    ),
    ("passphrase of a killed run", with_files(WITH_DISK, passphrase=16), steps.Known(), "clear what an earlier run left"),
    ("set-up of a killed run goes on", with_files(fresh(task=task("Running", 267009)), passphrase=16), steps.Known(), "follow the set-up"),
    ("set-up of a killed run failed", fresh(task=task("Ready", 1603)), steps.Known(), "clear what an earlier run left"),
    ("task made and never run", with_files(fresh(task=task("Ready", 267011)), passphrase=16), steps.Known(), "clear what an earlier run left"),
    ("task queued", fresh(task=task("Queued", 267011)), steps.Known(), "follow the set-up"),
    ("task just started", fresh(task=task("Ready", 267011)), steps.Known(started=True, handed_over=True), "follow the set-up"),
    ("set up, programs already there while it runs", set_up(task=task("Running", 267009)), steps.Known(started=True), "follow the set-up"),
    ("set up, files left", with_files(set_up(task=task("Ready", 0)), passphrase=16), steps.Known(started=True), "remove the set-up files"),
    ("set up, services stopped", set_up("Stopped"), steps.Known(), "start the services"),
    ("set up", set_up(), steps.Known(), "done"),
]


@pytest.mark.parametrize("state, known, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_next_step(state, known, expected):
    assert steps.next_step(TARGET, state, known).name == expected


def test_a_killed_runs_successful_set_up_is_not_done_again():
    state = with_files(set_up(task=task("Ready", 0)), passphrase=16)
    assert steps.next_step(TARGET, state, steps.Known()).script == "remove_setup_files"


@pytest.mark.parametrize(
    "disks, words",
    [
        ([OS_DISK], "0 disks are empty"),
        ([OS_DISK, RAW_DISK, {**RAW_DISK, "number": 3}], "2 disks are empty"),
        ([{**RAW_DISK, "is_boot": True}], "0 disks are empty"),
    ],
)
def test_a_data_disk_is_never_guessed(disks, words):
    with pytest.raises(Refusal, match=words):
        steps.next_step(TARGET, fresh(disks=disks), steps.Known())


GPT_DISK = {**RAW_DISK, "partition_style": "GPT"}
TEMPORARY_DISK = {**OS_DISK, "number": 1, "is_boot": False}
LETTERS = [{**DATA_VOLUME, "drive_letter": letter} for letter in ("C", "D", "G", None)]


def test_a_data_disk_that_a_killed_run_began_is_taken_up():
    state = fresh(disks=[OS_DISK, TEMPORARY_DISK, GPT_DISK], volumes=[*LETTERS[:2], LETTERS[3]])
    assert steps.next_step(TARGET, state, steps.Known()).parameters["disk_number"] == GPT_DISK["number"]


@pytest.mark.parametrize("volumes", [LETTERS[:3], LETTERS])
def test_a_disk_that_may_have_a_letter_of_its_own_is_not_taken(volumes):
    with pytest.raises(Refusal, match="0 disks are empty"):
        steps.next_step(TARGET, fresh(disks=[OS_DISK, TEMPORARY_DISK, GPT_DISK], volumes=volumes), steps.Known())


def test_success_without_the_program_is_no_success():
    with pytest.raises(AsrError, match="is not installed"):
        steps.next_step(TARGET, fresh(volumes=[DATA_VOLUME], task=task("Ready", 0)), steps.Known(started=True, handed_over=True))


def test_an_installation_without_its_services_is_told():
    state = set_up()
    state["services"] = [service for service in state["services"] if service["name"] != "cxprocessserver"]
    with pytest.raises(AsrError, match="cxprocessserver"):
        steps.next_step(TARGET, state, steps.Known())


def test_a_stopped_service_outside_the_azure_list_counts_where_it_is_installed():
    state = set_up()
    state["services"].append({"name": "tmansvc", "status": "Stopped", "start_type": "Automatic"})
    assert steps.next_step(TARGET, state, steps.Known()).parameters == {"names": ["tmansvc"]}


def test_the_command_line_is_the_documented_one_and_holds_no_secret():
    assert steps.setup_arguments(TARGET) == (
        '/AcceptThirdpartyEULA /ServerMode "PS" /InstallLocation "F:\\ASR" /EnvType "VMware" /CSIP "192.0.2.10" '
        '/PassphraseFilePath "C:\\AzureDrSetup\\passphrase.txt" /DataTransferSecurePort 9443'
    )
    assert "canary" not in repr(TARGET)


@pytest.mark.parametrize("code, failed", [(0, False), (3010, False), (1603, True), (1, True)])
def test_setup_failure(code, failed):
    failure = steps.setup_failure(TARGET, {"last_result": code, "log_tail": "first line\nthe passphrase is not valid"})
    assert bool(failure) == failed
    assert not failed or ("the passphrase is not valid" in str(failure) and f"exit code {code}" in str(failure))


def test_a_set_up_whose_task_somebody_removed_has_no_exit_code():
    failure = steps.setup_failure(TARGET, {"exists": False, "last_result": None, "log_tail": "Setup completed successfully."})
    assert failure.code == "task gone" and "no other run" in failure.cure and "exit code" not in str(failure)


@pytest.mark.parametrize(
    "answer, refused",
    [
        ({"exists": True, "size_bytes": 1000, "sha256": "ab" * 32}, False),
        ({"exists": True, "size_bytes": 1000, "sha256": "cd" * 32}, True),
        ({"exists": False, "size_bytes": None, "sha256": None}, True),
    ],
)
def test_hash_refusal(answer, refused):
    assert (steps.hash_refusal(TARGET.name, TARGET.installer_sha256, answer) is not None) == refused
