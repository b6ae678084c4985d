"""Machines made, adopted, refused and removed over real connections, against the rehearsal world."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for
from tests.azure_simulator.running import running
from tests.unit.process_server.vm_world import OWNER, Rehearsal, actions

MACHINES = r"virtualMachines/[^/]+$"
INTERFACES = r"networkInterfaces/[^/]+$"
# For tests that do not look at a machine while it is being made.
QUICK = {
    "world": {
        "latencies": {
            "virtual_machine": {"default": 0.2, "by_name": {"ps-db-01": 0.4, "ps-web-01": 0.3}},
            "virtual_machine_delete": 0.2,
        }
    }
}


@pytest.fixture
def rehearsal(monkeypatch):
    with running("three_networks", QUICK) as world:
        yield Rehearsal(world, monkeypatch)


@pytest.fixture
def slow(monkeypatch):
    """Machines take seconds, so that they are found half made."""
    with running("three_networks") as world:
        yield Rehearsal(world, monkeypatch)


def billable(rehearsal):
    return [one.rpartition("/")[2] for one in rehearsal.world.call(lambda: rehearsal.world.compute.billable(OWNER))]


def alter(rehearsal, name, change):
    """Change a machine behind the product's back: ``change(machine, body)``."""

    def inside():
        machine = rehearsal.world.compute.by_name(name)
        change(machine, machine.body)

    rehearsal.world.call(inside)


def when_looked_at(rehearsal, name, change):
    """Change a machine at the moment in which the product reads it on its own, so that nothing depends on the clock."""
    machine = rehearsal.world.call(lambda: rehearsal.world.compute.by_name(name))

    def looked_at(unused_request):
        change(machine)
        return False

    rehearsal.world.faults.add(method="GET", path=f"virtualMachines/{name}$", when=looked_at)


def test_check_mode_then_present_then_again_then_absent_then_again(rehearsal):
    result, unused, writes = rehearsal.requests(lambda: rehearsal.run(check=True))
    assert result["changed"] and writes == [] and [one["before"] for one in result["diff"]] == [{}, {}, {}]
    assert result["diff"][0]["after"]["data_disk_size_gb"] == 600

    result, unused, writes = rehearsal.requests(rehearsal.run)
    assert actions(result) == ["create"] * 3 and result["failed_servers"] == []
    assert {one["provisioning_state"] for one in result["process_servers"]} == {"Succeeded"}
    assert len(writes) == 6 and len(billable(rehearsal)) == 9

    result, count, writes = rehearsal.requests(rehearsal.run)
    assert not result["changed"] and writes == [] and count <= 5
    assert all(one["before"] == one["after"] for one in result["diff"])

    result, unused, writes = rehearsal.requests(lambda: rehearsal.run(state="absent", check=True))
    assert (
        result["changed"]
        and writes == []
        and result["diff"][0]["after"] == {}
        and len(result["diff"][0]["before"]["resources"]) == 4
    )

    result = rehearsal.run(state="absent")
    assert actions(result) == ["delete"] * 3 and billable(rehearsal) == []
    result, count, writes = rehearsal.requests(lambda: rehearsal.run(state="absent"))
    assert not result["changed"] and writes == [] and count <= 5


def test_machines_of_others_are_never_touched(rehearsal):
    before = rehearsal.world.call(lambda: sorted(rehearsal.world.compute.machines))
    rehearsal.run()
    rehearsal.run(state="absent")
    assert rehearsal.world.call(lambda: sorted(rehearsal.world.compute.machines)) == before
    result = rehearsal.run(state="absent", process_servers=[{"name": "app-front-01", "resource_group": "rg-failback"}])
    assert "does not carry this collection's tag" in result["failed_servers"][0]["message"]
    assert rehearsal.world.call(lambda: sorted(rehearsal.world.compute.machines)) == before


def test_without_waiting_azure_goes_on_alone_and_a_later_run_follows(slow):
    result = slow.run(wait=False)
    assert {one["provisioning_state"] for one in result["process_servers"]} == {"Creating"}
    slow.run()
    for name in ("ps-app-01", "ps-db-01", "ps-web-01"):
        alter(slow, name, lambda machine, body: body["properties"].update(provisioningState="Creating"))
    again, count, writes = slow.requests(lambda: slow.run(wait=False))
    assert not again["changed"] and writes == [] and count <= 5
    for name in ("ps-app-01", "ps-db-01", "ps-web-01"):
        when_looked_at(slow, name, lambda machine: machine.properties.update(provisioningState="Succeeded"))
    followed, unused, writes = slow.requests(slow.run)
    assert actions(followed) == ["follow"] * 3 and writes == []
    assert {one["provisioning_state"] for one in followed["process_servers"]} == {"Succeeded"}


