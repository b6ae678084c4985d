"""Plans over real connections, against the rehearsal world: what they cost, and what they say of a world that was spoiled or moved."""

from __future__ import annotations

import copy

import pytest
import yaml
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import answer

from tests import shared
from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import fleet
from tests.azure_simulator.site_recovery import reprotected_items

SUB = "5a1e0000-0000-4000-8000-000000000001"
OTHER_SUB = "5a1e0000-0000-4000-8000-000000000002"
CLIENT = "c11e0000-0000-4000-8000-000000000001"
RECORDING = "recordings/azure-powershell@2018-06-12/RecoveryServices.SiteRecovery.Test.AsrV2ATests/V2AFabricTests.json"
NETWORKS = f"/subscriptions/{SUB}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks"
# The vault's lists, and those of one subscription.
IN_VAULT, IN_SUBSCRIPTION = 4, 4


def ask(world, monkeypatch, **changes):
    environment = world.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    variables = world.playbook_vars()
    params = {name: option.get("default") for name, option in answer.ARGUMENT_SPEC.items()}
    params.update({name: variables.get(name) for name in ("vault_name", "vault_resource_group", "configuration_server")})
    params.update(
        subscription_id=variables.get("subscription_id") or environment["AZURE_SUBSCRIPTION_ID"],
        tenant=environment["AZURE_TENANT"],
        client_id=environment["AZURE_CLIENT_ID"],
        secret=environment["AZURE_SECRET"],
    )
    params.update(changes)
    return answer.answer(AzureSession(params), params, None)


def verdicts(answered):
    return {one["name"]: one["verdict"] for one in answered["machines"]}


def checks(answered, name):
    (one,) = [one for one in answered["machines"] if one["name"] == name]
    return {other["check"]: other["severity"] for other in one["obstacles"] if other["check"] != "retired_scenario"}


def proposed(answered):
    return {one["name"]: [(server["name"], server["action"]) for server in one["process_servers"]] for one in answered["networks"]}


@pytest.fixture(scope="module")
def scattered():
    with running("scattered_machines") as world:
        yield world


def test_scattered_machines_are_found_judged_and_planned_for(scattered, monkeypatch):
    scattered.log.clear()
    answered = ask(scattered, monkeypatch, bandwidth_mbps=200)
    assert scattered.log.writes() == []
    # Two subscriptions, and the addresses of three new servers.
    assert len(scattered.log.without_pages()) <= IN_VAULT + 2 * IN_SUBSCRIPTION + 3 + 1, scattered.log.without_pages()
    assert {name: verdict for name, verdict in verdicts(answered).items() if not name.startswith("stop-")} == {
        "app-front-01": "ready",
        "app-moved-01": "ready",
        "branch-file-01": "blocked",
        "erp-core-01": "ready",
        "erp-core-02": "ready",
        "lost-gone-01": "no_way_back",
        "lost-group-01": "no_way_back",
        "web-01": "ready",
    }
    wanted = {
        "branch-file-01": {"configuration_server", "master_target"},
        "app-moved-01": {"network"},
        "lost-gone-01": {"virtual_machine_gone"},
        "lost-group-01": {"virtual_machine_moved"},
        "stop-commit-01": {"failover_not_committed"},
        "stop-denied-01": {"reprotect_not_allowed"},
        "stop-group-01": {"replication_group"},
        "stop-health-01": {"replication_health"},
        "stop-job-01": {"job_running"},
        "stop-off-01": {"virtual_machine_off"},
        "stop-point-01": {"recovery_point"},
        "stop-target-01": {"master_target"},
        "stop-way-01": {"recovery_point"},
    }
    assert {name: set(checks(answered, name)) for name in wanted} == wanted
    assert all(verdict == "blocked" for name, verdict in verdicts(answered).items() if name.startswith("stop-"))
    assert proposed(answered) == {
        "vnet-app": [("ps-app-01", "deploy")],
        "vnet-db": [("ps-db-01", "deploy")],
        "vnet-web": [("portal-ps-01", "adopt")],
        "vnet-erp-spoke": [("ps-erp-spoke-01", "deploy")],
    }
    entries = {one["name"]: one for one in answered["process_servers"]}
    spoke = entries["ps-erp-spoke-01"]
    assert (spoke["subscription_id"], spoke["resource_group"], spoke["location"], spoke["subnet"]) == (OTHER_SUB, "rg-erp", "northeurope", "machines")
    # One measured, one assumed from 1000 GB of disks.
    assert (spoke["machines"], spoke["daily_churn_gb"], spoke["size"]) == (2, 265, "Standard_A8_v2")
    assert entries["ps-app-01"]["private_ip_address"].endswith(".1.5")
    hub = [one["peerings"] for one in answered["networks"] if one["name"] == "vnet-erp-spoke"][0]
    assert hub[0]["virtual_network"].endswith("/vnet-hub") and hub[0]["has_process_server"] is False
    assert {one["name"]: one["scenario"] for one in answered["fabrics"]} == {
        "CS-ONPREM-01": "classic",
        "CS-BRANCH-01": "classic",
        "vmware-site-01": "modernized",
        "vmm.contoso.example": "vmm",
        "hyper-v-site-01": "hyper_v_site",
        "West Europe": "azure",
    }
    assert yaml.safe_load(answered["plan_text"]) == answered["plan"]
    table = "\n".join(answered["table"])
    for words in ("-> Open TCP 443 to the configuration server", "fail_back is not part of this collection yet", "since November 2019", "28.3 hours at most"):
        assert words in table, table
    assert ask(scattered, monkeypatch, bandwidth_mbps=200)["plan_text"] == answered["plan_text"]


