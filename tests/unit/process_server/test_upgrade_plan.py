"""Which version is wanted, and what each server is told before anything is done."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade, upgrade_plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration import sight_or_refusal

NOW = datetime.datetime(2026, 1, 5, 10, 0, tzinfo=datetime.timezone.utc)
OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"
ENTRY = {
    "name": "ps-1",
    "private_ip_address": "192.0.2.10",
    "resource_group": "rg",
    "subnet": "failback",
    "virtual_network": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet",
    "method": "unified_setup",
    "admin_username": "psadmin",
    "admin_password": "canary-password",
}


def ago(minutes):
    return (NOW - datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(version, address="192.0.2.10", minutes=1, name="ps-1"):
    return {"friendlyName": name, "id": f"id-{address}-{version}", "ipAddress": address, "agentVersion": version, "lastHeartbeat": ago(minutes)}


def fabric(*servers, version=NEW):
    details = {"instanceType": "VMware", "agentVersion": version, "lastHeartbeat": ago(1), "processServers": list(servers)}
    return {"name": "f", "properties": {"friendlyName": "CS-1", "customDetails": details}}


def installers(*versions):
    return [{"url": f"https://download.example/{version}.exe", "sha256": "ab" * 32, "size_bytes": None, "version": version} for version in versions]


def params(**changes):
    return {"version": None, "installers": installers(BETWEEN, NEW), "max_unavailable": "1", **changes}


@pytest.mark.parametrize(
    "changes, theirs, expected",
    [
        ({}, NEW, NEW),
        ({"version": BETWEEN}, NEW, BETWEEN),
        ({"installers": installers(BETWEEN)}, NEW, BETWEEN),
        ({"installers": installers(BETWEEN, BETWEEN)}, NEW, BETWEEN),
        ({"installers": []}, NEW, NEW),
        ({"version": NEW, "installers": installers(BETWEEN)}, NEW, NEW),
    ],
)
def test_target_version(changes, theirs, expected):
    assert upgrade_plan.target_version(params(**changes), fabric(version=theirs)) == expected


@pytest.mark.parametrize(
    "changes, theirs, words",
    [
        ({"version": "9.63.1.1"}, NEW, ["9.63.1.1", NEW, "Upgrade the configuration server first"]),
        ({"installers": installers(NEW)}, BETWEEN, [NEW, BETWEEN, "Upgrade the configuration server first"]),
        ({}, None, ["CS-1", "nothing as its version"]),
        ({}, "unknown", ["unknown as its version"]),
    ],
)
def test_the_configuration_server_goes_first(changes, theirs, words):
    with pytest.raises(Refusal) as caught:
        upgrade_plan.target_version(params(**changes), fabric(version=theirs))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def decide(*servers, target=NEW, available=(BETWEEN, NEW), gone=False, unfinished=False, theirs=NEW):
    found = fabric(*servers, version=theirs)
    return upgrade_plan.decide(ENTRY, sight_or_refusal(found, ENTRY, NOW), found, target, available, gone, unfinished)


@pytest.mark.parametrize(
    "plan, action, steps",
    [
        (decide(listed(NEW)), "none", []),
        (decide(listed(NEW), available=()), "none", []),
        (decide(listed(OLD)), "upgrade", [BETWEEN, NEW]),
        (decide(listed(BETWEEN), target=BETWEEN), "none", []),
        (decide(listed(OLD, minutes=60), unfinished=True), "upgrade", [BETWEEN, NEW]),
        (decide(listed(NEW), unfinished=True), "finish", []),
        (decide(listed(None)), "upgrade", []),
    ],
)
def test_what_is_to_be_done(plan, action, steps):
    assert (plan.action, plan.refusal, plan.known["steps"]) == (action, None, steps)
    assert plan.changed == (action != "none") == (plan.before != plan.after)


@pytest.mark.parametrize(
    "plan, words",
    [
        (decide(), ["lists no process server at 192.0.2.10", "process_server_registration"]),
        (decide(listed(OLD, "192.0.2.99")), ["lists it under 192.0.2.99 (last heartbeat", "not at 192.0.2.10", "private_ip_address"]),
        (decide(listed(OLD), listed(NEW)), ["2 process servers with this address"]),
        (decide(listed(OLD), gone=True), ["there is no virtual machine ps-1", "unregister"]),
        (decide(listed("9.64.1.1")), ["9.64.1.1", f"newer than {NEW} of its configuration server", "Upgrade the configuration server first"]),
        (decide(listed(NEW), target=BETWEEN), [f"it has {NEW}, newer than {BETWEEN}", "cannot go back"]),
        (decide(listed(OLD, minutes=60)), ["no heartbeat since", "process_server_registration"]),
        (decide(listed(NEW, minutes=60)), ["no heartbeat since"]),
        (decide(listed(OLD), available=(NEW,)), ["9.55 to 9.58", f"given: {NEW}"]),
    ],
)
def test_what_is_refused_and_why(plan, words):
    assert plan.action == "refuse" and not plan.changed
    assert all(word in str(plan.refusal) for word in words), str(plan.refusal)


@pytest.mark.parametrize(
    "changes, entry, words",
    [
        ({}, {}, None),
        ({"version": "9.62"}, {}, "version 9.62 is not a version in its four numbers"),
        ({"version": "latest"}, {}, "version latest"),
        ({"installers": installers("9.x.1.1")}, {}, "installers[0].version 9.x.1.1"),
        ({"installers": [{**installers(NEW)[0], "version": ""}]}, {}, "installers[0].version is missing"),
        ({"installers": [{**installers(NEW)[0], "sha256": "ab"}]}, {}, "installers[0].sha256"),
        ({"installers": [{**installers(NEW)[0], "url": "http://x"}]}, {}, "installers[0].url is not an address over HTTPS"),
        ({"installers": [*installers(NEW), {**installers(NEW)[0], "sha256": "cd" * 32}]}, {}, f"two installers have version {NEW}"),
        ({"installers": [*installers(NEW), {**installers(NEW)[0], "sha256": "AB" * 32}]}, {}, None),
        *[({"max_unavailable": given}, {}, f"max_unavailable {given}") for given in ("0", "0%", "101%", "-1", "some", "1.5")],
        *[({"max_unavailable": given}, {}, None) for given in ("1", 7, "1%", "100%")],
        ({}, {"admin_password": None}, "ps-1: admin_password is missing"),
        ({}, {"method": "configuration_tool"}, "2012 R2"),
        ({}, {"method": "configuration_tool", "winrm_certificate_fingerprint": "ab" * 32}, None),
    ],
)
def test_options_that_cannot_be_meant(changes, entry, words):
    found = list(upgrade_plan.input_problems(params(**changes), [{**ENTRY, **entry}]))
    assert found == [] if words is None else len(found) == 1 and words in found[0], found
    assert "canary" not in str(found)


def test_spaces_around_a_version_are_nothing():
    network = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
    entry = {**ENTRY, "virtual_network": network, "subscription_id": network.split("/")[2], "admin_password": "cAnary-1+password"}
    given = params(version=f" {NEW}", process_servers=[entry], installers=[{**installers(NEW)[0], "version": f"{NEW} "}])
    assert [one["name"] for one in upgrade.prepare(given)] == ["ps-1"]
    assert [given["version"], given["installers"][0]["version"]] == [NEW, NEW]
    assert upgrade.prepare(params(process_servers=[entry])) and upgrade_plan.target_version(given, fabric()) == NEW


def world(*servers, entries=(ENTRY,), others=()):
    found = fabric(*servers)
    sightings = {entry["name"]: sight_or_refusal(found, entry, NOW) for entry in entries}
    view = type("View", (), {"fabric": found})()
    key = upgrade.resource_ids.key(ENTRY["virtual_network"])
    return upgrade.World(view, NEW, sightings, others={key: list(others)})


TWO = (ENTRY, {**ENTRY, "name": "ps-2", "private_ip_address": "192.0.2.11"})


@pytest.mark.parametrize(
    "servers, entries, others, actions, alone",
    [
        ([listed(OLD)], TWO[:1], (), ["upgrade"], ["ps-1"]),
        ([listed(OLD)], TWO[:1], ("ps-x",), ["upgrade"], []),
        ([listed(OLD), listed(OLD, "192.0.2.11")], TWO, (), ["upgrade", "upgrade"], []),
        ([listed(OLD), listed(OLD, "192.0.2.11", 60)], TWO, (), ["refuse", "refuse"], []),
        ([listed(OLD), listed(NEW, "192.0.2.11")], TWO, (), ["upgrade", "none"], []),
    ],
)
def test_what_it_means_for_the_network(monkeypatch, servers, entries, others, actions, alone):
    monkeypatch.setattr(upgrade.configuration_servers, "utc_now", lambda: NOW)
    read = world(*servers, entries=entries, others=others)
    plans = upgrade.plan(params(), entries, read)
    assert [plan.action for plan in plans] == actions and sorted(read.alone) == alone
    assert [text.split(":")[0] for text in upgrade.warnings(entries, plans, read) if "stands still" in text] == alone
    if actions == ["refuse", "refuse"]:
        assert "last process server of vnet that works" in str(plans[0].refusal)


def test_an_address_is_in_its_network():
    network = {"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/8", "192.0.2.0/24"]}}}
    assert upgrade._is_in("192.0.2.10", network) and not upgrade._is_in("198.51.100.1", network)
    assert not upgrade._is_in(None, network) and not upgrade._is_in("192.0.2.10", {"properties": {}})
