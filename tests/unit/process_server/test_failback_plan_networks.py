"""One proposal for each network: which servers it has, which it needs, what they are called, where they stand, how large they are."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import names
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import (
    estimate,
    existing,
    items,
    load,
    machines,
    naming,
    placement,
    proposals,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

from tests.unit.process_server.failback_plan_world import (
    FORBIDDEN,
    NOW,
    OWNER,
    SUB,
    ago,
    fabric,
    interface,
    item,
    machine,
    network,
    network_id,
    process_server,
    running,
    subnet,
    world,
)

WISHES = {"subnet": None, "resource_group": None, "name_prefix": "ps", "daily_change_percent": 3.0}


class AllOfThem(dict):
    """Azure calls every address taken."""

    def get(self, _key, _default=None):
        return self

    def __contains__(self, _address):
        return True


def drafts(known, first_free=True, **wishes):
    """The drafts of all networks; Azure calls the first candidate of each slot free, or none."""
    judged = machines.judge(known, [items.read(one) for one in known.items])
    found = proposals.draft([(one.machine, one.place) for one in judged if one.counts], known.fabrics[0], known, {**WISHES, **wishes})
    placement.assign(proposals.slots(found), {} if first_free else AllOfThem())
    return proposals.finish(found)


def servers(known, **wishes):
    (one,) = drafts(known, **wishes)
    return [(server["name"], server["action"], server["private_ip_address"]) for server in one["servers"]]


@pytest.mark.parametrize(
    "prefix, network_name, used, wanted",
    [
        ("ps", "vnet-app", (), "ps-app-01"),
        ("ps", "VNET_App", (), "ps-app-01"),
        ("ps", "app-network", ("ps-app-01", "ps-app-02"), "ps-app-03"),
        ("ps", "vnet", (), "ps-vnet-01"),
        ("ps", "a-very-long-name-of-a-network", (), "ps-a-very-lo-01"),
        ("dr-ps", "vnet-production", (), "dr-ps-produc-01"),
        ("ps", "vnet-production-weu", (), "ps-productio-01"),
        ("ps", "_", (), "ps-net-01"),
        ("abcdef", "vnet-1234567-x", (), "abcdef-12345-01"),
    ],
)
def test_names(prefix, network_name, used, wanted):
    name = naming.free_name(prefix, network_name, set(used))
    assert name == wanted and len(name) <= 15 and names.name_problem(name) == ""


def test_no_name_is_better_than_a_long_one():
    assert naming.free_name("ps", "vnet-app", {f"ps-app-{number:02}" for number in range(1, 100)}) is None


@pytest.mark.parametrize("prefix, words", [("ps", ""), ("toolong", "7 characters"), ("-ps", "hyphen"), ("p_s", "letters"), ("12", "digits only")])
def test_prefixes(prefix, words):
    problem = naming.prefix_problem(prefix)
    assert (words in problem) if words else problem == ""


def test_a_name_is_nobodys_in_any_of_the_subscriptions_and_fabrics():
    branch = fabric("PS-WEB-01", servers=[process_server("PS-DB-01", "10.9.9.9")])
    known = world(fabrics=[fabric(), branch], machines=[machine("Ps-App-01")])
    assert {"ps-app-01", "ps-db-01", "ps-web-01", "cs-onprem-01"} <= naming.taken(known)


DELEGATED = {"delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]}


@pytest.mark.parametrize(
    "subnets, wanted, machine_subnets, chosen, why",
    [
        ([subnet("a"), subnet("b")], None, ["b"], "b", "where its machines are"),
        ([subnet("a"), subnet("b")], None, ["B", "b", "a"], "b", "where its machines are"),
        ([subnet("b"), subnet("a")], None, [], "a", "first by name"),
        ([subnet("a"), subnet("b")], "A", ["b"], "a", "as asked for"),
        ([subnet("b")], "a", ["b"], "b", "since a is not there"),
        ([subnet("GatewaySubnet"), subnet("AzureBastionSubnet"), subnet("AzureFirewallSubnet"), subnet("z")], None, [], "z", ""),
        ([subnet("a", **DELEGATED), subnet("z")], "a", ["a"], "z", "since a is delegated to Microsoft.Web/serverFarms"),
        ([subnet("GatewaySubnet")], None, [], None, "GatewaySubnet belongs to a service"),
        ([subnet("a", "10.1.0.0/29", ipConfigurations=[{"id": str(n)} for n in range(3)])], None, [], None, "a has no room"),
        ([], None, [], None, "it has none"),
    ],
)
def test_subnets(subnets, wanted, machine_subnets, chosen, why):
    found, reason = placement.choose_subnet(network(subnets=subnets), wanted, machine_subnets, world(), 1)
    assert (found or {}).get("name") == chosen and why in reason


def test_addresses_leave_out_what_azure_keeps_and_what_interfaces_hold():
    small = subnet(prefix="10.1.0.0/28")
    known = world(networks=[network(subnets=[small])], interfaces=[interface("x", "10.1.0.5"), interface("other", "10.1.0.4", network="vnet-db")])
    found = placement.candidates(small, placement.held_addresses(known.networks[SUB].value[0], known))
    assert found == [f"10.1.0.{number}" for number in (4, 6, 7, 8, 9, 10, 11, 12, 13, 14)]


def test_one_server_for_a_network_with_all_that_prepare_failback_wants():
    known = world(items=[item("m-1"), item("m-2")], **running("m-1", "m-2"))
    (entry,) = proposals.entries(drafts(known))
    assert entry == {
        "name": "ps-app-01",
        "subscription_id": SUB,
        "resource_group": "rg-failback",
        "location": "westeurope",
        "virtual_network": network_id("vnet-app"),
        "subnet": "failback",
        "private_ip_address": "10.1.0.4",
        "machines": 2,
        "daily_churn_gb": 2,
        "size": "Standard_A4_v2",
    }
    (entry,) = proposals.entries(drafts(known, resource_group="rg-dr", name_prefix="fb"))
    assert (entry["name"], entry["resource_group"]) == ("fb-app-01", "rg-dr")


def with_server(name, registered=True, tags=None, heard=None, address="10.1.0.9", machine_name=None):
    """m-1 in vnet-app, and a machine that is, or is not, a process server there."""
    known = world(
        fabrics=[fabric(servers=[process_server(name, address, heard)] if registered else [])],
        items=[item("m-1")],
        machines=[machine("m-1"), machine(machine_name or name, tags=tags, size="Standard_D8s_v3")],
        interfaces=[interface("m-1-nic", "10.1.0.20", attached="m-1"), interface("ps-nic", address, attached=machine_name or name)],
    )
    return known


@pytest.mark.parametrize(
    "known, wanted",
    [
        # Ours and working; ours and not registered yet; ours and silent.
        (with_server("ps-1", tags=OWNER), [("ps-1", "adopt", "10.1.0.9")]),
        (with_server("ps-1", registered=False, tags=OWNER), [("ps-1", "resume", "10.1.0.9")]),
        (with_server("ps-1", tags=OWNER, heard=ago(days=1)), [("ps-1", "resume", "10.1.0.9")]),
        # Somebody else's: only while it works, and only if it bears the machine's name.
        (with_server("portal-ps"), [("portal-ps", "adopt", "10.1.0.9")]),
        (with_server("portal-ps", heard=ago(days=1)), [("ps-app-01", "deploy", "10.1.0.4")]),
        (with_server("portal-ps", registered=False), [("ps-app-01", "deploy", "10.1.0.4")]),
        (with_server("portal-ps", machine_name="file-server"), [("ps-app-01", "deploy", "10.1.0.4")]),
    ],
)
def test_servers_that_are_there(known, wanted):
    assert servers(known) == wanted


def test_what_is_somebody_elses_is_adopted_and_not_made():
    (one,) = drafts(with_server("portal-ps"))
    assert [machine["name"] for machine in one["servers"][0]["share"]] == ["m-1"]
    assert proposals.entries([one]) == []
    (own,) = proposals.entries(drafts(with_server("ps-1", tags=OWNER)))
    assert own["name"] == "ps-1" and own["size"] == "Standard_D8s_v3"


@pytest.mark.parametrize(
    "size, wanted",
    [("Standard_A4_v2", "Standard_A8_v2"), ("Standard_A8_v2", None), ("Standard_D16s_v5", None), ("Standard_D4", "Standard_A8_v2")],
)
def test_a_server_that_is_there_may_be_too_small(size, wanted):
    known = with_server("portal-ps")
    known.items[0]["properties"]["providerSpecificDetails"]["uncompressedDataRateInMB"] = 900 * 1024.0
    known.machines[SUB].value[1]["properties"]["hardwareProfile"]["vmSize"] = size
    ((server,),) = [one["servers"] for one in drafts(known)]
    assert (server["action"], server["size"], server["wanted_size"]) == ("adopt", size, wanted)


def test_a_server_of_another_vault_serves_nobody_here():
    known = with_server("ps-1", registered=False, tags={**OWNER, "azure_dr_vault": "/of/another"})
    assert servers(known) == [("ps-app-01", "deploy", "10.1.0.4")]


def test_a_server_of_another_configuration_server_serves_nobody_here():
    known = with_server("ps-1", registered=False, tags=OWNER)
    known.fabrics.append(fabric("CS-BRANCH", servers=[process_server("ps-1", "10.1.0.9")]))
    assert servers(known) == [("ps-app-01", "deploy", "10.1.0.4")]


def test_what_a_killed_deployment_left_is_taken_up():
    known = world(items=[item("m-1")], **running("m-1"))
    known.interfaces[SUB].value.append(interface("ps-app-01-nic", "10.1.0.4", tags=OWNER))
    assert servers(known) == [("ps-app-01", "resume", "10.1.0.4")]
    known.interfaces[SUB].value[-1]["tags"] = {}
    assert servers(known) == [("ps-app-01", "deploy", "10.1.0.5")]


def test_more_servers_than_needed_are_told_as_spare():
    known = with_server("ps-1", tags=OWNER)
    known.machines[SUB].value.append(machine("ps-2", tags=OWNER))
    known.interfaces[SUB].value.append(interface("ps-2-nic", "10.1.0.10", attached="ps-2"))
    assert servers(known) == [("ps-1", "adopt", "10.1.0.9"), ("ps-2", "spare", "10.1.0.10")]
    assert [entry["name"] for entry in proposals.entries(drafts(known))] == ["ps-1"]


def test_the_second_run_finds_the_names_and_addresses_that_the_first_one_made():
    known = world(items=[item("m-1")], **running("m-1"))
    (first,) = proposals.entries(drafts(known))
    known.machines[SUB].value.append(machine(first["name"], tags=OWNER, size=first["size"]))
    known.interfaces[SUB].value.append(interface("ps-app-01-nic", first["private_ip_address"], attached=first["name"]))
    known.fabrics[0] = fabric(servers=[process_server(first["name"], first["private_ip_address"])])
    assert proposals.entries(drafts(known)) == [first]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda known: known.networks.__setitem__(SUB, FORBIDDEN), "AuthorizationFailed"),
        (lambda known: known.networks.__setitem__(SUB, Fact([])), "is not there"),
        (lambda known: known.networks.__setitem__(SUB, Fact([network(subnets=[subnet("GatewaySubnet")])])), "no subnet of it takes 1 more"),
    ],
)
def test_a_network_for_which_nothing_can_be_proposed_says_why(change, words):
    known = world(items=[item("m-1")], **running("m-1"))
    change(known)
    (one,) = drafts(known)
    assert words in one["problem"] and proposals.entries([one]) == []


def test_a_subnet_whose_lowest_addresses_are_all_taken_says_so():
    (one,) = drafts(world(items=[item("m-1")], **running("m-1")), first_free=False)
    assert "taken" in one["problem"] and proposals.entries([one]) == []


def read(name, churn=None, gb=300, count=1):
    details = {"uncompressedDataRateInMB": None if churn is None else churn * 1024, "protectedDisks": [{"diskCapacityInBytes": gb * 2**30 // count}] * count}
    return items.read(item(name, details=details))


@pytest.mark.parametrize(
    "listed, wanted",
    [
        ([read("a", 10)], [(1, 10)]),
        ([read("a", 10.2), read("b", 0.1)], [(2, 11)]),
        # 225 machines and 2 TB a day are the most.
        ([read(f"m-{number:03}", 1) for number in range(225)], [(225, 225)]),
        ([read(f"m-{number:03}", 1) for number in range(226)], [(225, 225), (1, 1)]),
        ([read("a", 1500), read("b", 600), read("c", 500)], [(2, 2000), (1, 600)]),
        ([read("a", 1024), read("b", 1024)], [(2, 2048)]),
        # Too much for any: told of the machine itself.
        ([read("a", 5000)], [(1, 2048)]),
        # Never measured: 3 % of the disks.
        ([read("a", None, gb=1000)], [(1, 30)]),
        ([read("a", 0.001)], [(1, 1)]),
    ],
)
def test_shares(listed, wanted):
    found = [load.of(share, 3.0) for share in load.shares(listed, 3.0)]
    assert [(one["machines"], one["daily_churn_gb"]) for one in found] == wanted


def test_a_network_that_one_server_cannot_carry_gets_several_that_share_it():
    listed = [item(f"m-{number}", details={"uncompressedDataRateInMB": 1500 * 1024.0}) for number in range(3)]
    known = world(items=listed, **running("m-0", "m-1", "m-2"))
    entries = proposals.entries(drafts(known))
    assert [(one["name"], one["private_ip_address"], one["size"], one["share_network"]) for one in entries] == [
        ("ps-app-01", "10.1.0.4", "Standard_D16s_v5", True),
        ("ps-app-02", "10.1.0.5", "Standard_D16s_v5", True),
        ("ps-app-03", "10.1.0.6", "Standard_D16s_v5", True),
    ]


def test_two_networks_of_one_name_get_two_names():
    known = world(items=[item("m-1"), item("m-2")], **running("m-1", "m-2"), networks=[network(), network("app-network", "10.2.0.0/16")])
    known.interfaces[SUB].value[1] = interface("m-2-nic", "10.2.0.20", network="app-network", attached="m-2")
    known.networks[SUB].value[1]["properties"]["subnets"] = [subnet(prefix="10.2.0.0/24", network="app-network")]
    found = {one["name"]: one["servers"][0]["name"] for one in drafts(known)}
    assert found == {"app-network": "ps-app-01", "vnet-app": "ps-app-02"}


def test_networks_with_the_same_addresses_get_different_ones():
    """Two networks that are not connected may use one range; the configuration server knows its servers by their addresses."""
    known = world(items=[item("m-1"), item("m-2")], **running("m-1", "m-2"), networks=[network(), network("vnet-db")])
    known.interfaces[SUB].value[1] = interface("m-2-nic", "10.1.0.21", network="vnet-db", attached="m-2")
    known.fabrics[0] = fabric(servers=[process_server("elsewhere", "10.1.0.4")])
    (app,), (db,) = [one["servers"] for one in drafts(known)]
    assert (app["private_ip_address"], db["private_ip_address"]) == ("10.1.0.5", "10.1.0.6")
    # The same addresses when the first of the two is there already.
    known.machines[SUB].value.append(machine("ps-app-01", tags=OWNER))
    known.interfaces[SUB].value.append(interface("ps-app-01-nic", "10.1.0.5", attached="ps-app-01"))
    (app,), (db,) = [one["servers"] for one in drafts(known)]
    assert (app["action"], app["private_ip_address"]) == ("resume", "10.1.0.5") and db["private_ip_address"] == "10.1.0.6"


def test_existing_servers_come_in_an_order_of_their_own():
    known = with_server("ps-2", tags=OWNER)
    known.machines[SUB].value.append(machine("ps-1", tags=OWNER))
    known.interfaces[SUB].value.append(interface("ps-1-nic", "10.1.0.10", attached="ps-1"))
    found = existing.in_network(network_id("vnet-app"), known.fabrics[0], known)
    assert [(one["name"], one["state"]) for one in found] == [("ps-2", "working"), ("ps-1", "unfinished")]


def test_the_estimate_is_one_and_says_what_it_cannot_tell():
    measured = [read("a", 10, gb=100), read("b", 100, gb=100)]
    found = estimate.estimate(measured, 2, 100, 24, NOW)
    # Two days of changes, but never more than is on the disks; 8590 million bits a GB of 1024 MB.
    assert (found["is"], found["data_gb_at_most"], found["data_gb_expected"]) == ("estimate", 200, 120)
    assert (found["hours_at_most"], found["hours_expected"]) == (4.8, 2.9)
    assert (found["vm_hours_at_most"], found["vm_hours_expected"], found["unknown"]) == (58, 54, [])
    unknown = estimate.estimate([*measured, read("c")], 2, None, 24, NOW)
    assert unknown["data_gb_at_most"] == 500 and unknown["data_gb_expected"] is None
    assert unknown["hours_at_most"] is None and unknown["vm_hours_at_most"] is None and len(unknown["unknown"]) == 2
    unsized = estimate.estimate([read("d", 1, gb=0)], 1, 100, 24, NOW)
    assert unsized["data_gb_at_most"] is None and unsized["data_gb_expected"] == 2