def test_two_configuration_servers_have_two_plans(scattered, monkeypatch):
    answered = ask(scattered, monkeypatch, configuration_server=None)
    assert answered["plan"] is None and "name it as configuration_server" in answered["plan_missing"] and answered["plan_text"] is None
    branch = ask(scattered, monkeypatch, configuration_server="CS-BRANCH-01")
    # What serves another configuration server's machines in this network does not serve its own.
    assert proposed(branch) == {"vnet-web": [("ps-web-01", "deploy")]} and branch["plan"]["configuration_server"] == "CS-BRANCH-01"
    modern = ask(scattered, monkeypatch, configuration_server="vmware-site-01")
    assert modern["plan"] is None and "No process server in Azure is needed" in modern["plan_missing"]


def test_a_subscription_that_may_not_be_read_is_unknown_and_never_in_order(monkeypatch):
    with running("scattered_machines") as world:
        world.call(lambda: world.access.withdraw(CLIENT, f"/subscriptions/{OTHER_SUB}"))
        answered = ask(world, monkeypatch)
        assert verdicts(answered)["erp-core-01"] == "unknown" and checks(answered, "erp-core-01")["virtual_machine"] == "unknown"
        (spoke,) = [one for one in answered["networks"] if one["name"] == "vnet-erp-spoke"]
        assert "AuthorizationFailed" in spoke["problem"] and spoke["process_servers"] == []
        assert "ps-app-01" in [one["name"] for one in answered["process_servers"]]
        assert "  # NOT PLANNED:" in answered["plan_text"] and "correlation id" in spoke["problem"]
        assert ask(world, monkeypatch)["plan_text"] == answered["plan_text"]
        world.call(lambda: world.access.withdraw(CLIENT, f"/subscriptions/{SUB}/resourceGroups/rg-dr"))
        world.call(lambda: world.access.withdraw(CLIENT, f"/subscriptions/{SUB}"))
        with pytest.raises(AsrError, match="AuthorizationFailed"):
            ask(world, monkeypatch)


def compare(world, monkeypatch, plan):
    answered = ask(world, monkeypatch, planned=plan["failback_plan"], process_servers=plan["process_servers"])
    assert answered["still_holds"] is not bool(answered["differences"]) and answered["plan"] is None
    return answered["differences"]


def item_of(world, name):
    (vault,) = world.site_recovery.vaults.values()
    return next(one for fabric in vault.fabrics for one in fabric.protected_items.values() if one["properties"]["friendlyName"] == name)


