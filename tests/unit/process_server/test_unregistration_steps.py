"""Which program goes next, how, and what speaks against it."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_steps as subject

MOBILITY, SERVER, DEPENDENCIES = subject.PROGRAMS
MSI = "MsiExec.exe /X{275197FC-14FD-4560-A5EB-38217F80CBD1}"
STRINGS = {MOBILITY: MSI, SERVER: '"F:\\ASR\\home\\svsystems\\unins000.exe"', DEPENDENCIES: '"C:\\thirdparty\\unins000.exe"'}
NO_TASK = {"exists": False, "state": None, "last_result": None, "last_run_utc": None}
BUSY = {"exists": True, "state": "Running", "last_result": 267009, "last_run_utc": "2026-01-01T00:00:00Z"}
ENDED = {"exists": True, "state": "Ready", "last_result": 0, "last_run_utc": "2026-01-01T00:00:00Z"}


def state(*programs, task=None, paths=(setup.LOG_DIRECTORY,), **strings):
    listed = [{"name": name, "version": "9.62.7096.1", "uninstall_string": {**STRINGS, **strings}.get(name)} for name in programs]
    there = [{"path": path, "exists": path in paths, "size_bytes": None, "is_directory": True} for path in subject.GATHER["paths"]]
    return {"computer_name": "PS-1", "programs": listed, "task": task or NO_TASK, "paths": there}


def next_step(found):
    return subject.next_step("ps-1", found, "psadmin", "canary-password")


OTHERS = "Microsoft Azure Site Recovery Something Else"


@pytest.mark.parametrize(
    "found, name",
    [
        (state(DEPENDENCIES, SERVER, MOBILITY), "uninstall Mobility Service/Master Target Server"),
        (state(DEPENDENCIES, SERVER), "uninstall Configuration/Process Server"),
        (state(DEPENDENCIES), "uninstall Configuration/Process Server Dependencies"),
        (state(MOBILITY.replace("Target Server", "Target server"), SERVER), "uninstall Mobility Service/Master Target server"),
        (state(DEPENDENCIES, SERVER, task=BUSY), "follow what already runs on the server"),
        (state(task=BUSY), "follow what already runs on the server"),
        (state(DEPENDENCIES, task=ENDED), "uninstall Configuration/Process Server Dependencies"),
        (state(task=ENDED), "remove the set-up files"),
        (state(paths=(setup.SETUP_DIRECTORY,)), "remove the set-up files"),
        (state(OTHERS), "done"),
        (state(), "done"),
    ],
)
def test_next_step(found, name):
    strings = {MOBILITY.replace("Target Server", "Target server"): MSI}
    for program in found["programs"]:
        program["uninstall_string"] = program["uninstall_string"] or strings.get(program["name"])
    assert next_step(found).name == name


def test_an_uninstaller_runs_as_the_administrators_task_and_not_in_its_own_folder():
    step = next_step(state(SERVER))
    assert step.script == "start_setup_task"
    log = setup.LOG_DIRECTORY + "\\ConfigurationProcessServerUninstall.log"
    assert step.parameters == {
        "task_name": subject.TASK_NAME,
        "program": "F:\\ASR\\home\\svsystems\\unins000.exe",
        "arguments": f'/VERYSILENT /SUPPRESSMSGBOXES /NORESTART /LOG="{log}"',
        "working_directory": subject.WORKING_DIRECTORY,
        "user": "psadmin",
        "password": "canary-password",
    }


def test_a_package_of_the_windows_installer_goes_as_its_page_says():
    parameters = next_step(state(MOBILITY)).parameters
    log = setup.LOG_DIRECTORY + "\\UnifiedAgentMSIUninstall.log"
    assert parameters["program"] == "C:\\Windows\\System32\\msiexec.exe"
    assert parameters["arguments"] == f'/x {{275197FC-14FD-4560-A5EB-38217F80CBD1}} /qn /norestart /L+*V "{log}"'


def test_no_log_is_asked_for_where_there_is_no_folder_for_it():
    assert next_step(state(MOBILITY, paths=())).parameters["arguments"].endswith("/norestart")
    assert next_step(state(SERVER, paths=())).parameters["arguments"] == subject.INNO_SWITCHES


@pytest.mark.parametrize(
    "text, program",
    [
        ('"C:\\Program Files (x86)\\ASR\\unins001.exe"', "C:\\Program Files (x86)\\ASR\\unins001.exe"),
        ("C:\\Program Files (x86)\\ASR\\unins000.exe", "C:\\Program Files (x86)\\ASR\\unins000.exe"),
        ('"C:\\ASR\\UNINS000.EXE" /SILENT', "C:\\ASR\\UNINS000.EXE"),
        ("msiexec /i{275197fc-14fd-4560-a5eb-38217f80cbd1}", subject.MSI_PROGRAM),
        ("C:\\Windows\\System32\\MsiExec.exe /X {275197FC-14FD-4560-A5EB-38217F80CBD1}", subject.MSI_PROGRAM),
    ],
)
def test_uninstallers_that_are_known(text, program):
    assert subject.uninstall_command("ps-1", {"name": SERVER, "uninstall_string": text}, False)[0] == program


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "cmd /c rd /s /q F:\\ASR",
        '"F:\\ASR\\setup.exe" /uninstall',
        "unins000.exe",
        "..\\unins000.exe",
        "\\\\server\\share\\unins000.exe",
        '"C:\\ASR\\unins000.exe" & calc.exe',
        '"C:\\ASR\\unins000.exe" C:\\other.exe',
        "MsiExec.exe /X{275197FC}",
        "MsiExec.exe /X{275197FC-14FD-4560-A5EB-38217F80CBD1} TRANSFORMS=x",
        "MsiExec.exe /a {275197FC-14FD-4560-A5EB-38217F80CBD1}",
    ],
)
def test_an_uninstaller_of_another_kind_stops_before_anything_goes(text):
    # The program that goes last: those before it are not touched either.
    with pytest.raises(Refusal) as caught:
        next_step(state(MOBILITY, SERVER, DEPENDENCIES, **{DEPENDENCIES: text}))
    for word in (DEPENDENCIES, "Nothing was removed", "Programs and Features", "ps-1", text or "it has no uninstaller"):
        assert word.replace("\\", "\\\\") in str(caught.value) or word in str(caught.value)


@pytest.mark.parametrize("result, failed", [(0, False), (3010, False), (1, True), (1605, True), (2147942402, True)])
def test_an_uninstallers_own_exit_code_decides(result, failed):
    step = next_step(state(SERVER))
    error = subject.failure("ps-1", state(SERVER)["programs"][0], step, {"exists": True, "last_result": result, "log_tail": "one\n two"})
    assert bool(error) == failed
    if failed:
        for word in (SERVER, "ps-1", f"exit code {result}", "unins000.exe", "one two", setup.LOG_DIRECTORY):
            assert word in str(error)


def test_a_task_that_another_run_cleared_away_is_no_failure():
    assert (
        subject.failure("ps-1", state(SERVER)["programs"][0], next_step(state(SERVER)), {"exists": False, "last_result": None, "log_tail": None})
        is None
    )


def test_only_this_very_program_counts_as_still_installed():
    program = state(SERVER)["programs"][0]
    assert subject.is_installed(program, state(MOBILITY, SERVER))
    assert not subject.is_installed(program, state(DEPENDENCIES))
    assert not subject.is_installed(program, state(SERVER, **{SERVER: '"C:\\other\\unins000.exe"'}))
    assert SERVER in str(subject.still_installed("ps-1", program))


def test_another_computer_at_the_address_is_left_alone():
    subject.refuse_stranger("ps-1", state())
    with pytest.raises(Refusal, match="called PS-1.*Nothing was removed"):
        subject.refuse_stranger("ps-2", state())
