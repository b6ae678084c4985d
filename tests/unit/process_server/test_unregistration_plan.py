"""Which listed server is meant, and whether and where it may go."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_plan as subject
from tests.unit.process_server.unregistration_world import CS_ADDRESS, ENTRY, FRESH, MACHINE, OLD, VAULT, item, server, world

UNFINISHED = {ENTRY["name"]: {**MACHINE, "tags": {"Azure_DR_Setup": "unfinished"}}}
TOOL_SERVER = {**ENTRY, "method": "configuration_tool"}


@pytest.mark.parametrize(
    "given, action, registered, way",
    [
        (world(), "none", "no", None),
        (world(machines=False), "none", "no", None),
        (world(machines=None), "none", "no", None),
        (world(server("ps-db-01", "192.0.2.11")), "none", "no", None),
        (world(machines=UNFINISHED), "unregister", "no, and not cleared of its software", subject.ON_THE_SERVER),
        (world(server()), "unregister", "yes", subject.ON_THE_SERVER),
        (world(server(), machines=None), "unregister", "yes", subject.ON_THE_SERVER),
        (world(server("PS-APP-01.contoso.example")), "unregister", "yes", subject.ON_THE_SERVER),
        (world(server(heartbeat=OLD)), "unregister", f"yes, without a heartbeat since {OLD}", subject.WHERE_IT_CAN),
        (
            world(server(heartbeat=OLD), machines=False, may_ask=True),
            "unregister",
            f"yes, without a heartbeat since {OLD}",
            subject.AT_THE_CONFIGURATION_SERVER,
        ),
        (world(server(), server(address="192.0.2.99", identifier="PS-ID-2")), "unregister", "yes", subject.ON_THE_SERVER),
        (world(server(machineCount=None, replicationPairCount="")), "unregister", "yes", subject.ON_THE_SERVER),
        (
            world(server(), items=[item("app", processServerId="ANOTHER", masterTargetId="ANOTHER"), item("bare")]),
            "unregister",
            "yes",
            subject.ON_THE_SERVER,
        ),
    ],
)
def test_what_is_to_be_done(given, action, registered, way):
    decided = subject.decide(ENTRY, given)
    assert (decided.action, decided.before["registered"], decided.after.get("way")) == (action, registered, way)
    assert decided.refusal is None and decided.after["registered"] == "no" and decided.changed is (action != "none")


def test_the_gallerys_server_goes_by_hand_where_there_is_no_channel():
    assert subject.decide(TOOL_SERVER, world(server())).after["way"] == subject.BY_HAND


@pytest.mark.parametrize(
    "given, words",
    [
        (
            world(server(machineCount="2", replicationPairCount="5")),
            ["still carries 2 machines and 5 replication pairs", "process_server_switch", "switch_process_servers"],
        ),
        (world(server(machineCount="unknown")), ["unknown machines"]),
        (
            world(
                server(),
                items=[item("web-1", processServerId="ps-id-1"), item("app-1", processServerId="PS-ID-1"), item("db-1", processServerId="PS-ID-2")],
            ),
            ["2 protected items (app-1, web-1)", "playbook azure_dr.site_recovery.switch_process_servers"],
        ),
        (world(server(hostId="HOST-1"), items=[item("app-1", processServerId="HOST-1")]), ["1 protected items (app-1)"]),
        (world(server(), items=[item("app-1", masterTargetId="PS-ID-1")]), ["1 protected items whose master target it is (app-1)", "failed back"]),
        (world(server(heartbeat=OLD, machineCount="1"), machines=False, may_ask=True), ["1 machines"]),
        (world(server("CS-1")), ["is called CS-1"]),
        (world(server("OTHER")), ["listed at 192.0.2.10 is called OTHER, id PS-ID-1", "that server's own name"]),
        (
            world(server(address="192.0.2.99", heartbeat=OLD)),
            ["no process server is listed at 192.0.2.10, but ps-app-01 is, at 192.0.2.99", OLD, "give private_ip_address 192.0.2.99"],
        ),
        (world(server("PS-APP-01.contoso.local", address="192.0.2.99")), ["is, at 192.0.2.99", "under this old address"]),
        (
            world(server(address="192.0.2.98"), server("PS-APP-01", "192.0.2.99", identifier="PS-ID-2")),
            ["192.0.2.98 (id PS-ID-1", "192.0.2.99 (id PS-ID-2", "registered more than once"],
        ),
        (
            world(machines={"ps-app-01": {**MACHINE, "tags": {"Azure_DR_Vault": "/of/another"}}}),
            ["its tag azure_dr_vault says that it works for another vault, /of/another", "Name that vault"],
        ),
        (
            world(server(), server(identifier="PS-ID-2", heartbeat=OLD)),
            ["shows 2 process servers with this address", "PS-ID-2", "serial number", "-IPAddress 192.0.2.10 -Component PS"],
        ),
        (
            world(server(), machines=False, may_ask=True),
            ["no virtual machine ps-app-01 in group rg-failback", FRESH, "never unregistered behind its back"],
        ),
        (
            world(server(heartbeat=OLD), machines=False),
            ["its machine is gone", OLD, "Give configuration_server_winrm", "By hand", "-IPAddress 192.0.2.10"],
        ),
    ],
)
def test_what_must_stay_says_why_and_what_to_do(given, words):
    decided = subject.decide(ENTRY, given)
    assert decided.action == "refuse" and not decided.changed and decided.foretold is None
    for word in words:
        assert word in str(decided.refusal)


def test_what_names_this_vault_or_is_listed_here_is_not_another_vaults():
    named = {"ps-app-01": {**MACHINE, "tags": {"azure_dr_vault": VAULT.upper()}}}
    assert subject.decide(ENTRY, world(machines=named)).action == "none"
    # What this vault lists at its address is its own, whatever an old tag says.
    old = {"ps-app-01": {**MACHINE, "tags": {"azure_dr_vault": "/of/another"}}}
    assert subject.decide(ENTRY, world(server(), machines=old)).action == "unregister"


@pytest.mark.parametrize(
    "listed, details, entry",
    [
        (server("CS-1", CS_ADDRESS), {}, {"name": "CS-1", "private_ip_address": CS_ADDRESS}),
        (server("CS-1", "192.0.2.10"), {}, {"name": "CS-1"}),
        (server("ps-app-01", CS_ADDRESS), {}, {"private_ip_address": CS_ADDRESS}),
        (server(), {"hostId": "ps-id-1"}, {}),
    ],
)
def test_the_process_server_built_into_the_configuration_server_stays(listed, details, entry):
    entry = {**ENTRY, **entry}
    decided = subject.decide(entry, world(listed, entry=entry, **details))
    assert "built into the configuration server" in str(decided.refusal)


def test_many_machines_are_counted_and_fifty_named():
    items = [item(f"m-{number:02}", processServerId="PS-ID-1") for number in range(60)]
    said = str(subject.decide(ENTRY, world(server(), items=items)).refusal)
    assert "60 protected items (m-00, " in said and "m-49 and 10 more)" in said


@pytest.mark.parametrize(
    "listed, follows, foretold",
    [
        (server(machineCount="2"), ("switch",), "unregister"),
        (server(machineCount="2"), (), None),
        (server("OTHER", machineCount="2"), ("switch",), None),
    ],
)
def test_what_a_switch_before_would_move_is_no_obstacle_in_check_mode(listed, follows, foretold):
    decided = subject.decide(ENTRY, world(listed, follows=follows))
    assert decided.refusal is not None
    assert (decided.foretold and decided.foretold.action) == foretold


@pytest.mark.parametrize(
    "entry, given, missing",
    [
        (ENTRY, world(server()), []),
        ({**ENTRY, "admin_password": None}, world(server()), ["admin_password"]),
        ({**ENTRY, "admin_username": None, "admin_password": None}, world(server(heartbeat=OLD)), ["admin_username", "admin_password"]),
        ({**ENTRY, "admin_password": None}, world(machines=UNFINISHED), ["admin_password"]),
        ({**ENTRY, "admin_password": None}, world(), []),
        ({**ENTRY, "admin_password": None}, world(server(heartbeat=OLD), machines=False, may_ask=True), []),
        ({**TOOL_SERVER, "admin_password": None}, world(server()), []),
    ],
)
def test_credentials_are_missed_only_where_they_are_needed(entry, given, missing):
    texts = subject.missing_credentials(entry, subject.decide(entry, given), given)
    assert [option for option in ("admin_username", "admin_password") if any(option in text for text in texts)] == missing
