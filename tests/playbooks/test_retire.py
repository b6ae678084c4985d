"""The end of process servers, by the shipped playbook: looked at, refused for one while the others go, and done.

That another run changes nothing is proven with the whole life of process servers.
"""

from __future__ import annotations

import pytest

from tests.azure_simulator.rehearsal_steps import ours
from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import merge
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, is_set_up, listed, long_silent
from tests.playbooks.support.prepared import QUICK, SERVERS, move_machines, register_servers
from tests.playbooks.support.requests import arm_writes
from tests.playbooks.support.tasks import task

APP, DB, WEB = SERVERS
PLAYBOOK = "azure_dr.site_recovery.retire_process_servers"
VM = "process_server_vm"
TAKES_OVER = {"switch_machines_to": CONFIGURATION_SERVER}


@pytest.fixture
def quick():
    with running("three_networks", QUICK) as world:
        yield world


def retire(ansible, world, servers, *arguments, **variables):
    """One run of the playbook, and the requests that it wrote."""
    since = len(world.log.requests)
    return ansible.play(world, {"process_servers": servers, **variables}, PLAYBOOK, arguments), arm_writes(world, since)


def rows(run):
    """What the closing table says of each server: ``{name: [registration, machine hours, deleted]}``."""
    lines = [line.strip().strip('",') for line in run.output.splitlines()]
    found = [line for line in lines if line.startswith(SERVERS) and len(line.split("  ")) > 2]
    return {line.split()[0]: [cell.strip() for cell in line.split("  ")[1:] if cell.strip()] for line in found}


def machines(world):
    return ours(world)["machines"]


def carried_by(world, name):
    return world.call(lambda: world.site_recovery.configuration_server(CONFIGURATION_SERVER).server(name).facts["machineCount"])


def test_one_carries_machines_one_was_deleted_first_and_azure_refuses_one_deletion(ansible, quick):
    world = quick
    servers = register_servers(world)
    address = {server["name"]: server["private_ip_address"] for server in servers}
    move_machines(world, CONFIGURATION_SERVER, APP, "app-front-01", "app-front-02")

    def delete_first():
        world.compute.remove(world.compute.by_name(WEB).id)
        world.faults.add(method="DELETE", path=f"virtualMachines/{DB}$", nth=1, status=409, code="ScopeLocked", message="The scope is locked.")

    world.call(delete_first)
    long_silent(world, WEB)

    look, writes = retire(ansible, world, servers, "--check", **TAKES_OVER)
    assert look.code == 0 and writes == [], look.output
    # What the play itself would do before is no reason to refuse, nor to warn of.
    assert "still registered" not in look.output and "still carries" not in look.output
    told = rows(look)
    assert [told[name][0] for name in SERVERS] == ["to be unregistered"] * 3, look.output
    assert told[APP][1] == "0.0" and told[APP][2] == f"machine {APP}, network interface {APP}-nic, disk {APP}-os, disk {APP}-cache"
    assert told[WEB][1:] == ["nothing was there"]
    assert machines(world) == [APP, DB] and is_set_up(world, APP) and listed(world, address[WEB]) == 1

    # Nobody takes over: one stays with the machines that keep it, and each of the others goes as far as it can. The one
    # whose machine is gone is unregistered on the configuration server.
    run, writes = retire(ansible, world, servers)
    failure = run.failures[-1]
    assert run.code != 0 and "2 of 3 process servers stay" in failure and "app-front-01, app-front-02" in failure, run.output
    assert f"{DB}, step remove the machine" in failure and "ScopeLocked" in failure
    assert machines(world) == [APP, DB] and not any(APP in one for one in writes if one.startswith("DELETE"))
    assert [listed(world, address[name]) for name in SERVERS] == [1, 0, 0]
    told = rows(run)
    assert (told[APP], told[DB][0], told[DB][-1], told[WEB]) == (["stays", "stays"], "unregistered", "stays", ["unregistered", "nothing was there"])

    run, _writes = retire(ansible, world, servers, **TAKES_OVER)
    assert run.code == 0, run.output
    assert not any(ours(world).values()) and carried_by(world, CONFIGURATION_SERVER) == "12"
    told = rows(run)
    assert told[APP][0] == "unregistered" and told[DB][0] == "none" and f"machine {DB}" in told[DB][-1] and told[WEB] == ["none", "nothing was there"]
    handed_on = {server["name"] for server in run.of(VM)[0]["process_servers"] if server.get("removed")}
    assert handed_on == {APP, DB}


def test_bad_input_stops_before_anything_is_touched(ansible, quick):
    world = quick
    nobody = [{name: value for name, value in server.items() if name != "private_ip_address"} for server in world.playbook_vars()["process_servers"]]
    # Also where machines would be moved first.
    run, writes = retire(ansible, world, nobody, **TAKES_OVER)
    assert run.code != 0 and writes == [] and run.of("process_server_switch") == []
    assert f"{APP}: private_ip_address is missing" in run.failures[-1] and "Traceback" not in run.output


def site(name, number):
    """The part of a vault that is another site's configuration server."""
    return {
        "fabrics": {
            name: {
                "kind": "VMware",
                "friendly_name": name,
                "identifier": f"4c1d5a10-7e0b-4f6e-9a51-0d3b7a9e1c0{number}",
                "address": f"127.{{octet}}.250.{10 + number}",
                "version": "9.62.7096.1",
                "process_servers": {name: {"built_in": True}},
                "provider": {"friendly_name": name, "version": "5.24.0317.5"},
            }
        }
    }