def test_requests_of_an_unchanged_run_do_not_depend_on_the_number_of_servers(monkeypatch):
    """One hundred servers, each in a network of its own, found as they should be."""

    def networks(octet):
        return [
            {
                "name": f"vnet-{number}",
                "resource_group": "rg-network",
                "prefix": f"10.{octet}.{number}.0/24",
                "subnets": [{"name": "failback", "prefix": f"10.{octet}.{number}.0/25"}],
            }
            for number in range(100)
        ]

    quota = {"regions": {"westeurope": {"usages": {name: {"limit": 10000} for name in ("cores", "standardAv2Family")}}}}
    with running("three_networks", {"network": {"virtual_networks": networks(0)}, "compute": quota}) as world:
        rehearsal = Rehearsal(world, monkeypatch)
        rehearsal.servers = [
            {
                "name": f"ps-{number}",
                "virtual_network": f"vnet-{number}",
                "private_ip_address": f"10.0.{number}.10",
                "admin_password": "cAnary-pw-%03d" % number,
            }
            for number in range(100)
        ]
        made = rehearsal.run(wait=False)
        assert made["failed_servers"] == [] and len(made["process_servers"]) == 100
        again, count, writes = rehearsal.requests(lambda: rehearsal.run(wait=False))
        assert not again["changed"] and writes == [] and count <= 5
        told, count, writes = rehearsal.requests(rehearsal.info)
        assert writes == [] and count <= 5 and told["configuration_servers"]
        assert not [request for request in world.log.requests if request["status"] == 429]


def test_tags_are_changed_where_they_stand_and_nothing_else_is(rehearsal):
    rehearsal.run()
    rehearsal.defaults["tags"] = {"department": "recovery", "cost": "42"}
    result, unused, writes = rehearsal.requests(rehearsal.run)
    assert actions(result) == ["update"] * 3 and {write["method"] for write in writes} == {"PATCH"}
    assert result["process_servers"][0]["tags"]["cost"] == "42"
    nic = rehearsal.world.call(lambda: rehearsal.world.network.nic(result["process_servers"][0]["network_interface"]))
    assert (
        nic["tags"]["department"] == "recovery"
        and nic["tags"]["azure_dr_owner"] == OWNER
        and nic["tags"]["azure_dr_run"]
    )
    assert not rehearsal.run()["changed"]


def test_a_difference_that_cannot_be_mended_refuses_its_server_alone(rehearsal):
    rehearsal.servers[0]["size"] = "Standard_A4_v2"
    rehearsal.run()
    rehearsal.servers[0]["size"] = "Standard_D4s_v3"
    rehearsal.defaults["tags"] = {"new": "tag"}
    result = rehearsal.run()
    assert actions(result) == ["refuse", "update", "update"]
    failed = result["failed_servers"]
    assert [one["name"] for one in failed] == [
        "ps-app-01"
    ] and "size is Standard_A4_v2, wanted is Standard_D4s_v3" in failed[0]["message"]


def test_a_public_address_only_when_it_is_asked_for_and_it_goes_as_well(rehearsal):
    rehearsal.servers[0]["public_ip_address"] = True
    rehearsal.run()
    assert [one for one in billable(rehearsal) if one.endswith("-ip")] == ["ps-app-01-ip"]
    again, count, unused = rehearsal.requests(rehearsal.run)
    assert not again["changed"] and count <= 5
    rehearsal.run(state="absent")
    assert billable(rehearsal) == []


def test_the_gallery_image_is_made_with_its_terms(rehearsal):
    rehearsal.servers = [{**rehearsal.servers[0], "method": "configuration_tool"}]
    result = rehearsal.run()
    assert result["failed_servers"] == [] and result["process_servers"][0]["data_disk_size_gb"] == 0
    assert not rehearsal.run()["changed"]


# --- half done ------------------------------------------------------------------------------------------------------


def test_an_interface_without_its_machine_is_used(rehearsal):
    rehearsal.world.faults.add(
        method="PUT",
        path=MACHINES,
        nth="every",
        status=409,
        code="OperationNotAllowed",
        message="Operation results in exceeding quota limits of Core.",
    )
    result = rehearsal.run()
    assert len(result["failed_servers"]) == 3
    assert all(
        one["step"] == "create the machine"
        and one["code"] == "OperationNotAllowed"
        and one["correlation_id"]
        and one["cure"]
        for one in result["failed_servers"]
    )
    assert "exceeding quota limits of Core" in result["failed_servers"][0]["message"]
    rehearsal.world.faults.clear()
    result, unused, writes = rehearsal.requests(rehearsal.run)
    assert (
        result["failed_servers"] == []
        and len(writes) == 3
        and all("virtualMachines" in write["path"] for write in writes)
    )