def test_a_moved_world_is_told_from_an_unchanged_one(monkeypatch):
    with running("three_networks") as world:
        plan = ask(world, monkeypatch)["plan"]
        world.log.clear()
        assert compare(world, monkeypatch, copy.deepcopy(plan)) == []
        assert len(world.log.without_pages()) <= IN_VAULT + IN_SUBSCRIPTION + 1 and world.log.writes() == []

        def move():
            item_of(world, "web-01")["properties"]["activeLocation"] = "Primary"
            nic = world.network.nic(world.compute.by_name("app-front-02").interfaces[0]["id"])
            nic["properties"]["ipConfigurations"][0]["properties"].update(
                privateIPAddress=f"127.{world.octet}.2.77", subnet={"id": f"{NETWORKS}/vnet-db/subnets/failback"}
            )
            world.network.networks.find(f"{NETWORKS}/vnet-db")["properties"]["addressSpace"]["addressPrefixes"].append("10.99.0.0/16")
            address = plan["process_servers"][0]["private_ip_address"]
            holder = f"/subscriptions/{SUB}/resourceGroups/rg-network/providers/Microsoft.Network/networkInterfaces/printer"
            world.network.interfaces.add(holder, address, f"{NETWORKS}/vnet-app/subnets/failback", {}, "westeurope")
            server = world.site_recovery.configuration_server("CS-ONPREM-01")
            server.own["agentVersion"] = "9.63.7200.1"
            server.register({"name": "ps-by-hand", "address": f"127.{world.octet}.3.99"}, world.clock.now())
            server.report(world.clock.now())

        world.call(move)
        found = "\n".join(compare(world, monkeypatch, plan))
        for words in (
            "machine web-01 no longer runs in Azure",
            "machine app-front-02 runs in",
            "has the address space",
            "of ps-app-01 is held by",
            "has the version 9.63.7200.1",
            "process server ps-by-hand",
        ):
            assert words in found, found
        assert len(found.splitlines()) == 6


def reprotect(world, *names):
    """What somebody does after the process servers are there: machines replicate home, and the vault no longer says which ones of Azure they are."""
    for name in names:
        properties = item_of(world, name)["properties"]
        properties["providerSpecificDetails"] = reprotected_items.details(properties["providerSpecificDetails"], True, world.clock.now())
        properties.update(protectionState="Protected", allowedOperations=["UnplannedFailover"])


def test_a_plan_still_holds_when_all_its_machines_are_on_their_way_home(monkeypatch):
    with running("three_networks") as world:
        made = ask(world, monkeypatch)
        plan, names = made["plan"], [one["name"] for one in made["machines"]]
        world.call(lambda: reprotect(world, *names))
        assert compare(world, monkeypatch, plan) == []
        again = ask(world, monkeypatch)
        assert set(verdicts(again).values()) == {"ready"} and again["plan"]["failback_plan"] == plan["failback_plan"]
        # One that was called otherwise in Azure is known from the plan alone, and one that moved is seen to have moved.
        world.call(lambda: item_of(world, "web-01")["properties"].update(friendlyName="www.contoso.example"))
        assert compare(world, monkeypatch, plan) == []
        renamed = ask(world, monkeypatch)
        assert verdicts(renamed)["www.contoso.example"] == "unknown" and "-> Plan with the subscription it runs in" in renamed["plan_text"]
        nic = world.call(lambda: world.network.nic(world.compute.by_name("web-01").interfaces[0]["id"])["properties"]["ipConfigurations"][0]["properties"])
        world.call(lambda: nic.update(privateIPAddress=f"127.{world.octet}.2.77", subnet={"id": f"{NETWORKS}/vnet-db/subnets/failback"}))
        (moved,) = compare(world, monkeypatch, plan)
        assert "machine web-01 runs in" in moved and "vnet-db" in moved


def test_machines_that_cannot_be_found_are_not_machines_without_a_way_home(monkeypatch):
    with running("scattered_machines") as world:
        keep = ("erp-core-01", "erp-core-02")
        world.call(lambda: reprotect(world, *keep))

        def come_home():
            for name in names:
                item_of(world, name)["properties"]["activeLocation"] = "Primary"

        names = set(verdicts(ask(world, monkeypatch))) - set(keep)
        world.call(come_home)
        lost = ask(world, monkeypatch)
        assert lost["plan_missing"] == "it is not known in which virtual network they run: erp-core-01, erp-core-02" and lost["plan"] is None
        # As the cure says.
        found = ask(world, monkeypatch, subscription_id=OTHER_SUB, vault_subscription_id=SUB)
        assert verdicts(found) == dict.fromkeys(keep, "ready") and [one["name"] for one in found["process_servers"]] == ["ps-erp-spoke-01"]