# A second site, whose configuration server is in the same vault, and a third with a vault of its own.
BRANCH = {"subscription": "5a1e0000-0000-4000-8000-000000000001", "resource_group": "rg-dr", "location": "westeurope", **site("CS-BRANCH-03", 3)}
SITES = {"site_recovery": {"vaults": {"vault-dr": site("CS-OTHER-02", 2), "vault-branch": BRANCH}}}


def test_what_must_stay_stays_and_what_went_in_part_is_told(ansible):
    with running("three_networks", merge(QUICK, SITES)) as world:
        servers = register_servers(world)
        app, db, web = servers
        # The configuration server of the other site is named by mistake: nothing is registered there.
        run, writes = retire(ansible, world, servers, configuration_server="CS-OTHER-02")
        assert run.code != 0 and writes == [] and machines(world) == sorted(SERVERS), run.output
        assert f"registered with configuration server {CONFIGURATION_SERVER}, another one than was asked for" in run.failures[-1]
        assert "3 of 3 process servers stay." in run.failures[-1]

        # The vault of another site: it knows none of them, which is no sign that nobody uses them.
        branch = {"vault_name": "vault-branch", "configuration_server": "CS-BRANCH-03"}
        run, writes = retire(ansible, world, servers, **branch)
        assert run.code != 0 and writes == [] and machines(world) == sorted(SERVERS), run.output
        assert run.failures[-1].count("works for another vault") == 3 and run.failures[-1].count("/vaults/vault-dr. Name that vault") == 3
        by_itself = task(VM, state="absent", vault_name="vault-branch", vault_resource_group="rg-dr")
        run = ansible.play(world, {"process_servers": servers}, [by_itself])
        assert run.code != 0 and machines(world) == sorted(SERVERS) and run.failures[-1].count("works for another vault") == 3, run.output

        def trouble():
            server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
            # One was registered under another address, by its full name, and works.
            server.server(APP).facts.update(friendlyName=f"{APP}.contoso.example", ipAddress=f"127.{world.octet}.1.77", machineCount="2")
            server.report(world.clock.now())
            # Azure failed to change one, which is off since; a lock is on its disk, and it was taken out of what goes with the machine.
            broken = world.compute.by_name(DB)
            world.compute.deallocate(broken.id)
            broken.state = "Failed"
            broken.properties["storageProfile"]["dataDisks"][0]["deleteOption"] = "Detach"
            world.faults.add(method="DELETE", path=f"disks/{DB}-cache$", nth=1, status=409, code="ScopeLocked", message="The scope is locked.")
            # Somebody gave one a second interface, which would go with it.
            watched = world.compute.by_name(WEB)
            interface = watched.interfaces[0]["id"]
            second = interface.replace(f"{WEB}-nic", "monitoring-nic")
            subnet = world.network.nic(interface)["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]
            world.network.interfaces.add(second, f"127.{world.octet}.3.99", subnet, {"tags": {}}, watched.location)
            world.network.attach(second, watched.id)
            watched.properties["networkProfile"]["networkInterfaces"].append({"id": second, "properties": {"primary": False, "deleteOption": "Delete"}})

        world.call(trouble)
        long_silent(world, DB)
        # A typing error in the group of one that is off.
        run, _writes = retire(ansible, world, [app, {**db, "resource_group": "rg-network"}])
        assert run.code != 0 and machines(world) == sorted(SERVERS), run.output
        assert "registered under this old address" in run.failures[-1]
        assert "1 of 2 process servers stay; the others are gone." in run.failures[-1]
        assert f"There is no virtual machine {DB} in group rg-network" in run.output and "correct resource_group" in run.output
        assert rows(run)[DB] == ["unregistered", "nothing was there"]
        stats = [task["result"].get("ansible_stats", {}).get("data", {}) for task in run.tasks]
        (handed_on,) = [one["process_servers_unregistered"] for one in stats if "process_servers_unregistered" in one]
        assert [(one["name"], one["state"], one["failed"]) for one in handed_on] == [(APP, "absent", True), (DB, "absent", False)]

        run, _writes = retire(ansible, world, [db, web], switch_machines_to="")
        told = rows(run)
        assert run.code != 0 and machines(world) == [APP, WEB], run.output
        assert f"machine {DB}, network interface {DB}-nic, disk {DB}-os; the rest stays" in told[DB], told
        assert told[WEB][-1] == "stays" and "monitoring-nic with it, which is not this collection's" in run.failures[-1]
        handed_on = run.tasks[-2]["result"]["ansible_stats"]["data"]["process_servers_retired"]
        assert [len(one.get("removed", [])) for one in handed_on] == [3, 0]

        world.call(lambda: world.compute.by_name(WEB).interfaces[1]["properties"].update(deleteOption="Detach"))
        run, _writes = retire(ansible, world, [db, web])
        assert run.code == 0 and machines(world) == [APP], run.output
        told = rows(run)
        assert told[DB][-1] == f"disk {DB}-cache" and told[WEB][-1].endswith(f"disk {WEB}-cache; monitoring-nic stays: it does not carry this collection's tag")
