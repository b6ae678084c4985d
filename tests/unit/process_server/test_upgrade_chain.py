"""The parts of an upgrade that need no world: what proves a version, and which errors a restart explains."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade_chain, upgrade_steps
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import Sighting
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.upgrade_rollout import Network, Rollout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress

OLD, NEW = "9.58.6934.1", "9.62.7096.1"
PARAMS = {"timeout": 60, "interval": 0}
ENTRY = {"name": "ps-1", "channel": "winrm"}


def seen(second, version=NEW, status="registered"):
    return Sighting(status, {"agentVersion": version, "lastHeartbeat": f"2026-01-05T10:00:{second:02d}.0000000Z"}, 1)


@pytest.mark.parametrize(
    "sightings, expected",
    [
        ([seen(1), seen(1), seen(2)], [False, False, True]),
        ([seen(1, OLD), seen(2, OLD), seen(3)], [False, False, True]),
        ([seen(1, status="stale"), seen(2, status="stale"), seen(3)], [False, False, True]),
        ([Sighting("absent"), seen(1)], [False, True]),
    ],
)
def test_a_version_is_proven_by_a_heartbeat_that_is_new(sightings, expected):
    proof = upgrade_chain.Proof(NEW)
    assert [bool(proof(sighting)) for sighting in sightings] == expected


class View:
    """Shows these sightings and then runs out of time."""

    LIMIT_SECONDS = 900
    configuration_server_address = "192.0.2.1"

    def __init__(self, *sightings):
        self._sightings = sightings

    def wait_until(self, _entry, is_done, what, _timeout):
        for sighting in self._sightings:
            if is_done(sighting):
                return sighting
        raise AsrTimeout(f"waiting for {what}", code="timeout")


GOAL = upgrade_steps.Goal("ps-1", NEW, {}, "psadmin", "canary")


class Channel:
    """Answers each script with what stands for it: a result, an error, or a list of them in their order, the last one for ever."""

    def __init__(self, **answers):
        self.answers = answers
        self.ran = []
        self.closed = 0

    def run(self, script, parameters, timeout):
        self.ran.append((script, parameters))
        answer = self.answers[script]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        self.closed += 1


@pytest.mark.parametrize(
    "sightings, reachable, words",
    [
        ([seen(1, OLD), seen(2, OLD)], True, ["has not taken note of its version"]),
        ([seen(1), seen(1)], True, ["reaches 192.0.2.1:443"]),
        ([seen(1), seen(1)], False, ["does not reach 192.0.2.1", "TimedOut"]),
    ],
)
def test_why_a_version_is_not_proven(sightings, reachable, words):
    channel = Channel(test_tcp={"reachable": reachable, "error": None if reachable else "TimedOut"})
    with pytest.raises(AsrTimeout) as caught:
        upgrade_chain.prove(channel, PARAMS, ENTRY, GOAL, View(*sightings), Progress())
    assert all(word in str(caught.value) for word in words), str(caught.value)


def state(version, last_result=None):
    task = {"exists": last_result is not None, "state": "Ready", "last_result": last_result, "last_run_utc": at(10)}
    return {
        "services": [{"name": name, "status": "Running"} for name in setup.SERVICES],
        "programs": [{"name": setup.PROGRAM, "version": version}],
        "product_version": version,
        "task": task,
        "paths": [],
    }


def at(second):
    return f"2026-01-05T10:00:{second:02d}.0000000Z"


def boot(second, now=20):
    return {"boot_utc": at(second), "utc": at(now)}


class Tag:
    def __init__(self):
        self.said = []

    def set(self, otherwise):
        self.said.append(otherwise)


def bring(channel, params=None):
    network = Network("vnet", 1, ("ps-1",), (), {"ps-1"}, {"ps-1"})
    mark = Tag()
    with Rollout([network]).turn("ps-1", Progress()) as turn:
        upgrade_chain._Server(channel, params or PARAMS, ENTRY, GOAL, turn, Progress(), mark).bring_to_version()
        assert network.down == ({"ps-1"} if mark.said else set())
    return mark


WANTED = [state(NEW, 3010), state(NEW)]


def test_a_restart_is_waited_for_through_whatever_connections_say():
    lost = AsrError("x", code="ConnectionLost")
    channel = Channel(
        get_server_state=list(WANTED),
        get_boot_time=[boot(5), boot(5, 21), lost, AsrTimeout("x", code="ConnectionTimeout"), AsrError("x", code="WSManFault 5"), boot(30, 40)],
        restart_server={"exit_code": 0},
    )
    assert bring(channel).said == [upgrade_chain.NOT_FINISHED]
    assert [parameters for script, parameters in channel.ran if script == "restart_server"] == [{"delay_seconds": 3}]
    assert channel.closed == 3


@pytest.mark.parametrize("answer", [{"exit_code": 1190}, {"exit_code": 1115}, AsrError("x", code="ConnectionLost")])
def test_a_restart_that_is_under_way_already_is_waited_for(answer):
    bring(Channel(get_server_state=list(WANTED), get_boot_time=[boot(5), boot(30, 40)], restart_server=answer))


def test_a_server_that_was_restarted_since_is_not_restarted_again():
    channel = Channel(get_server_state=[state(NEW, 3010), state(NEW)], get_boot_time=[boot(12)], remove_setup_files={})
    assert bring(channel).said == []
    assert [script for script, _parameters in channel.ran] == ["get_server_state", "get_boot_time", "remove_setup_files", "get_server_state"]


@pytest.mark.parametrize(
    "answers, words",
    [
        ({"restart_server": {"exit_code": 5}}, ["exit code 5", "Restart it by hand"]),
        ({"restart_server": AsrError("x", code="CredentialsRejected")}, ["CredentialsRejected"]),
        ({"get_boot_time": [boot(5), AsrError("x", code="CertificateChanged")]}, ["CertificateChanged"]),
        ({"get_boot_time": [boot(5), Refusal("x", said="the machine is gone")]}, ["the machine is gone"]),
    ],
)
def test_what_no_restart_explains_is_told_at_once(answers, words):
    channel = Channel(**{"get_server_state": list(WANTED), "get_boot_time": [boot(5)], "restart_server": {"exit_code": 0}, **answers})
    with pytest.raises(AsrError) as caught:
        bring(channel)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    "then, words",
    [(AsrError("x", code="ConnectionRefused", said="nobody listens"), "ConnectionRefused nobody listens"), (boot(5, 30), f"it runs since {at(5)}")],
)
def test_a_server_that_does_not_come_back_is_told_with_what_was_seen_last(then, words):
    channel = Channel(get_server_state=list(WANTED), get_boot_time=[boot(5), then], restart_server={"exit_code": 0})
    with pytest.raises(AsrTimeout) as caught:
        bring(channel, {"timeout": 0, "interval": 0})
    assert words in str(caught.value) and "boot diagnostics" in str(caught.value)


class Turn:
    """Comes after some time, in which another run upgraded the server."""

    def __init__(self):
        self.said = []

    def take_down(self):
        self.said.append("taken down")
        return True

    def does_not_run(self):
        self.said.append("does not run")


def test_after_it_had_to_wait_a_server_is_looked_at_again():
    installer = {"url": "https://x.example/setup.exe", "sha256": "ab" * 32}
    goal = upgrade_steps.Goal("ps-1", NEW, {NEW: installer}, "psadmin", "canary")
    channel = Channel(
        get_server_state=[state(OLD), state(OLD), state(NEW)],
        get_file_hash={"exists": True, "sha256": "ab" * 32, "size_bytes": 1},
        extract_installer={"exit_code": 0},
    )
    turn = Turn()
    upgrade_chain._Server(channel, PARAMS, ENTRY, goal, turn, Progress(), Tag()).bring_to_version()
    assert turn.said == ["taken down"] and [script for script, _parameters in channel.ran][-1] == "get_server_state"


def test_a_machine_that_is_stopped_is_told_to_those_that_wait(monkeypatch):
    def stopped(*_request):
        raise Refusal("waiting for the machine", on="ps-1", code="PowerState/deallocated")

    monkeypatch.setattr(upgrade_chain, "wait_for_machine", stopped)
    turn = Turn()
    with pytest.raises(Refusal, match="deallocated"):
        upgrade_chain.upgrade(None, PARAMS, ENTRY, GOAL, None, turn, Progress())
    assert turn.said == ["does not run"]