def test_an_interface_with_an_address_that_was_corrected_since_is_changed(rehearsal):
    rehearsal.world.faults.add(
        method="PUT", path=MACHINES, nth="every", status=409, code="OperationNotAllowed", message="Quota."
    )
    rehearsal.run()
    rehearsal.world.faults.clear()
    wrong = ipaddress.ip_address(rehearsal.servers[0]["private_ip_address"])
    rehearsal.servers[0]["private_ip_address"] = str(wrong + 5)
    result = rehearsal.run()
    assert result["failed_servers"] == [] and result["process_servers"][0]["private_ip_address"] == str(wrong + 5)


def test_an_answer_that_was_lost_on_the_way_makes_no_second_machine(rehearsal):
    rehearsal.world.faults.add(method="PUT", path=MACHINES, nth=2, cut=True, after=True)
    result, unused, writes = rehearsal.requests(rehearsal.run)
    assert result["failed_servers"] == []
    assert len([write for write in writes if "virtualMachines" in write["path"]]) == 3


def test_a_machine_azure_failed_to_make_is_tried_once_more(rehearsal):
    rehearsal.run()

    def fail(machine, body):
        body["properties"]["provisioningState"] = "Failed"
        machine.error = {"code": "AllocationFailed", "message": "No capacity."}

    alter(rehearsal, "ps-db-01", fail)
    result = rehearsal.run()
    assert actions(result) == ["none", "repair", "none"] and result["failed_servers"] == []
    assert result["process_servers"][1]["provisioning_state"] == "Succeeded"


def test_a_machine_that_fails_while_it_is_followed_is_told_with_azures_reason(rehearsal):
    rehearsal.run()

    def fail(machine):
        machine.properties["provisioningState"] = "Failed"
        machine.error = {"code": "AllocationFailed", "message": "No capacity."}

    alter(rehearsal, "ps-web-01", lambda machine, body: body["properties"].update(provisioningState="Creating"))
    when_looked_at(rehearsal, "ps-web-01", fail)
    result = rehearsal.run()
    assert actions(result) == ["none", "none", "follow"]
    (failed,) = result["failed_servers"]
    assert failed["name"] == "ps-web-01" and "AllocationFailed: No capacity." in failed["message"]


def test_a_machine_that_is_being_deleted_is_waited_for_and_made_anew(slow):
    slow.run()
    slow.run(state="absent", wait=False)
    result = slow.run()
    assert result["failed_servers"] == [] and {one["provisioning_state"] for one in result["process_servers"]} == {
        "Succeeded"
    }
    assert len(billable(slow)) == 9 and not slow.run()["changed"]


def test_what_a_removal_left_is_removed_and_blocks_a_new_machine_until_then(rehearsal):
    rehearsal.run()

    def keep(machine, body):
        body["properties"]["storageProfile"]["dataDisks"][0]["deleteOption"] = "Detach"
        body["properties"]["networkProfile"]["networkInterfaces"][0]["properties"]["deleteOption"] = "Detach"

    alter(rehearsal, "ps-app-01", keep)
    rehearsal.run(state="absent", wait=False)
    rehearsal.run(state="absent", process_servers=rehearsal.servers[1:])
    wait_for(lambda: billable(rehearsal), lambda found: "ps-app-01" not in found, "the end of the machine", 60, 0.1)
    assert billable(rehearsal) == ["ps-app-01-cache"]
    refused = rehearsal.run(process_servers=rehearsal.servers[:1])
    assert "there is still ps-app-01-cache" in refused["failed_servers"][0]["message"]
    result = rehearsal.run(state="absent")
    assert actions(result) == ["delete", "none", "none"] and billable(rehearsal) == []
    assert rehearsal.world.call(lambda: rehearsal.world.network.nic(result["process_servers"][0]["removed"][0])) is None


# --- in use ---------------------------------------------------------------------------------------------------------


def registered(rehearsal, name, **counts):
    """The vault shows a server of this name as registered."""
    world = rehearsal.world

    def inside():
        server = next(iter(world.site_recovery.configuration_servers()))
        address = next(one["private_ip_address"] for one in rehearsal.servers if one["name"] == name)
        world.site_recovery.process_server_registered(
            server.details["ipAddress"], {"name": name, "address": address, "version": "9.62.7096.1"}
        )
        server.refresh(world.clock.now())
        for shown in server.details["processServers"]:
            if shown["friendlyName"] == name:
                shown.update(counts)

    world.call(inside)


