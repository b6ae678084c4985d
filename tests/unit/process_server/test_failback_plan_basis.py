"""What has moved since a plan was made: each difference by name, and none for what the plan itself has made."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries as listed_entries
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import (
    answer,
    basis,
    choice,
    items,
    machines,
    naming,
    placement,
    proposals,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

from tests.unit.process_server.failback_plan_world import (
    FORBIDDEN,
    OWNER,
    SUB,
    fabric,
    interface,
    item,
    machine,
    process_server,
    running,
    subnet,
    world,
)

WISHES = {"subnet": None, "resource_group": None, "name_prefix": "ps", "daily_change_percent": 3.0}


def judge(known):
    return machines.judge(known, [items.read(one) for one in known.items])


def planned():
    """A world with two machines, and the plan for it: (world, failback_plan, complete entries)."""
    known = world(fabrics=[fabric(servers=[process_server("CS-ONPREM-01", "10.0.0.10")])], items=[item("m-1"), item("m-2")], **running("m-1", "m-2"))
    judged = judge(known)
    drafts = proposals.draft([(one.machine, one.place) for one in judged], known.fabrics[0], known, WISHES)
    placement.assign(proposals.slots(drafts), {})
    entries = proposals.entries(proposals.finish(drafts))
    based_on = basis.basis(known.fabrics[0], judged, drafts, entries)
    return known, based_on, listed_entries.normalize({"process_servers": entries, "subscription_id": SUB})


def compare(change):
    known, based_on, entries = planned()
    before = copy.deepcopy(based_on)
    change(known)
    found = basis.differences(based_on, known, judge(known), entries)
    assert based_on == before
    return found


def apply_plan(known, name="ps-app-01", tags=None, address="10.1.0.4"):
    """What prepare_failback makes: a machine, its interface, its registration."""
    known.machines[SUB].value.append(machine(name, tags=OWNER if tags is None else tags))
    known.interfaces[SUB].value.append(interface(f"{name}-nic", address, attached=name))
    known.fabrics[0]["properties"]["customDetails"]["processServers"].append(process_server(name, address))


def test_an_unchanged_world_and_the_plans_own_effects_are_no_differences():
    assert compare(lambda known: None) == []
    assert compare(apply_plan) == []
    # Killed between the interface and the machine.
    assert compare(lambda known: known.interfaces[SUB].value.append(interface("ps-app-01-nic", "10.1.0.4", tags=OWNER))) == []


def test_the_basis_of_an_applied_plan_is_that_of_the_plan():
    known, based_on, _entries = planned()
    apply_plan(known)
    judged = judge(known)
    drafts = proposals.finish(proposals.draft([(one.machine, one.place) for one in judged], known.fabrics[0], known, WISHES))
    assert basis.basis(known.fabrics[0], judged, drafts, proposals.entries(drafts)) == based_on


def renumbered(**properties):
    return lambda known: known.networks[SUB].value[0]["properties"].update(properties)


def one_more(name):
    def change(known):
        known.items.append(item(name))
        for kind, things in running(name, first=40).items():
            getattr(known, kind)[SUB].value.extend(things)

    return change


def details(**changes):
    return lambda known: known.fabrics[0]["properties"]["customDetails"].update(changes)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda known: known.items.pop(), ["machine m-2 no longer runs in Azure"]),
        (lambda known: known.items.__setitem__(1, item("m-2", activeLocation="Primary")), ["machine m-2 no longer runs in Azure"]),
        (
            lambda known: known.interfaces.__setitem__(
                SUB, Fact([interface("m-1-nic", "10.1.0.20", attached="m-1"), interface("m-2-nic", "10.2.0.4", network="vnet-db", attached="m-2")])
            ),
            ["machine m-2 runs in", "vnet-db, planned for", "vnet-app"],
        ),
        (lambda known: known.machines[SUB].value.pop(), ["machine m-2", "is not there any more"]),
        (
            one_more("m-3"),
            ["machine m-3 runs in Azure as well, in", "vnet-app"],
        ),
        (lambda known: known.networks.__setitem__(SUB, Fact([])), ["virtual network", "vnet-app is not there any more"]),
        (renumbered(addressSpace={"addressPrefixes": ["10.7.0.0/16"]}), ["has the address space 10.7.0.0/16, planned for 10.1.0.0/16"]),
        (renumbered(subnets=[]), ["subnet failback of", "is not there any more"]),
        (renumbered(subnets=[subnet(prefix="10.1.9.0/24")]), ["has 10.1.9.0/24, planned for 10.1.0.0/24"]),
        (
            lambda known: known.interfaces[SUB].value.append(interface("printer", "10.1.0.4")),
            ["the address 10.1.0.4 of ps-app-01 is held by", "printer"],
        ),
        # A machine of the name that is not ours.
        (lambda known: apply_plan(known, tags={"owner": "somebody"}), ["the address 10.1.0.4 of ps-app-01 is held by"]),
        (details(agentVersion="9.63.0.1"), ["configuration server CS-ONPREM-01 has the version 9.63.0.1, planned for 9.62.7096.1"]),
        (details(ipAddress="10.0.0.99"), ["has the address 10.0.0.99, planned for 10.0.0.10"]),
        (lambda known: known.fabrics.clear(), ["configuration server CS-ONPREM-01", "is not in the vault"]),
        (lambda known: apply_plan(known, name="ps-other", address="10.1.0.77"), ["process server ps-other (10.1.0.77) has appeared"]),
        (details(processServers=[]), ["process server CS-ONPREM-01 (10.0.0.10) is not there any more"]),
    ],
)
def test_each_difference_is_named(change, words):
    found = compare(change)
    assert len(found) == 1 and all(word in found[0] for word in words), found


@pytest.mark.parametrize("wanted", ["", None, "cs-onprem-01", "hash-of-CS-ONPREM-01", fabric()["id"].upper()])
def test_the_configuration_server_of_the_plan_however_it_is_named(wanted):
    known, based_on, entries = planned()
    assert basis.differences(based_on, known, judge(known), entries, wanted) == []


@pytest.mark.parametrize("wanted", ["CS-2", "CS-NOWHERE"])
def test_servers_are_not_registered_with_another_configuration_server_than_planned(wanted):
    known, based_on, entries = planned()
    known.fabrics.append(fabric("CS-2"))
    (found,) = basis.differences(based_on, known, judge(known), entries, wanted)
    assert found == f"configuration_server is {wanted}, planned for CS-ONPREM-01"


def test_a_server_that_serves_another_configuration_server_by_now_is_not_taken():
    """Two plans for one network, made before either was applied, give their servers one name and one address."""

    def change(known):
        apply_plan(known)
        server = known.fabrics[0]["properties"]["customDetails"]["processServers"].pop()
        known.fabrics.append(fabric("CS-2", servers=[server]))

    assert compare(change) == ["ps-app-01 (10.1.0.4) has become a process server of configuration server CS-2"]


def test_all_differences_are_named_at_once():
    def change(known):
        known.items.pop()
        renumbered(addressSpace={"addressPrefixes": ["10.7.0.0/16"]})(known)
        details(agentVersion="9.63.0.1")(known)

    assert len(compare(change)) == 3


def test_a_subscription_that_cannot_be_read_any_more_is_compared_by_what_the_vault_says():
    def change(known):
        for kind in ("machines", "states", "interfaces", "networks"):
            getattr(known, kind)[SUB] = FORBIDDEN

    assert compare(change) == []


BROKEN = ({"machines": "all"}, {"networks": None}, {"configuration_server": "CS-1"}, {"process_servers": ["ps-1"]}, {"format": 2}, {"format": None})


@pytest.mark.parametrize("given", [{}, *({**planned()[1], **broken} for broken in BROKEN)])
def test_a_plan_of_another_format_is_refused(given):
    known, _based_on, entries = planned()
    assert "format 1" in basis.differences(given, known, judge(known), entries)[0]


def chosen(fabrics, listed, **params):
    known = world(fabrics=fabrics, items=listed)
    fabric_, why = choice.choose(known.fabrics, judge(known), {"vault_name": "v", **params})
    return (fabric_ or {}).get("name"), why


def test_which_configuration_server_is_planned_for():
    one, two = fabric("CS-1"), fabric("CS-2")
    assert chosen([one, two], [item("m-1", fabric_name="CS-2")]) == ("hash-of-CS-2", "")
    name, why = chosen([one, two], [item("m-1", fabric_name="CS-1"), item("m-2", fabric_name="CS-2")])
    assert name is None and "machines of 2 configuration servers" in why and one["id"] in why and two["id"] in why
    assert chosen([one, two], [item("m-1", fabric_name="CS-1"), item("m-2", fabric_name="CS-2")], configuration_server="CS-1") == ("hash-of-CS-1", "")
    assert chosen([one, two], [item("m-1", fabric_name="CS-1")], configuration_server="CS-2")[1] == "no machine of configuration server CS-2 runs in Azure"
    assert chosen([one], []) == (None, "no machine of this vault runs in Azure")
    with pytest.raises(Refusal, match="finding configuration server CS-9"):
        chosen([one], [], configuration_server="CS-9")
    twin = {**fabric("CS-1"), "id": "/other", "name": "other"}
    with pytest.raises(Refusal, match="2 configuration servers could be meant"):
        chosen([one, twin], [], configuration_server="CS-1")


def test_a_modernized_vault_is_told_what_serves_instead():
    modern = fabric("site", kind="InMageRcm", targets=[])
    for listed, params in (([item("m-1", fabric_name="site", details={"instanceType": "InMageRcm"})], {}), ([], {"configuration_server": "site"})):
        name, why = chosen([modern], listed, **params)
        assert name is None and "No process server in Azure is needed" in why and "fail_back is not part of this collection yet" in why


GOOD = {"name_prefix": naming.DEFAULT_PREFIX, "daily_change_percent": 3.0, "bandwidth_mbps": None, "drill_margin_hours": 24}


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"name_prefix": "much-too-long"}, "name_prefix"),
        ({"bandwidth_mbps": 0}, "bandwidth_mbps must be more than 0"),
        ({"bandwidth_mbps": -5.0}, "bandwidth_mbps"),
        ({"bandwidth_mbps": float("nan")}, "bandwidth_mbps"),
        ({"bandwidth_mbps": float("inf")}, "bandwidth_mbps"),
        ({"daily_change_percent": 0}, "daily_change_percent"),
        ({"daily_change_percent": 101}, "daily_change_percent"),
        ({"drill_margin_hours": -1}, "drill_margin_hours"),
    ],
)
def test_options_that_no_plan_can_be_made_with(wrong, words):
    answer.check(GOOD)
    with pytest.raises(Refusal) as caught:
        answer.check({**GOOD, **wrong})
    assert words in caught.value.said and "nothing was asked" in caught.value.cure
