"""The main job in a vault as a real one was: 25 recorded fabrics, two of one name, most of them long silent."""

from __future__ import annotations

import pytest

from tests import shared
from tests.azure_simulator.running import running
from tests.playbooks.support.requests import arm_writes


@pytest.fixture
def recorded():
    shared.needed("recordings/azure-powershell@2018-06-12/RecoveryServices.SiteRecovery.Test.AsrV2ATests/V2AFabricTests.json")
    with running("recorded_vault") as world:
        yield world


def test_the_fan_out_and_what_it_refuses(ansible, recorded):
    for wanted, words in (
        ("srpatnan-0420-1", ["2 configuration servers could be meant", "fabric id"]),
        ("WIN-12-R2-STD", ["last heartbeat"]),
        ("NOWHERE", ["not there", "ScaleWinSrc03"]),
    ):
        refused = ansible.play(recorded, {"configuration_server": wanted})
        assert refused.code != 0 and all(word in " ".join(refused.failures) for word in words), refused.output
    assert arm_writes(recorded) == []

    done = ansible.play(recorded)
    assert done.code == 0, done.output
    servers = done.of("process_server_registration")[0]["process_servers"]
    assert [server["state"] for server in servers] == ["registered"] * len(recorded.playbook_vars()["process_servers"])

    before = len(arm_writes(recorded))
    again = ansible.play(recorded)
    assert again.code == 0 and again.changed == [], again.output
    assert len(arm_writes(recorded)) == before
