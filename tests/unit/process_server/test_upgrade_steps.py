"""Which step comes next, for every state a server that is to be upgraded can be found in."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade_steps as steps

OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"
INSTALLERS = {version: {"url": f"https://download.example/{version}.exe", "sha256": "ab" * 32} for version in (BETWEEN, NEW)}
GOAL = steps.Goal("ps-1", NEW, INSTALLERS, "psadmin", "canary-password")
NO_TASK = {"exists": False, "state": None, "last_result": None, "last_run_utc": None}
PREPARED = {BETWEEN, NEW}


def task(state, last_result):
    return {"exists": True, "state": state, "last_result": last_result, "last_run_utc": "2026-01-01T00:00:00.0000000Z"}


def server(version, dependencies=None, files=(), **changes):
    """A process server with a version, whose dependencies may have been upgraded already."""
    state = {
        "services": [{"name": name, "status": "Running", "start_type": "Automatic"} for name in setup.SERVICES],
        "programs": [{"name": setup.PROGRAM, "version": version}, {"name": steps.DEPENDENCIES, "version": dependencies or version}],
        "product_version": version,
        "task": NO_TASK,
        "paths": [{"path": path, "exists": path in files, "size_bytes": None, "is_directory": True} for path in steps.GATHER["paths"]],
    }
    return {**state, **changes}


CASES = [
    ("nothing prepared", GOAL, server(OLD), {}, f"prepare the installer of {BETWEEN}"),
    ("the first is prepared", GOAL, server(OLD), {"prepared": {BETWEEN}}, f"prepare the installer of {NEW}"),
    ("all are prepared", GOAL, server(OLD), {"prepared": PREPARED}, f"start CX_THIRDPARTY_SETUP.EXE of {BETWEEN}"),
    ("the dependencies are done", GOAL, server(OLD, BETWEEN), {"prepared": PREPARED}, f"start UCX_SERVER_SETUP.EXE of {BETWEEN}"),
    (
        "the dependencies are done, and the list of programs does not say so",
        GOAL,
        server(OLD),
        {"prepared": PREPARED, "ended": {(BETWEEN, "CX_THIRDPARTY_SETUP.EXE")}},
        f"start UCX_SERVER_SETUP.EXE of {BETWEEN}",
    ),
    ("half way", GOAL, server(BETWEEN), {"prepared": PREPARED}, f"start CX_THIRDPARTY_SETUP.EXE of {NEW}"),
    ("half way, and another run", GOAL, server(BETWEEN), {}, f"prepare the installer of {NEW}"),
    ("one runs that somebody else began", GOAL, server(OLD, task=task("Running", 267009)), {}, "follow the set-up"),
    ("one was just started", GOAL, server(OLD, task=task("Ready", 267011)), {"running": (BETWEEN, "x")}, "follow the set-up"),
    ("one that was just started has ended already", GOAL, server(OLD, task=task("Ready", 203)), {"running": (BETWEEN, "x")}, "follow the set-up"),
    ("one that was just started has wanted a restart", GOAL, server(OLD, task=task("Ready", 3010)), {"running": (BETWEEN, "x")}, "follow the set-up"),
    ("a task that never ran", GOAL, server(OLD, task=task("Ready", 267011)), {}, f"prepare the installer of {BETWEEN}"),
    ("one failed before", GOAL, server(OLD, task=task("Ready", 1603)), {}, f"prepare the installer of {BETWEEN}"),
    ("a restart is wanted", GOAL, server(BETWEEN, task=task("Ready", 3010)), {}, "restart the server"),
    ("a restart was begun by the installer", GOAL, server(NEW, task=task("Ready", 1641)), {}, "restart the server"),
    ("a restart is wanted first", GOAL, server(OLD, task=task("Ready", 8)), {"prepared": PREPARED}, "restart the server"),
    (
        "a service stands still",
        GOAL,
        server(NEW, services=[{"name": name, "status": "Stopped", "start_type": "Manual"} for name in setup.SERVICES]),
        {},
        "start the services",
    ),
    ("the files are left", GOAL, server(NEW, files=(setup.SETUP_DIRECTORY,)), {}, "remove the set-up files"),
    ("the task is left", GOAL, server(NEW, task=task("Ready", 0)), {}, "remove the set-up files"),
    ("all is done", GOAL, server(NEW), {}, "done"),
]


@pytest.mark.parametrize("goal, state, known, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_next_step(goal, state, known, expected):
    assert steps.next_step(goal, state, False, steps.Known(**known)).name == expected


@pytest.mark.parametrize("code, expected", [(3010, "remove the set-up files"), (8, "remove the set-up files")])
def test_a_restart_is_asked_for_once(code, expected):
    assert steps.next_step(GOAL, server(NEW, task=task("Ready", code)), True, steps.Known()).name == expected


@pytest.mark.parametrize("boot, expected", [("09:59:59.0", False), ("10:00:00.9", False), ("10:00:01.1", True), ("11:00:00.0", True)])
def test_a_restart_is_one_after_the_set_up(boot, expected):
    times = {"boot_utc": f"2026-01-05T{boot}000000Z", "utc": "2026-01-05T12:00:00.0000000Z"}
    assert steps.has_restarted({"last_run_utc": "2026-01-05T10:00:00.0000000Z"}, times) == expected


@pytest.mark.parametrize(
    "state, words",
    [
        (server(OLD, files=(setup.PASSPHRASE_FILE,)), ["registration", "prepare_failback"]),
        (server("9.64.1.1"), ["9.64.1.1", "newer than", "cannot go back"]),
        (server(None, programs=[]), ["no process server is installed"]),
        (server(OLD, product_version=None), ["no process server is installed"]),
        (server("9.50.1.1"), ["9.51 to 9.54", BETWEEN]),
    ],
)
def test_what_is_refused_on_the_server(state, words):
    with pytest.raises(Refusal) as caught:
        steps.next_step(GOAL, state, False, steps.Known())
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_success_that_changes_nothing_is_no_success():
    known = steps.Known(prepared=PREPARED, ended={(BETWEEN, "CX_THIRDPARTY_SETUP.EXE"), (BETWEEN, "UCX_SERVER_SETUP.EXE")})
    with pytest.raises(AsrError, match=f"ended well, but the server still says it runs {OLD}"):
        steps.next_step(GOAL, server(OLD, task=task("Ready", 0)), False, known)


def test_an_upgrade_that_loses_a_service_is_told():
    services = [{"name": name, "status": "Running", "start_type": "Automatic"} for name in setup.SERVICES[1:]]
    with pytest.raises(AsrError, match=setup.SERVICES[0]):
        steps.next_step(GOAL, server(NEW, services=services), False, steps.Known())


@pytest.mark.parametrize(
    "dependencies, program, arguments",
    [
        (OLD, "CX_THIRDPARTY_SETUP.EXE", "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"),
        (BETWEEN, "UCX_SERVER_SETUP.EXE", "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART /UPGRADE"),
    ],
)
def test_the_command_lines(dependencies, program, arguments):
    step = steps.next_step(GOAL, server(OLD, dependencies), False, steps.Known(prepared=PREPARED))
    assert step.parameters["program"] == f"C:\\AzureDrSetup\\{BETWEEN}\\Setup\\{program}"
    assert (step.parameters["arguments"], step.parameters["user"], step.version, step.program) == (arguments, "psadmin", BETWEEN, program)
    assert "canary" not in repr(GOAL)


@pytest.mark.parametrize("code", [0, 3010, 1641])
def test_a_good_end_is_remembered(code):
    known = steps.Known(running=(BETWEEN, "x"))
    steps.note_end(GOAL, {"last_result": code, "log_tail": ""}, known)
    assert known.ended == {(BETWEEN, "x")} and known.running == ()


def test_a_restart_that_is_wanted_first_is_believed_once():
    known = steps.Known(running=(BETWEEN, "x"))
    steps.note_end(GOAL, {"last_result": 8, "log_tail": ""}, known)
    assert known.ended == set() and known.running == ()
    known.running = (BETWEEN, "x")
    with pytest.raises(AsrError, match="exit code 8"):
        steps.note_end(GOAL, {"last_result": 8, "log_tail": ""}, known)


def test_a_bad_end_shows_code_and_log():
    with pytest.raises(AsrError) as caught:
        steps.note_end(GOAL, {"last_result": 1603, "log_tail": "An upgrade is not supported\n"}, steps.Known(running=(BETWEEN, "x")))
    assert "exit code 1603" in str(caught.value) and "An upgrade is not supported" in str(caught.value)


def test_an_end_that_another_run_began_is_nobodys_success():
    known = steps.Known()
    steps.note_end(GOAL, {"last_result": 0, "log_tail": ""}, known)
    assert known.ended == set()
