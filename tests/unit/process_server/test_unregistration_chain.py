"""On which way a server goes: on itself, on the configuration server, by a person, or not at all."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_server_channel
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_chain as subject
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import Sighting
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from tests.unit.process_server.unregistration_world import CS_ADDRESS, ENTRY, MACHINE, OLD, VAULT, fabric, server, world

PARAMS = {"timeout": 60, "interval": 0, "configuration_server_winrm": {"address": None}}
BROKEN = AsrError("waiting for the machine", code="failed", cure="Run process_server_vm again")
STOPPED = Refusal("waiting for the machine", code="PowerState/deallocated", cure="Start it")
SILENT_PORT = AsrError("starting get_winrm_listener", code="ConnectionTimeout", cure="Check the route")
REJECTED = AsrError("starting get_winrm_listener", code="CredentialsRejected", cure="Check the password")
TOOL_SAYS = "1 192.0.2.10 ps-app-01\nPlease choose one of the above servers to un-register : "


class View:
    """What the vault shows at the first look, and then; the last one stays."""

    LIMIT_SECONDS = 900
    vault_id = VAULT

    def __init__(self, *sightings, stays_listed=False):
        self.fabric, self.configuration_server_address = fabric(), CS_ADDRESS
        self.sightings, self.stays_listed, self.waited = list(sightings), stays_listed, []

    def look(self, _entry):
        return self.sightings.pop(0) if len(self.sightings) > 1 else self.sightings[0]

    recent_look = look

    def wait_until_gone(self, _entry, identifier, timeout):
        self.waited.append((identifier, timeout))
        if self.stays_listed and len(self.waited) == 1:
            raise AsrTimeout("waiting for it to be gone", said="it is listed")


class Stage:
    """Everything around the chain, which writes down what it was asked for."""

    def __init__(self, monkeypatch, machine=None, channel=None, tool=()):
        self.did, self.tool = [], list(tool)
        monkeypatch.setattr(
            subject.reaching, "wait_for_machine", lambda _azure, params, _entry, _progress: self._answer(machine, params) or MACHINE
        )
        monkeypatch.setattr(subject.reaching, "open_channel", lambda _azure, params, _entry, _progress: self._answer(channel, params) or self)
        monkeypatch.setattr(subject, "remove_software", lambda *_given: self.did.append("removed on the server"))
        monkeypatch.setattr(configuration_server_channel, "open_channel", lambda _params, address: self.did.append(f"went to {address}") or self)

    def _answer(self, error, params):
        self.limit = params["timeout"]
        if error is not None:
            raise error

    def run(self, script, parameters, timeout):
        assert script == "run_unregister_tool" and timeout > parameters["limit_seconds"] > parameters["quiet_seconds"]
        self.did.append(f"tool answered {parameters['answer']}")
        assert parameters["answer"] is None or parameters["expected"] == TOOL_SAYS
        return self.tool.pop(0)

    def close(self):
        self.did.append("closed")


def said(text, exit_code=None, answered=False):
    return {"output": text, "errors": "", "exit_code": exit_code, "answered": answered}


DONE = said(TOOL_SAYS + "Successfully unregistered ps-app-01 (192.0.2.10)", 0, True)
AT_THE_TOOL = [f"went to {CS_ADDRESS}", "tool answered None", "tool answered 1", "closed"]


def unregister(given, view, entry=ENTRY, **params):
    given.view = view
    subject.unregister(None, {**PARAMS, **params}, entry, given, Progress())


def stale():
    return Sighting("stale", server(heartbeat=OLD), 10800)


def test_a_connected_server_goes_on_itself(monkeypatch):
    stage, view = Stage(monkeypatch), View(stale())
    unregister(world(server()), view)
    assert stage.did == ["removed on the server", "closed"] and view.waited == [("PS-ID-1", 60)] and stage.limit == 60


def test_the_channel_is_closed_whatever_happens(monkeypatch):
    stage = Stage(monkeypatch)
    monkeypatch.setattr(subject, "remove_software", lambda *_given: (nothing for nothing in ()).throw(AsrError("uninstalling")))
    with pytest.raises(AsrError):
        unregister(world(server()), View(stale()))
    assert stage.did == ["closed"]


@pytest.mark.parametrize(
    "machine, channel", [(STOPPED, None), (BROKEN, None), (None, SILENT_PORT), (AsrTimeout("waiting for the agent", code="timeout"), None)]
)
def test_a_dead_server_goes_on_the_configuration_server(monkeypatch, machine, channel):
    stage, view = Stage(monkeypatch, machine, channel, [said(TOOL_SAYS), DONE]), View(stale())
    unregister(world(server(heartbeat=OLD), may_ask=True), view, timeout=7200)
    assert stage.did == AT_THE_TOOL and view.waited == [("PS-ID-1", 900)] and stage.limit == subject.ANSWERING_SECONDS


def test_a_server_whose_machine_was_deleted_first_is_not_looked_for(monkeypatch):
    stage = Stage(monkeypatch, AssertionError("nobody asks for the machine"), tool=[said(TOOL_SAYS), DONE])
    unregister(world(server(heartbeat=OLD), machines=False, may_ask=True), View(stale()))
    assert stage.did == AT_THE_TOOL


@pytest.mark.parametrize("machine, channel", [(STOPPED, None), (BROKEN, None), (None, SILENT_PORT)])
def test_a_server_with_heartbeats_is_never_unregistered_behind_its_back(monkeypatch, machine, channel):
    stage = Stage(monkeypatch, machine, channel)
    with pytest.raises(AsrError, match="behind its back") as caught:
        unregister(world(server(), may_ask=True), View(stale()))
    assert caught.value.code == (machine or channel).code and (machine or channel).cure in caught.value.cure
    assert stage.did == []


@pytest.mark.parametrize("heartbeat", ["fresh", "old"])
def test_a_wrong_account_is_told_and_never_taken_for_a_dead_server(monkeypatch, heartbeat):
    stage = Stage(monkeypatch, channel=REJECTED)
    with pytest.raises(AsrError) as caught:
        unregister(world(server() if heartbeat == "fresh" else server(heartbeat=OLD), may_ask=True), View(stale()))
    assert caught.value is REJECTED and stage.did == []


@pytest.mark.parametrize(
    "sighting, may_ask, words",
    [
        (Sighting("registered", server(), 5), True, "gives heartbeats again"),
        (Sighting("stale", server(heartbeat=OLD, machineCount="1"), 10800), True, "still carries 1 machines"),
        (stale(), False, "Give configuration_server_winrm.*-IPAddress 192.0.2.10"),
    ],
)
def test_what_the_last_look_shows_counts(monkeypatch, sighting, may_ask, words):
    stage = Stage(monkeypatch, STOPPED)
    with pytest.raises(Refusal, match=words):
        unregister(world(server(heartbeat=OLD), may_ask=may_ask), View(sighting))
    assert stage.did == []


def test_a_server_that_went_meanwhile_needs_nothing(monkeypatch):
    stage = Stage(monkeypatch, STOPPED)
    unregister(world(server(heartbeat=OLD), may_ask=True), View(Sighting("absent")))
    assert stage.did == []


def test_a_reachable_server_of_which_the_configuration_server_is_not_told_goes_there_as_well(monkeypatch):
    stage, view = Stage(monkeypatch, tool=[said(TOOL_SAYS), DONE]), View(stale(), stays_listed=True)
    unregister(world(server(heartbeat=OLD), may_ask=True), view, timeout=7200, interval=15)
    assert stage.did == ["removed on the server", "closed", *AT_THE_TOOL]
    assert [limit for _id, limit in view.waited] == [30, 900]


@pytest.mark.parametrize("sighting, may_ask", [(Sighting("registered", server(), 5), True), (stale(), False)])
def test_it_does_not_go_there_while_its_heartbeat_is_young_or_without_access(monkeypatch, sighting, may_ask):
    stage, view = Stage(monkeypatch), View(sighting, stays_listed=True)
    with pytest.raises(AsrTimeout, match="Its software is uninstalled.*configuration_server_winrm.*By hand"):
        unregister(world(server(), may_ask=may_ask), view)
    assert stage.did == ["removed on the server", "closed"]


def test_the_first_versions_of_the_tool_ask_nothing(monkeypatch):
    stage = Stage(monkeypatch, STOPPED, tool=[said("Successfully unregistered ps-app-01 (192.0.2.10)", 0)])
    unregister(world(server(heartbeat=OLD), may_ask=True), View(stale()))
    assert stage.did == [f"went to {CS_ADDRESS}", "tool answered None", "closed"]


@pytest.mark.parametrize("error", [AsrError("running", code="ConnectionRefused", cure="Check the route."), None])
def test_whatever_goes_wrong_there_is_told_with_what_to_do_by_hand(monkeypatch, error):
    stage = Stage(monkeypatch, STOPPED, tool=[said("Bitte Nummer waehlen:")])
    if error:
        monkeypatch.setattr(stage, "run", lambda *_given, **_named: (nothing for nothing in ()).throw(error))
    with pytest.raises(AsrError, match=r"By hand: .*-IPAddress 192.0.2.10 -Component PS") as caught:
        unregister(world(server(heartbeat=OLD), may_ask=True), View(stale()))
    assert caught.value.step == "unregister on the configuration server" and stage.did[-1] == "closed"


def test_one_tool_runs_at_a_time(monkeypatch):
    given, stage = world(server(heartbeat=OLD), may_ask=True), Stage(monkeypatch, STOPPED, tool=[said(TOOL_SAYS), DONE])
    locked = []
    original = stage.run
    monkeypatch.setattr(stage, "run", lambda *positional, **named: locked.append(given.tool_is_free.locked()) or original(*positional, **named))
    unregister(given, View(stale()))
    assert locked == [True, True] and not given.tool_is_free.locked()


@pytest.mark.parametrize(
    "found, error",
    [
        (Sighting("registered", server(), 5), "gives heartbeats again"),
        (Sighting("stale", server(heartbeat=OLD, machineCount="1"), 10800), "still carries 1 machines"),
        (Sighting("absent"), None),
    ],
)
def test_it_is_looked_at_again_when_the_tool_is_free_at_last(monkeypatch, found, error):
    given, stage, looks = world(server(heartbeat=OLD), may_ask=True), Stage(monkeypatch, STOPPED), []
    view = View(stale())
    monkeypatch.setattr(view, "recent_look", lambda _entry: looks.append(given.tool_is_free.locked()) or found)
    try:
        unregister(given, view)
        assert error is None
    except Refusal as refusal:
        assert error and error in refusal.said
    assert looks == [True] and stage.did == []


def test_a_server_that_only_has_to_be_cleared_is_not_proven_again(monkeypatch):
    stage, view = Stage(monkeypatch), View(Sighting("absent"))
    unregister(world(), view)
    assert stage.did == ["removed on the server", "closed"] and view.waited == []
    stage = Stage(monkeypatch, STOPPED)
    with pytest.raises(Refusal) as caught:
        unregister(world(), view)
    assert caught.value.code == STOPPED.code and "Start it. It is not registered" in caught.value.cure
    assert "process_server_vm with state absent deletes the machine as it is" in caught.value.cure


TOOL_SERVER = {**ENTRY, "method": "configuration_tool"}


@pytest.mark.parametrize(
    "entry, channel, did",
    [
        (TOOL_SERVER, None, ["removed on the server", "closed"]),
        (TOOL_SERVER, SILENT_PORT, []),
        ({**TOOL_SERVER, "winrm_certificate_fingerprint": None, "winrm_ca_file": "ca.pem"}, None, ["removed on the server", "closed"]),
        ({**TOOL_SERVER, "winrm_certificate_fingerprint": None}, AssertionError("nothing is known of its certificate"), []),
        ({**TOOL_SERVER, "admin_password": None}, AssertionError("there is no account"), []),
    ],
)
def test_the_gallerys_server_goes_by_a_person_where_no_channel_leads_to_it(monkeypatch, entry, channel, did):
    stage, view, progress = Stage(monkeypatch, channel=channel), View(stale()), Progress()
    given = world(server())
    given.view = view
    subject.unregister(None, PARAMS, entry, given, progress)
    assert stage.did == did and view.waited == [("PS-ID-1", 60)]
    by_hand = [line for line in progress.timeline if line["step"] == "wait for the removal by hand"]
    assert bool(by_hand) == (not did)
    for line in by_hand:
        assert "remote desktop as psadmin" in line["detail"] and line["detail"].index("Mobility") < line["detail"].index("Dependencies")


def test_a_dead_server_of_the_gallery_goes_on_the_configuration_server(monkeypatch):
    stage = Stage(monkeypatch, STOPPED, tool=[said(TOOL_SAYS), DONE])
    unregister(world(server(heartbeat=OLD), may_ask=True), View(stale()), entry=TOOL_SERVER)
    assert stage.did == AT_THE_TOOL
