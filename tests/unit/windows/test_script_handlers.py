"""The simulated servers do what the shared cases of the scripts say."""

from __future__ import annotations

import asyncio
import json

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.scripts import ALL
from tests.azure_simulator.windows.host import Host, Process, ScriptError, split_command_line
from tests.azure_simulator.windows.script_handlers import HANDLERS, run
from tests.powershell.cases import SHARED, Case, CaseWorld, comparable, find, load

CASES = find([SHARED])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_simulated_server_answers_and_changes_as_the_case_says(case: Case):
    host = case.before()
    if case.error is None:
        answer = asyncio.run(run(case.script, host, case.parameters, CaseWorld(case)))
        # As it travels: a value that JSON cannot carry, or changes, is a fault of the handler.
        assert json.loads(json.dumps(answer)) == case.answer
    else:
        with pytest.raises(ScriptError) as caught:
            asyncio.run(run(case.script, host, case.parameters, CaseWorld(case)))
        assert caught.value.as_error() | case.error == caught.value.as_error()
    assert comparable(host) == case.after()


def test_every_script_has_a_handler_and_several_cases():
    assert set(HANDLERS) == set(ALL)
    counts = {name: sum(case.script == name for case in CASES) for name in ALL}
    assert all(count >= 2 for count in counts.values()), counts
    assert {case.script for case in CASES} == set(ALL)


def test_the_largest_state_fits_into_what_run_command_hands_on():
    case = next(case for case in CASES if case.name == "get_server_state/registered_server")
    assert len(json.dumps({"ok": True, "result": case.answer})) < 4096


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_state_survives_being_written_down(case: Case):
    host = case.before()
    assert Host.from_dict(json.loads(json.dumps(host.to_dict()))).to_dict() == host.to_dict()


def test_a_case_with_a_mistyped_key_is_refused(tmp_path):
    (tmp_path / "get_file_hash").mkdir()
    path = tmp_path / "get_file_hash" / "case.yml"
    path.write_text("what: x\nparametres: {}\nanswer: {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="parametres"):
        load(path)


def test_an_extra_directory_of_cases_is_read_too(tmp_path, monkeypatch):
    (tmp_path / "test_tcp").mkdir()
    (tmp_path / "test_tcp" / "more.yml").write_text("what: x\nanswer: {}\n", encoding="utf-8")
    monkeypatch.setenv("WINDOWS_SCRIPT_FIXTURES", str(tmp_path))
    assert [case.name for case in find()][-1] == "test_tcp/more"


def test_an_empty_extra_directory_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("WINDOWS_SCRIPT_FIXTURES", str(tmp_path))
    with pytest.raises(ValueError, match="no case"):
        find()


def test_a_set_up_that_runs_is_seen_running_and_its_exit_code_afterwards():
    case = next(case for case in CASES if case.name == "start_setup_task/first_start")
    host, world, process = case.before(), CaseWorld(case), Process()
    host.executables[case.parameters["program"].lower()] = lambda _host, _argv: process
    question = {"task_name": case.parameters["task_name"], "log_directory": "C:\\Logs", "log_lines": 5}

    asyncio.run(run("start_setup_task", host, case.parameters, world))
    running = asyncio.run(run("get_setup_task", host, question, world))
    process.end(3010)
    ended = asyncio.run(run("get_setup_task", host, question, world))

    assert (running["state"], running["last_result"]) == ("Running", 267009)
    assert (ended["state"], ended["last_result"]) == ("Ready", 3010)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("/q /x:C:\\Setup", ["/q", "/x:C:\\Setup"]),
        ('/q /x:"C:\\My Setup"', ["/q", "/x:C:\\My Setup"]),
        ('/x:"C:\\Setup\\"', ['/x:C:\\Setup"']),
        ('/x:"C:\\Setup\\\\"', ["/x:C:\\Setup\\"]),
        ('a "" b', ["a", "", "b"]),
        ("  a\tb  ", ["a", "b"]),
    ],
)
def test_a_command_line_is_split_as_windows_splits_it(text, expected):
    assert split_command_line(text) == expected
