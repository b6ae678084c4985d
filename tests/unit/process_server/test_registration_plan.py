"""What is decided of servers that are to be registered, from what the vault shows."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, registration, registration_view
from tests.unit.process_server.unregistration_world import ENTRY, FRESH, NOW, OLD, fabric, server


def planned(*others, **listed):
    """The plan for a server that the configuration server that is meant does not list; ``others`` are beside it in the vault."""
    meant = fabric(*listed.get("here", ()))
    sighting = registration_view.sight(meant, ENTRY, NOW)
    params = {"vault_resource_group": "rg-dr", "vault_name": "vault-dr", "state": "present", "interval": 1}
    world = registration.World(registration_view.VaultView(None, params, meant), {ENTRY["name"]: sighting})
    registration.find_elsewhere([meant, *others], [ENTRY], world, NOW)
    (plan,) = [registration.decide({**ENTRY, "virtual_network": "/n", "subnet": "s"}, world)]
    return plan


def other(*servers, heard=FRESH):
    named = fabric(*servers, lastHeartbeat=heard)
    return {**named, "id": "/f2", "properties": {**named["properties"], "friendlyName": "CS-BRANCH"}}


@pytest.mark.parametrize(
    "beside, action",
    [
        (other(server()), "refuse"),
        (other(server("PS-APP-01.contoso.local")), "refuse"),
        # What is left of an earlier server keeps nobody from having a new one; two sites may use one address, or one name.
        (other(server(heartbeat=OLD)), "register"),
        (other(server("other")), "register"),
        (other(server(address="192.0.2.99")), "register"),
        (other(), "register"),
    ],
)
def test_a_server_that_works_for_another_configuration_server_is_not_taken_from_it(beside, action):
    plan = planned(beside)
    assert plan.action == action
    if action == "refuse":
        for words in ("it works for another configuration server, CS-BRANCH, /f2", FRESH, "Name that one as configuration_server"):
            assert words in str(plan.refusal)


def test_a_server_that_the_right_one_lists_is_not_looked_for_elsewhere():
    assert planned(other(server()), here=[server()]).action == "none"
    assert configuration_servers.this_very_one(fabric(server()), ENTRY["name"], ENTRY["private_ip_address"])