def test_a_server_that_carries_machines_is_not_removed(rehearsal):
    rehearsal.run()
    registered(rehearsal, "ps-app-01", machineCount="4")
    result = rehearsal.run(state="absent")
    assert actions(result) == ["refuse", "delete", "delete"] and "4 machines" in result["failed_servers"][0]["message"]
    assert sorted(billable(rehearsal)) == ["ps-app-01", "ps-app-01-cache", "ps-app-01-os"]


def test_a_server_that_is_still_registered_goes_with_a_warning(rehearsal):
    rehearsal.run()
    registered(rehearsal, "ps-web-01")
    result = rehearsal.run(state="absent")
    assert result["failed_servers"] == [] and [
        "ps-web-01" in warning and "still registered" in warning for warning in result["warnings"]
    ] == [True]


def test_nothing_is_removed_where_the_vault_cannot_be_asked(rehearsal):
    rehearsal.run()
    with pytest.raises(AsrError, match="no-such-vault"):
        rehearsal.run(state="absent", vault_name="no-such-vault")
    assert len(billable(rehearsal)) == 9


# --- bad input, before the first write ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"virtual_network": "vnet-none"}, "there is no virtual network"),
        ({"subnet": "none"}, "has no subnet none"),
        ({"private_ip_address": "192.0.2.10"}, "outside of the range"),
        ({"image": {"publisher": "x", "offer": "y", "sku": "z"}}, "is not offered in westeurope"),
        ({"admin_password": None}, "admin_password is missing"),
        ({"location": "northeurope"}, "the virtual network is in westeurope"),
    ],
)
def test_bad_input_is_refused_for_all_before_the_first_write(rehearsal, changes, words):
    rehearsal.servers[1].update(changes)
    with pytest.raises(Refusal, match=words) as caught:
        rehearsal.run()
    assert "ps-db-01" in str(caught.value) and rehearsal.world.log.writes() == []


def test_an_address_that_a_machine_has_is_refused(rehearsal):
    octet = rehearsal.servers[0]["private_ip_address"].split(".")[1]
    rehearsal.servers[0]["private_ip_address"] = f"127.{octet}.1.20"
    with pytest.raises(Refusal, match="is taken by .*app-front-01-nic"):
        rehearsal.run()


def test_a_wrong_secret_is_one_clear_error(rehearsal):
    with pytest.raises(AsrError, match="AADSTS7000215") as caught:
        rehearsal.run(secret="wrong-canary")
    assert "wrong-canary" not in str(caught.value) and caught.value.correlation_id and caught.value.cure


def test_a_subscription_that_is_not_ours(rehearsal):
    with pytest.raises(AsrError) as caught:
        rehearsal.run(
            process_servers=[
                {
                    **rehearsal.servers[0],
                    "subscription_id": "00000000-0000-4000-8000-00000000dead",
                    "virtual_network": "vnet-app",
                }
            ]
        )
    assert caught.value.cure


# --- trouble on the way ---------------------------------------------------------------------------------------------


def test_throttling_and_passing_trouble_are_sat_out(rehearsal):
    rehearsal.world.faults.add(
        method="GET", path="virtualNetworks$", status=503, body="<html>Service Unavailable</html>"
    )
    rehearsal.world.faults.add(
        method="PUT",
        path=INTERFACES,
        status=429,
        code="RetryableError",
        message="A retryable error occurred.",
        headers={"Retry-After": "1"},
    )
    rehearsal.world.faults.add(method="GET", path="/operations/", cut=True)
    assert rehearsal.run()["failed_servers"] == []


def test_one_that_fails_does_not_stop_the_others_and_its_step_is_told(rehearsal):
    rehearsal.world.faults.add(
        method="PUT",
        path="networkInterfaces/ps-db-01-nic$",
        status=403,
        code="LinkedAuthorizationFailed",
        message="No permission on the linked scope.",
    )
    progress = Progress()
    result = rehearsal.run(progress=progress)
    assert [one["failed"] for one in result["process_servers"]] == [False, True, False]
    (failed,) = result["failed_servers"]
    assert (failed["name"], failed["step"], failed["code"]) == (
        "ps-db-01",
        "create the network interface",
        "LinkedAuthorizationFailed",
    )
    assert {one["status"] for one in progress.timeline if one["server"] == "ps-web-01"} == {"finished"}
    assert rehearsal.run()["failed_servers"] == [] and not rehearsal.run()["changed"]


def test_no_secret_in_what_is_told(rehearsal):
    result = rehearsal.run()
    told = repr(result) + repr(rehearsal.world.log.requests)
    assert not [server["admin_password"] for server in rehearsal.servers if server["admin_password"] in told]
