"""The stage on which scripts run in a real PowerShell: what can be seen of it without one."""

from __future__ import annotations

import base64
import socket
import subprocess

import pytest

from tests.powershell import real_engine
from tests.powershell.cases import SHARED, Case, comparable, find
from tests.powershell.connections import real_connections
from tests.powershell.windows_paths import WindowsPaths

CASES = find([SHARED])
# What Linux takes as one argument (MAX_ARG_STRLEN).
LONGEST_ARGUMENT = 131072


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_that_did_nothing_would_leave_the_state_before(case: Case, tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", answering('{"ok": true, "result": {}}\n'))
    outcome = real_engine.Stage(case, tmp_path).run("pwsh")
    assert outcome.envelope == {"ok": True, "result": {}}
    assert outcome.state == comparable(case.before())


@pytest.mark.parametrize("stdout", ["", "WARNING: Waiting\n{}\n", '["stray", {}]\n{}\n', '{"a": "é"}\n'])
def test_anything_beside_one_line_of_ascii_is_a_failure(stdout, tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", answering(stdout))
    with pytest.raises(AssertionError, match="not one line"):
        real_engine.Stage(CASES[0], tmp_path).run("pwsh")


def answering(stdout):
    def run(command, **settings):
        assert all(len(argument) < LONGEST_ARGUMENT for argument in command)
        assert settings["input"].isascii()
        return subprocess.CompletedProcess(command, 0, stdout, "")

    return run


def test_the_bootstrap_is_the_last_thing_on_the_command_line_and_unchanged(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(subprocess, "run", lambda command, **settings: seen.append(command) or subprocess.CompletedProcess(command, 0, "{}\n", ""))
    real_engine.Stage(CASES[0], tmp_path).run("pwsh")
    text = base64.b64decode(seen[0][-1]).decode("utf-16-le")
    assert text == real_engine.STAND_INS.read_text(encoding="utf-8") + real_engine.envelope.BOOTSTRAP


def test_a_file_that_was_replaced_has_lost_its_rights_and_one_that_was_written_over_kept_them(tmp_path, monkeypatch):
    case = next(case for case in CASES if case.name == "write_secret_file/over_an_open_file")
    stage = real_engine.Stage(case, tmp_path)
    path = tmp_path / "root" / "drive_c" / "Setup" / "secret.txt"
    monkeypatch.setattr(subprocess, "run", lambda command, **_settings: path.write_text("x") and subprocess.CompletedProcess(command, 0, "{}\n", ""))
    assert [file["acl"] for file in stage.run("pwsh").state["files"]] == [["S-1-1-0:F"]]
    path.unlink()
    assert [file["acl"] for file in stage.run("pwsh").state["files"]] == [None]


def test_a_program_prints_makes_and_ends_as_stated(tmp_path):
    case = next(case for case in find([SHARED]) if case.name == "extract_installer/extracted")
    case.world["programs"]["C:\\AzureDrSetup\\setup.exe"]["prints"] = "line é\r\n"
    stage = real_engine.Stage(case, tmp_path)
    done = subprocess.run([stage.paths.real("C:\\azuredrsetup\\SETUP.exe")], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "line é\r\n".encode())
    assert (tmp_path / "root" / "drive_c" / "AzureDrSetup" / "Setup" / "UNIFIEDSETUP.EXE").read_text() == "MZ setup"


@pytest.mark.parametrize("line, code, last", [("1\r\n", 0, "Successfully unregistered PS-01 (10.0.0.4)"), ("7\n", 1, "un-register : ")])
def test_a_program_waits_for_a_line_and_goes_on_as_stated(line, code, last, tmp_path):
    case = next(case for case in find([SHARED]) if case.name == "run_unregister_tool/answered")
    stage = real_engine.Stage(case, tmp_path)
    folder = stage.paths.real("C:\\ProgramData\\ASR\\home\\svsystems\\bin")
    environment = {"PATH": f"{stage._write_interpreter()}:/usr/bin:/bin"}
    command = ["perl", "Unregister-ASRComponent.pl", "-IPAddress", "10.0.0.4", "-Component", "PS"]
    done = subprocess.run(command, cwd=folder, env=environment, input=line.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (code, b"") and done.stdout.decode().rstrip("\r\n").endswith(last)


def test_paths_come_back_as_they_were_given(tmp_path):
    (tmp_path / "drive_c" / "Setup").mkdir(parents=True)
    paths = WindowsPaths(tmp_path)
    given = {"path": "c:\\SETUP\\New File.exe", "list": ["C:\\"], "text": "/x C:\\Setup", "number": 1}
    real = paths.to_real(given)
    assert real == {"path": f"{tmp_path}/drive_c/Setup/New File.exe", "list": [f"{tmp_path}/drive_c"], "text": "/x C:\\Setup", "number": 1}
    assert paths.to_windows(real) == given
    assert paths.to_windows(f"{tmp_path}/drive_c/a/b.exe is not there") == "C:\\a\\b.exe is not there"
    assert paths.windows(tmp_path / "drive_f" / "A" / "b") == "F:\\A\\b"


def test_connections_behave_as_stated():
    stated = {"10.0.0.1:443": "open", "10.0.0.2:443": "ConnectionRefused", "10.0.0.3:443": "TimedOut", "no.invalid:1": "HostNotFound"}
    with real_connections(stated) as real:
        socket.create_connection(real["10.0.0.1:443"], 5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(real["10.0.0.2:443"], 5)
        with pytest.raises(TimeoutError):
            socket.create_connection(real["10.0.0.3:443"], 0.3)
        assert real["no.invalid:1"] == ("no.invalid", 1)