def test_an_address_that_no_interface_holds_but_azure_calls_taken_is_left_out(monkeypatch):
    taken = {"available": False, "availableIPAddresses": [], "isPlatformReserved": False}
    with running("three_networks") as world:
        world.faults.add(path="/virtualNetworks/vnet-app/CheckIPAddressAvailability", nth=range(1, 3), status=200, body=taken)
        answered = ask(world, monkeypatch)
        addresses = {one["name"]: one["private_ip_address"] for one in answered["process_servers"]}
        assert addresses == {name: f"127.{world.octet}.{end}" for name, end in (("ps-app-01", "1.6"), ("ps-db-01", "2.4"), ("ps-web-01", "3.4"))}
    with running("three_networks") as world:
        world.faults.add(path="/virtualNetworks/vnet-app/CheckIPAddressAvailability", nth="every", status=200, body=taken)
        world.faults.add(path="/virtualNetworks/vnet-db/CheckIPAddressAvailability", nth="every", status=403, code="AuthorizationFailed", message="no")
        answered = ask(world, monkeypatch)
        problems = {one["name"]: one["problem"] for one in answered["networks"]}
        assert "taken" in problems["vnet-app"] and not problems["vnet-db"]
        (server,) = [server for one in answered["networks"] if one["name"] == "vnet-db" for server in one["process_servers"]]
        assert "AuthorizationFailed" in server["reasons"][-1]
        (told,) = [line for line in answered["table"] if line.startswith("Not known: whether")]
        assert f"127.{world.octet}.2.4 is free for ps-db-01" in told and "AuthorizationFailed" in told


def test_requests_do_not_depend_on_the_number_of_machines_but_for_new_addresses(monkeypatch):
    costs = {}
    for count in (2, 40):
        with running(fleet(count)) as world:
            answered = ask(world, monkeypatch)
            assert len(answered["process_servers"]) == count and world.log.writes() == []
            asked = world.log.without_pages()
            addresses = [one for one in asked if "checkipaddressavailability" in one["path"].lower()]
            assert len(addresses) == count
            costs[count] = len(asked) - count
    assert costs[2] == costs[40]


def test_the_recorded_vault_yields_a_plan_with_every_fabric_classified(monkeypatch):
    shared.needed(RECORDING)
    with running("recorded_vault") as world:
        answered = ask(world, monkeypatch)
        counted = {}
        for one in answered["fabrics"]:
            counted[one["scenario"]] = counted.get(one["scenario"], 0) + 1
        assert counted == {"classic": 18, "hyper_v_site": 3, "vmm": 2, "azure": 2}
        twins = [one for one in answered["fabrics"] if one["name"] == "srpatnan-0420-1"]
        assert len(twins) == 2 and len({one["id"] for one in twins}) == 2
        assert set(verdicts(answered).values()) == {"ready"} and len(answered["machines"]) == 10
        assert proposed(answered) == {name: [(f"ps-{name[5:]}-01", "deploy")] for name in ("vnet-app", "vnet-db", "vnet-web")}
        # Only one of the 18 has machines in Azure, so it need not be named.
        unnamed = ask(world, monkeypatch, configuration_server=None)
        assert unnamed["plan_text"] == answered["plan_text"] and yaml.safe_load(answered["plan_text"]) == answered["plan"]
        assert answered["plan"]["failback_plan"]["configuration_server"]["version"] == "9.12.0.0"
        twin = ask(world, monkeypatch, configuration_server=twins[0]["id"])
        assert twin["plan"] is None and "runs in Azure" in twin["plan_missing"]


def test_a_modernized_vault_needs_none(monkeypatch):
    with running("modernized") as world:
        answered = ask(world, monkeypatch)
        assert answered["plan"] is None and answered["networks"] == [] and "No process server in Azure is needed" in answered["plan_missing"]


@pytest.mark.parametrize("name", ["three_networks", "scattered_machines", "two_of_one_name"])
def test_what_the_vault_says_of_its_machines_is_there(name):
    """In each scenario: the machines of its protected items, but for those it says are gone."""
    with running(name) as world:

        def missing():
            found = []
            for vault in world.site_recovery.vaults.values():
                for fabric in vault.fabrics:
                    for settings in fabric.recovered:
                        known = settings["virtual_machine"].lower() in world.compute.machines
                        gone = settings.get("azure_machine") is False or settings.get("moved_to_group")
                        if known is bool(gone):
                            found.append(settings["name"])
            return found

        assert world.call(missing) == []


def test_a_name_that_two_configuration_servers_have_is_no_name_for_a_plan(monkeypatch):
    with running("two_of_one_name") as world:
        answered = ask(world, monkeypatch, configuration_server=None)
        named = answered["plan"]["configuration_server"]
        assert named == answered["plan"]["failback_plan"]["configuration_server"]["id"] and named.startswith("/Subscriptions/")
        with pytest.raises(AsrError, match="2 configuration servers could be meant"):
            ask(world, monkeypatch, configuration_server="CS-ONPREM-01")
