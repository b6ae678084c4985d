"""What speaks against a process server, against machines, and against their way to it."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import switch_checks as subject, switch_reach, sizing
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_load import Standing, load_after, stand
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_parties import Switch
from tests.unit.process_server.switch_samples import GIB, NEW, NOW, OLD, THIRD, fabric, item, machine_of, network, network_id, server

LIGHT = subject.Load(10, 100)


def findings(load=LIGHT, **changes):
    target = server("ps-new", "192.0.2.20", **changes)
    return list(subject.target_findings(fabric(OLD, target), target, load, NOW))


def test_nothing_speaks_against_a_server_in_order():
    assert findings() == []


@pytest.mark.parametrize(
    "changes, words, refuses, accepted_by",
    [
        ({"lastHeartbeat": "2026-01-01T11:00:00Z"}, ["gives no heartbeat", "3600 s ago"], True, ""),
        ({"lastHeartbeat": "0001-01-01T00:00:00"}, ["gives no heartbeat"], True, ""),
        ({"psServiceStatus": "Stopped"}, ["services", "Stopped"], True, ""),
        ({"health": "Critical", "healthErrors": [{"errorMessage": "Memory is full"}]}, ["critical", "Memory is full"], True, ""),
        ({"health": "Warning"}, ["warning"], False, ""),
        ({"agentVersion": "9.63.1.1"}, ["9.63.1.1", "9.62.7096.1"], True, ""),
        ({"agentVersion": None}, ["is not known"], False, ""),
        ({"availableSpaceInBytes": 149 * GIB}, ["24.8 % of its cache", "critical"], True, "accept_overload"),
        ({"availableSpaceInBytes": 170 * GIB}, ["28.3 % of its cache"], False, "accept_overload"),
        ({"totalMemoryInBytes": 4 * GIB}, ["4 GB of memory", "8 and 300 GB at least"], True, "accept_overload"),
        ({"totalSpaceInBytes": 250 * GIB, "availableSpaceInBytes": 250 * GIB}, ["cache disk of 250 GB"], True, "accept_overload"),
        ({"totalMemoryInBytes": None}, ["how large", "not known"], False, ""),
    ],
)
def test_each_thing_that_speaks_against_a_server(changes, words, refuses, accepted_by):
    (found,) = findings(**changes)
    assert all(word in found.said for word in words), found.said
    assert (found.refuses, found.accepted_by) == (refuses, accepted_by)
    assert not refuses or found.cure


def test_what_is_not_told_is_never_taken_for_good():
    unknown = findings(totalSpaceInBytes=None, availableSpaceInBytes=None, psServiceStatus=None, health=None)
    assert [one.refuses for one in unknown] == [False, False] and all("not known" in one.said for one in unknown)


@pytest.mark.parametrize(
    "machines, churn, fits", [(150, 100, True), (151, 100, False), (10, 1024, True), (10, 1025, False), (0, 0, True)]
)
def test_the_table_of_sizes(machines, churn, fits):
    found = findings(load=subject.Load(machines, churn))
    assert (found == []) is fits
    assert fits or ("enough for 150 machines and 1024 GB" in found[0].said and found[0].accepted_by == "accept_overload")


@pytest.mark.parametrize(
    "memory, space, most",
    [
        (8589463552, 322119397376, 85),
        (17179398144, 645315686400, 150),
        (26 * 10**9, 1100 * 10**9, 225),
        (34359267328, 645315686400, 150),
        (2 * GIB, 600 * GIB, None),
    ],
)
def test_the_row_of_recorded_and_other_servers(memory, space, most):
    row = sizing.carried_by(memory, space)
    assert (row.most_machines if row else None) == most


def test_what_a_server_carries_after_all_switches():
    items = [item("a", OLD), item("b", OLD, churn_mb=None), item("c", THIRD), item("d", NEW)]
    switches = [Switch("one", OLD, NEW), Switch("two", THIRD, NEW, [items[2]]), Switch("three", NEW, OLD, [])]
    standing = {one.name: stand(one, items) for one in switches}
    # OLD counts three machines, of which the vault lists two.
    assert load_after(NEW, switches, standing, items) == subject.Load(1 + 3 + 1, 30.0)


@pytest.mark.parametrize(
    "one, words",
    [
        (item("app", OLD), None),
        (item("app", OLD, scenario="ProcessServerFailover"), None),
        (item("app", OLD, scenario="UnplannedFailover"), ["app", "UnplannedFailover"]),
        (item("app", OLD, state="PlannedFailingOver"), ["app", "PlannedFailingOver"]),
        (item("app", OLD, state="UnplannedFailoverCommitPendingStatesBegin"), None),
        (item("app", OLD, state="Protected", location="Primary"), None),
    ],
)
def test_machines_on_which_something_is_under_way(one, words):
    found = list(subject.machine_findings([one]))
    assert bool(found) is bool(words)
    for finding in found:
        assert finding.refuses and not finding.accepted_by and all(word in finding.said for word in words)


# --- where machines stand --------------------------------------------------------------------------------------------------------

APP, DB, WEB = item("app", OLD), item("db", NEW), item("web", THIRD)


def test_where_named_machines_stand():
    found = stand(Switch("s", OLD, NEW, [APP, DB, WEB]), [APP, DB, WEB])
    assert (found.to_move, found.there, found.elsewhere) == ((APP,), (DB,), (WEB,)) and found.moves


def test_everything_and_what_only_the_server_counts():
    assert stand(Switch("s", OLD, NEW), [APP, DB]) == Standing((APP,), counted_machines=3, counted_pairs=5)
    empty = {**OLD, "machineCount": "0", "replicationPairCount": ""}
    assert not stand(Switch("s", empty, NEW), [DB]).moves
    assert stand(Switch("s", {**empty, "replicationPairCount": "1"}, NEW), [DB]).moves


# --- the way -----------------------------------------------------------------------------------------------------------------------


def around(network_name="one", networks=(), machines=()):
    listed = [machine_of(NEW, network_name), *machines]
    known = Machines([one for one, _nic in listed], [nic for _one, nic in listed], [])
    return switch_reach.Surroundings(known, {one["id"].lower(): one for one in networks})


def reach(items, surroundings):
    return list(switch_reach.findings(NEW, items, surroundings, NOW))


BOTH = [network("two", ("one", "Connected", True)), network("one", ("two", "Connected", True))]


@pytest.mark.parametrize(
    "networks, answer",
    [
        (BOTH, "reached"),
        (BOTH[:1], "reached"),
        (BOTH[1:], "reached"),
        ([network("two"), network("one")], "unreached"),
        ([network("two", ("hub", "Connected", True)), network("one", ("hub", "Connected", True))], "unreached"),
        ([network("two", ("one", "Disconnected", True)), BOTH[1]], "unreached"),
        ([BOTH[0], network("one", ("two", "Connected", False))], "unreached"),
        ([], "unknown"),
    ],
)
def test_a_machine_in_another_network(networks, answer):
    found = reach([item("app", OLD, network="two")], around(networks=networks))
    assert [one.refuses for one in found] == {"reached": [], "unreached": [True], "unknown": [False]}[answer]
    if answer == "unreached":
        assert found[0].accepted_by == "accept_unreached"
        assert all(word in found[0].said for word in ("app", "rg-net/two", "rg-net/one", "ps-new"))
    if answer == "unknown":
        assert "is not known" in found[0].said


def test_a_machine_in_the_servers_own_network():
    assert reach([item("app", OLD)], around()) == []


def test_where_the_machine_really_is_counts_more_than_where_it_was_to_go():
    real = machine_of(server("app", "192.0.2.50"), "one")
    moved = item("app", OLD, network="two", targetVmId=real[0]["id"].upper())
    assert reach([moved], around(networks=[network("two"), network("one")], machines=[real])) == []


@pytest.mark.parametrize(
    "items, surroundings, words",
    [
        ([item("app", OLD, network=None)], around(), ["whether app", "not known"]),
        ([item("app", OLD)], switch_reach.Surroundings(not_looked="listing machines: AuthorizationFailed"), ["app", "AuthorizationFailed"]),
        ([item("app", OLD)], switch_reach.Surroundings(Machines([], [], [])), ["app", "none of the machines", "ExpressRoute"]),
        ([item("onprem", OLD, location="Primary", network=None)], around(), ["onprem", "on-premises", "not known"]),
    ],
)
def test_what_is_not_known_is_a_warning(items, surroundings, words):
    (found,) = reach(items, surroundings)
    assert not found.refuses and all(word in found.said for word in words), found.said


def test_machines_on_premises_and_a_server_that_is_none_of_azures():
    assert reach([item("onprem", OLD, location="Primary")], switch_reach.Surroundings(Machines([], [], []))) == []


def test_many_machines_of_one_network_are_one_finding():
    items = [item(f"app-{number}", OLD, network="two") for number in range(9)]
    (found,) = reach(items, around(networks=[network("two"), network("one")]))
    assert "app-4 and 4 more run in rg-net/two" in found.said


def test_an_address_alone_is_not_the_server():
    stranger = machine_of({**NEW, "friendlyName": "stranger"}, "two")
    lists = Machines([stranger[0]], [stranger[1]], [])
    (found,) = reach([item("app", OLD)], switch_reach.Surroundings(lists))
    assert "not known" in found.said


def test_networks_are_told_from_others_of_their_name():
    one, other = network_id("one"), network_id("one").replace("rg-net", "rg-else")
    assert switch_reach.connected(one, one.upper(), {}) is True and switch_reach.connected(one, other, {}) is None
