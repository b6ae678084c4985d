"""How the programs of a server go, one after the other, and what is told where one does not."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import software_removal as subject
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_steps as steps
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from tests.unit.process_server.test_unregistration_steps import BUSY, ENDED, NO_TASK, state

MOBILITY, SERVER, DEPENDENCIES = steps.PROGRAMS
ENTRY = {"name": "ps-1", "admin_username": "psadmin", "admin_password": "canary-password"}
PARAMS = {"timeout": 5, "interval": 0}


class Server:
    """A server on which uninstallers do what they are told to: end well, badly, without effect, or not at all."""

    def __init__(self, *programs, task=NO_TASK, ends=lambda program: 0, effect=True):
        self.programs, self.task, self.ends, self.effect = list(programs), task, ends, effect
        self.ran, self.looks = [], 0
        self.files = True

    def run(self, script, parameters, timeout):
        self.ran.append(script)
        return getattr(self, script)(parameters)

    def get_server_state(self, _parameters):
        self.looks += 1
        found = state(*self.programs, task=self.task)
        found["paths"] = [{**path, "exists": self.files} for path in found["paths"]]
        return found

    def start_setup_task(self, parameters):
        self.started = next(program for program in steps.PROGRAMS if program in self.programs)
        self.task = BUSY
        return {"state": "Running"}

    def get_setup_task(self, _parameters):
        code = self.ends(getattr(self, "started", None))
        if code is not None:
            if code in (0, 3010) and self.effect and hasattr(self, "started"):
                self.programs.remove(self.started)
                del self.started
            self.task = {**ENDED, "last_result": code}
        return {**self.task, "log_tail": "Removing\nthe last line"}

    def remove_setup_files(self, parameters):
        self.task, self.files = NO_TASK, False
        return {"task_removed": True, "removed": parameters["paths"]}


class Mark:
    def __init__(self):
        self.said = []

    def set(self, otherwise):
        self.said.append(otherwise)

    def clear(self, serves=True):
        assert not serves
        self.said.append("clear")


def remove(server, mark=None, progress=None, **params):
    subject.remove_software(server, {**PARAMS, **params}, ENTRY, mark or Mark(), progress or Progress())


def test_all_three_go_in_their_order_and_nothing_stays():
    server, mark, progress = Server(DEPENDENCIES, MOBILITY, SERVER, ends=lambda program: 3010 if program == MOBILITY else 0), Mark(), Progress()
    remove(server, mark, progress)
    assert server.programs == [] and not server.files and server.task == NO_TASK
    assert [line["step"] for line in progress.timeline] == [
        "uninstall Mobility Service/Master Target Server",
        "uninstall Configuration/Process Server",
        "uninstall Configuration/Process Server Dependencies",
        "remove the set-up files",
    ]
    assert [line["detail"] for line in progress.timeline] == ["a restart is pending", "", "", ""]
    assert mark.said[-1] == "clear" and "the rest of its software stays" in mark.said[0]


def test_a_clean_server_is_only_looked_at():
    server, mark = Server(), Mark()
    server.files = False
    remove(server, mark)
    assert server.ran == ["get_server_state"] and mark.said == ["clear"]


def test_what_another_run_began_is_followed_and_the_rest_is_done():
    server, progress = Server(SERVER, DEPENDENCIES, task=BUSY), Progress()
    # The uninstaller of the other run ends and has removed its program.
    server.started = SERVER
    remove(server, progress=progress)
    assert [line["step"] for line in progress.timeline][:2] == [
        "follow what already runs on the server",
        "uninstall Configuration/Process Server Dependencies",
    ]
    assert server.programs == [] and server.ran.count("start_setup_task") == 1


def test_what_another_run_began_and_that_fails_is_begun_again():
    codes = iter([1603, 0])
    server = Server(DEPENDENCIES, task=BUSY, ends=lambda program: next(codes))
    remove(server)
    assert server.programs == [] and server.ran.count("start_setup_task") == 1


def test_an_uninstaller_that_fails_stops_the_rest():
    server, mark = Server(SERVER, DEPENDENCIES, ends=lambda program: 1603), Mark()
    with pytest.raises(AsrError, match="uninstalling .*Process Server on ps-1: exit code 1603.*the last line") as caught:
        remove(server, mark)
    assert server.programs == [SERVER, DEPENDENCIES] and "clear" not in mark.said
    assert caught.value.step == "uninstall Configuration/Process Server"


def test_a_success_without_effect_is_none(monkeypatch):
    monkeypatch.setattr(subject, "SETTLING_SECONDS", 0)
    server = Server(SERVER, effect=False)
    with pytest.raises(AsrError, match="still in the list of installed programs"):
        remove(server)
    assert server.ran.count("start_setup_task") == 1


def test_an_uninstaller_that_hangs_is_named_with_its_task_its_log_and_what_to_do():
    server = Server(SERVER, ends=lambda program: None)
    with pytest.raises(AsrTimeout) as caught:
        remove(server, timeout=0)
    said = str(caught.value)
    for word in (
        SERVER,
        "F:\\ASR\\home\\svsystems\\unins000.exe",
        "ps-1",
        steps.TASK_NAME,
        "is Running",
        "the last line",
        "ASRSetupLogs",
        "run again, which follows it",
        "Programs and Features",
    ):
        assert word in said, said
    assert "canary-password" not in said


def test_a_stranger_is_left_alone():
    server = Server(SERVER)
    with pytest.raises(AsrError, match="called PS-1"):
        subject.remove_software(server, PARAMS, {**ENTRY, "name": "ps-2"}, Mark(), Progress())
    assert server.ran == ["get_server_state"]
