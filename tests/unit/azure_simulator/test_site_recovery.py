"""Site Recovery as Microsoft's own client sees it: through the proxy, with TLS and tokens."""

from __future__ import annotations

import contextlib
import datetime
import re
import time

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservicessiterecovery import SiteRecoveryManagementClient

from tests.azure_simulator.running import running

SUBSCRIPTION = "5a1e0000-0000-4000-8000-000000000001"
VAULT = ("rg-dr", "vault-dr")
SUBSYSTEMS = ("entra", "site_recovery")
API = "2025-08-01"


class Windows:
    """Stands for the simulated servers: those at `alive` send heartbeats."""

    def __init__(self):
        self.alive = set()

    def process_server_alive(self, address):
        return address in self.alive


class Azure:
    """A world and the clients that look at it."""

    def __init__(self, world, subscription=SUBSCRIPTION):
        variables = world.environment()
        credential = ClientSecretCredential(variables["AZURE_TENANT"], variables["AZURE_CLIENT_ID"], variables["AZURE_SECRET"])
        self.world = world
        self.recovery = SiteRecoveryManagementClient(credential, subscription)
        self.vaults = RecoveryServicesClient(credential, subscription)

    def fabric(self, friendly_name="CS-ONPREM-01"):
        return next(fabric for fabric in self.recovery.replication_fabrics.list(*VAULT) if fabric.properties.friendly_name == friendly_name)

    def provider(self):
        return next(iter(self.recovery.replication_recovery_services_providers.list(*VAULT)))

    def refresh(self):
        """Refresh as the client does: it waits out every Retry-After."""
        fabric, provider = self.fabric(), self.provider()
        self.recovery.replication_recovery_services_providers.begin_refresh_provider(*VAULT, fabric.name, provider.name).result()

    def refresh_now(self):
        """Refresh, and look often."""
        path = self.provider().id.partition("/vaults/")[2]
        accepted = self.raw("POST", f"{path}/refreshProvider")
        while (poll := self.follow(accepted.headers["Azure-AsyncOperation"]))["status"] == "InProgress":
            time.sleep(0.02)
        assert poll["status"] == "Succeeded", poll

    def follow(self, url):
        return self.recovery.send_request(HttpRequest("GET", url)).json()

    def server(self):
        return self.world.site_recovery.configuration_server("CS-ONPREM-01")

    def register(self, name="ps-app-01", host=10, **more):
        """A process server registers, as its set-up would make it; returns its address."""
        address = f"127.{self.world.octet}.1.{host}"
        configuration_server = f"127.{self.world.octet}.250.10"
        self.world.windows.alive.add(address)
        self.world.call(
            lambda: self.world.site_recovery.process_server_registered(
                configuration_server, {"name": name, "address": address, "version": "9.62.7096.1", **more}
            )
        )
        return address

    def raw(self, method, path, query="", body=None, version=API):
        """A request as it is, without the client's own retries and polls."""
        url = (
            f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/"
            f"{path}?api-version={version}{query}"
        )
        return self.recovery.send_request(HttpRequest(method, url, json=body))


@pytest.fixture
def served(monkeypatch):
    @contextlib.contextmanager
    def serve(scenario="three_networks", changes=None, subscription=SUBSCRIPTION):
        with running(scenario, changes, subsystems=SUBSYSTEMS) as world:
            for name, value in world.environment().items():
                monkeypatch.setenv(name, value)
            world.windows = Windows()
            yield Azure(world, subscription)

    return serve


@pytest.fixture
def azure(served):
    with served() as azure:
        yield azure


def process_servers(fabric):
    return [server.friendly_name for server in fabric.properties.custom_details.process_servers]


# --- vaults ----------------------------------------------------------------------------------------------------------


def test_the_vault_of_the_scenario_is_found_and_listed(azure):
    assert azure.vaults.vaults.get(*VAULT).location == "westeurope"
    assert [vault.name for vault in azure.vaults.vaults.list_by_resource_group("rg-dr")] == ["vault-dr"]
    assert [vault.name for vault in azure.vaults.vaults.list_by_subscription_id()] == ["vault-dr"]


def test_a_vault_that_is_not_there_is_arms_own_error_without_details(azure):
    with pytest.raises(ResourceNotFoundError) as caught:
        list(azure.recovery.replication_fabrics.list("rg-dr", "vault-xx"))
    assert caught.value.error.code == "ResourceNotFound"
    assert not caught.value.error.details


def test_a_vault_is_made_with_an_operation_under_its_own_url(served):
    changes = {
        "world": {
            "clients": [
                {
                    "id": "c11e0000-0000-4000-8000-000000000001",
                    "object_id": "0b1ec700-0000-4000-8000-000000000001",
                    "name": "maker",
                    "secret": "s" * 20,
                    "roles": [{"role": "Contributor", "scope": f"/subscriptions/{SUBSCRIPTION}"}],
                }
            ]
        }
    }
    with served(changes=changes) as azure:
        body = {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}}
        created = azure.raw("PUT", "vault-new", body=body, version="2026-11-01")
        assert created.status_code == 201
        assert "/vaults/vault-new/operationStatus/" in created.headers["Azure-AsyncOperation"]
        vault = azure.vaults.vaults.begin_create_or_update("rg-dr", "vault-newer", body).result()
        assert vault.properties.provisioning_state == "Succeeded"
        assert list(azure.recovery.replication_fabrics.list("rg-dr", "vault-newer")) == []


def test_a_vault_is_not_made_without_the_permission(azure):
    refused = azure.raw("PUT", "vault-new", body={"location": "westeurope", "sku": {"name": "Standard"}}, version="2026-11-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")


# --- fabrics -----------------------------------------------------------------------------------------------------------


def test_a_configuration_server_is_shown_with_texts_for_counts(azure):
    fabric = azure.fabric()
    details = fabric.properties.custom_details
    built_in = details.process_servers[0]
    assert re.fullmatch(r"[0-9a-f]{64}", fabric.name)
    assert fabric.id.startswith("/Subscriptions/")
    assert details["instanceType"] == "VMware"
    assert re.fullmatch(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{16}", built_in["id"])
    assert (details["processServerCount"], details["protectedServers"], built_in["machineCount"], built_in["replicationPairCount"]) == ("1", "12", "12", "21")
    assert (built_in["cpuLoadStatus"], built_in["health"]) == ("Green", "Normal")
    assert details["ipAddress"] == f"127.{azure.world.octet}.250.10"


def test_lists_come_in_pages_and_the_last_one_says_so(served):
    with served("two_of_one_name", {"site_recovery": {"page_sizes": {"default": 1, "protected_items": 5}}}) as azure:
        first = azure.raw("GET", "vault-dr/replicationFabrics").json()
        assert len(first["value"]) == 1 and first["nextLink"]
        assert [fabric.properties.friendly_name for fabric in azure.recovery.replication_fabrics.list(*VAULT)] == ["CS-ONPREM-01"] * 2
        assert len(list(azure.recovery.replication_protected_items.list(*VAULT))) == 12
        assert azure.world.log.count("GET", "/vaults/vault-dr/replicationProtectedItems$") == 3
        fabric = next(iter(azure.recovery.replication_fabrics.list(*VAULT)))
        container = azure.recovery.replication_protection_containers.list_by_replication_fabrics(*VAULT, fabric.name)
        names = [entry.name for entry in container]
        assert names == [f"cloud_{fabric.properties.internal_identifier}"]
        assert len(list(azure.recovery.replication_protected_items.list_by_replication_protection_containers(*VAULT, fabric.name, names[0]))) == 12


def test_two_configuration_servers_of_one_name_have_names_and_ids_of_their_own(served):
    with served("two_of_one_name") as azure:
        fabrics = list(azure.recovery.replication_fabrics.list(*VAULT))
        assert len({fabric.name for fabric in fabrics}) == len({fabric.properties.internal_identifier for fabric in fabrics}) == 2
        with pytest.raises(LookupError):
            azure.world.site_recovery.configuration_server("CS-ONPREM-01")
        assert azure.world.site_recovery.configuration_server(fabrics[1].name).own["ipAddress"] == f"127.{azure.world.octet}.250.12"


def test_what_is_missing_in_a_vault_is_not_found_with_details(azure):
    with pytest.raises(ResourceNotFoundError) as caught:
        azure.recovery.replication_fabrics.get(*VAULT, "nothing")
    error = caught.value.error
    assert (error.code, error.details[0].code) == ("NotFound", "ArmResourceDoesNotExist")
    detail = azure.raw("GET", "vault-dr/replicationPolicies/nothing").json()["error"]["details"][0]
    assert set(detail) == {"code", "message", "possibleCauses", "recommendedAction", "clientRequestId", "activityId"}


def test_a_modernized_vault_shows_an_appliance_and_no_configuration_server(served):
    with served("modernized") as azure:
        (fabric,) = azure.recovery.replication_fabrics.list(*VAULT)
        assert fabric.properties.custom_details["instanceType"] == "InMageRcm"
        assert fabric.properties.custom_details.process_servers[0].ip_addresses == [f"127.{azure.world.octet}.250.20"]
        (listed,) = azure.recovery.replication_appliances.list(*VAULT)
        appliance = listed.properties.provider_specific_details.appliances[0]
        assert (appliance.name, appliance.fabric_arm_id) == ("asr-appliance-01", fabric.id)
        assert azure.world.site_recovery.configuration_servers() == []


def test_all_other_kinds_of_fabrics_can_be_declared(served):
    others = {"vmm-01": {"kind": "VMM"}, "site-01": {"kind": "HyperVSite"}, "asr-weu": {"kind": "Azure", "location": "westeurope"}}
    with served(changes={"site_recovery": {"vaults": {"vault-dr": {"fabrics": others}}}}) as azure:
        shown = {fabric.properties.friendly_name: fabric for fabric in azure.recovery.replication_fabrics.list(*VAULT)}
        assert {name: fabric.properties.custom_details["instanceType"] for name, fabric in shown.items()} == {
            "CS-ONPREM-01": "VMware",
            "vmm-01": "VMM",
            "site-01": "HyperVSite",
            "asr-weu": "Azure",
        }
        assert shown["site-01"].name == "site-01" and re.fullmatch(r"[0-9a-f]{64}", shown["vmm-01"].name)


# --- reports and refreshes ---------------------------------------------------------------------------------------------


def test_a_registered_process_server_shows_only_after_a_refresh(azure):
    address = azure.register()
    assert process_servers(azure.fabric()) == ["CS-ONPREM-01"]
    azure.refresh()
    fabric = azure.fabric()
    assert process_servers(fabric) == ["CS-ONPREM-01", "ps-app-01"]
    server = fabric.properties.custom_details.process_servers[1]
    assert (server.ip_address, server.agent_version, server.machine_count) == (address, "9.62.7096.1", "0")
    assert fabric.properties.custom_details.process_server_count == "2"


def test_a_report_comes_by_itself_at_every_interval(served):
    changes = {"site_recovery": {"report_seconds": 0.2, "vaults": {"vault-dr": {"fabrics": {"CS-ONPREM-01": {"reported_seconds_ago": 0}}}}}}
    with served(changes=changes) as azure:
        azure.register()
        for unused in range(100):
            if "ps-app-01" in process_servers(azure.fabric()):
                return
            time.sleep(0.05)
        pytest.fail("no report came")


def test_a_heartbeat_that_stays_away_turns_the_server_critical(azure):
    address = azure.register()
    azure.world.windows.alive.discard(address)

    def long_ago():
        azure.server().server("ps-app-01").facts["lastHeartbeat"] = "2017-09-19T05:23:17Z"
        azure.world.site_recovery.beat()

    azure.world.call(long_ago)
    azure.refresh_now()
    silent = azure.fabric().properties.custom_details.process_servers[1]
    assert (silent.health, silent.health_errors[0].error_code, silent.last_heartbeat.year) == ("Critical", "806", 2017)
    azure.world.windows.alive.add(address)
    azure.world.call(azure.world.site_recovery.beat)
    azure.refresh_now()
    assert azure.fabric().properties.custom_details.process_servers[1].health == "Normal"


def test_a_silenced_server_stays_silent_and_others_do_not(azure):
    azure.register()
    azure.world.call(lambda: (azure.server().silence("ps-app-01", 3600), azure.world.site_recovery.beat()))
    azure.refresh_now()
    now = datetime.datetime.now(datetime.timezone.utc)
    built_in, silent = azure.fabric().properties.custom_details.process_servers
    assert (built_in.health, silent.health) == ("Normal", "Critical")
    assert (now - silent.last_heartbeat).total_seconds() > 3500 > 900 > (now - built_in.last_heartbeat).total_seconds()


def test_another_machine_at_the_same_address_leaves_a_stale_twin(azure):
    azure.register(host_id="first")
    azure.world.call(lambda: azure.server().server("ps-app-01").facts.update(lastHeartbeat="2017-09-19T05:23:17Z"))
    azure.register(host_id="second")
    azure.world.call(azure.world.site_recovery.beat)
    azure.refresh_now()
    twins = azure.fabric().properties.custom_details.process_servers[1:]
    assert [server.ip_address for server in twins] == [f"127.{azure.world.octet}.1.10"] * 2
    assert twins[0].id != twins[1].id
    assert [server.last_heartbeat.year == 2017 for server in twins] == [True, False]


def test_the_same_installation_again_updates_its_entry(azure):
    azure.register(host_id="first", version="9.61.0.1")
    azure.world.call(lambda: azure.server().silence("ps-app-01"))
    azure.register(host_id="first")
    azure.refresh_now()
    assert azure.fabric().properties.custom_details.process_servers[1].health == "Normal"
    assert [server.agent_version for server in azure.fabric().properties.custom_details.process_servers[1:]] == ["9.62.7096.1"]


def test_an_unregistered_process_server_is_gone_after_a_refresh(azure):
    address = azure.register()
    azure.refresh_now()
    gone = azure.world.call(lambda: azure.world.site_recovery.process_server_unregistered(f"127.{azure.world.octet}.250.10", address))
    assert gone == 1
    assert "ps-app-01" in process_servers(azure.fabric())
    azure.refresh_now()
    assert process_servers(azure.fabric()) == ["CS-ONPREM-01"]


def test_a_disconnected_configuration_server_grows_old_and_cannot_be_refreshed(azure):
    azure.world.call(lambda: azure.server().disconnect(seconds_ago=3600))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert (now - azure.fabric().properties.custom_details.last_heartbeat).total_seconds() > 3600
    assert azure.provider().properties.connection_status == "NotConnected"
    with pytest.raises(HttpResponseError) as caught:
        azure.refresh()
    # The poll itself succeeded: it tells of the failure in its body.
    assert caught.value.status_code == 200
    assert caught.value.error.code == "ProviderNotConnected"
    (job,) = azure.recovery.replication_jobs.list(*VAULT)
    assert job.properties.state == "Failed"
    assert job.properties.errors[0].service_error_details.code == "ProviderNotConnected"


# --- operations and jobs -------------------------------------------------------------------------------------------------


def test_an_operation_is_named_as_its_job_and_signed(served):
    with served(changes={"world": {"latencies": {"refresh_provider": 0.5}, "retry_after": {"recovery": 7}}}) as azure:
        fabric, provider = azure.fabric(), azure.provider()
        path = f"vault-dr/replicationFabrics/{fabric.name}/replicationRecoveryServicesProviders/{provider.name}"
        accepted = azure.raw("POST", f"{path}/refreshProvider")
        assert (accepted.status_code, accepted.content, accepted.headers["Retry-After"]) == (202, b"", "7")
        status = re.search(r"/replicationOperationStatus/([0-9a-f-]{36})\?", accepted.headers["Azure-AsyncOperation"])
        results = re.search(r"/replicationRecoveryServicesProviders/[^/]+/operationresults/([0-9a-f-]{36})\?", accepted.headers["Location"])
        assert status.group(1) == results.group(1)
        job = azure.recovery.replication_jobs.get(*VAULT, status.group(1))
        assert (job.properties.state, job.properties.tasks[0].state) == ("InProgress", "InProgress")
        rebuilt = azure.raw("GET", f"vault-dr/replicationOperationStatus/{job.name}")
        assert rebuilt.status_code == 403
        while True:
            poll = azure.follow(accepted.headers["Azure-AsyncOperation"])
            if poll["status"] != "InProgress":
                break
            time.sleep(0.05)
        assert set(poll) == {"id", "name", "status", "startTime", "endTime", "percentComplete", "properties", "error"}
        assert (poll["id"], poll["name"], poll["status"]) == (None, job.name, "Succeeded")
        last = azure.follow(accepted.headers["Location"])
        assert (last["name"], last["properties"]["state"], last["status"]) == (job.name, "Succeeded", "Succeeded")


def test_jobs_are_filtered_by_state(azure):
    azure.refresh_now()

    def states(query):
        return [job["properties"]["scenarioName"] for job in azure.raw("GET", "vault-dr/replicationJobs", query).json()["value"]]

    assert states("&$filter=JobStatus eq 'Succeeded'") == ["RefreshServer"]
    assert states("&$filter=JobStatus eq 'Failed'") == []
    wrong = azure.raw("GET", "vault-dr/replicationJobs", "&$filter=Colour eq 'red'")
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["code"]) == (400, "InvalidFilter")


def test_a_consistency_check_is_a_job(azure):
    azure.recovery.replication_fabrics.begin_check_consistency(*VAULT, azure.fabric().name).result()
    (job,) = azure.recovery.replication_jobs.list(*VAULT)
    assert (job.properties.scenario_name, job.properties.state) == ("ConsistencyCheck", "Succeeded")


# --- protected items -------------------------------------------------------------------------------------------------------


def test_failed_over_machines_lie_in_three_networks_with_uneven_change_rates(azure):
    items = list(azure.recovery.replication_protected_items.list(*VAULT))
    assert {item.properties.active_location for item in items} == {"Recovery"}
    networks = {}
    for item in items:
        details = item.properties.provider_specific_details
        network = details.vm_nics[0].recovery_vm_network_id.rsplit("/", 1)[1]
        networks.setdefault(network, []).append(details.uncompressed_data_rate_in_mb)
    assert {name: len(rates) for name, rates in networks.items()} == {"vnet-app": 5, "vnet-db": 3, "vnet-web": 4}
    rates = sorted(rate for group in networks.values() for rate in group)
    assert rates[-1] > sum(rates[:-1])
    allowed = {item.properties.friendly_name: item.properties.allowed_operations for item in items}
    assert "ReverseReplicate" in allowed["db-main-01"]
    assert "Commit" in allowed["web-cache-01"] and "ReverseReplicate" not in allowed["web-cache-01"]


def test_protected_items_are_filtered_and_read_one_by_one(azure):
    server = azure.fabric().properties.custom_details.process_servers[0].id
    some = azure.recovery.replication_protected_items.list(*VAULT, filter=f"InstanceType eq 'InMageAzureV2' and ProcessServerId eq '{server}'")
    assert len(list(some)) == 12
    assert list(azure.recovery.replication_protected_items.list(*VAULT, filter="ProcessServerId eq 'other'")) == []
    item = next(iter(azure.recovery.replication_protected_items.list(*VAULT)))
    path = re.search(r"replicationFabrics/([^/]+)/replicationProtectionContainers/([^/]+)/replicationProtectedItems/([^/]+)", item.id).groups()
    assert azure.recovery.replication_protected_items.get(*VAULT, *path).as_dict() == item.as_dict()
    points = list(azure.recovery.recovery_points.list_by_replication_protected_items(*VAULT, *path))
    assert points[0].properties.recovery_point_time > points[1].properties.recovery_point_time
    assert azure.recovery.recovery_points.get(*VAULT, *path, points[1].name).id == points[1].id


def test_policies_health_and_events_answer(azure):
    assert {policy.properties.provider_specific_details["instanceType"] for policy in azure.recovery.replication_policies.list(*VAULT)} == {
        "InMageAzureV2",
        "InMage",
    }
    assert azure.recovery.replication_policies.get(*VAULT, "onprem-24h").name == "onprem-24h"
    assert azure.recovery.replication_vault_health.get(*VAULT).properties.protected_items_health.resource_count == 12
    assert list(azure.recovery.replication_events.list(*VAULT)) == []


# --- moving replication -------------------------------------------------------------------------------------------------------


def reassociate(azure, source, target, level, machines=None, container=None):
    fabric = azure.fabric()
    properties = {
        "containerName": container or f"cloud_{fabric.properties.internal_identifier}",
        "sourceProcessServerId": source,
        "targetProcessServerId": target,
        "updateType": level,
    }
    if machines is not None:
        properties["vmsToMigrate"] = machines
    return azure.recovery.replication_fabrics.begin_reassociate_gateway(*VAULT, fabric.name, {"properties": properties})


def counts(azure):
    return {server.friendly_name: (server.machine_count, server.replication_pair_count) for server in azure.fabric().properties.custom_details.process_servers}


@pytest.fixture
def ids(azure):
    azure.register()
    azure.refresh_now()
    return [server.id for server in azure.fabric().properties.custom_details.process_servers]


def test_listed_machines_move_at_server_level(azure, ids):
    item = next(item for item in azure.recovery.replication_protected_items.list(*VAULT) if item.properties.friendly_name == "db-main-01")
    reassociate(azure, *ids, "ServerLevel", [item.name]).result()
    # What the servers count shows with the next report.
    assert counts(azure)["CS-ONPREM-01"] == ("12", "21")
    azure.refresh_now()
    assert counts(azure) == {"CS-ONPREM-01": ("11", "17"), "ps-app-01": ("1", "4")}
    moved = {
        item.properties.friendly_name
        for item in azure.recovery.replication_protected_items.list(*VAULT)
        if item.properties.provider_specific_details.process_server_id == ids[1]
    }
    assert moved == {"db-main-01"}
    _refresh, job = list(azure.recovery.replication_jobs.list(*VAULT))[:2]
    assert (job.properties.scenario_name, job.properties.tasks[0].task_id) == ("ProcessServerFailover", "ProcessServerFailoverTask")


def test_everything_moves_at_system_level(azure, ids):
    reassociate(azure, *ids, "SystemLevel").result()
    azure.refresh_now()
    assert counts(azure) == {"CS-ONPREM-01": ("0", "0"), "ps-app-01": ("12", "21")}


@pytest.mark.parametrize(
    ("level", "machines", "swap", "container", "code"),
    [
        ("SystemLevel", ["x"], False, None, "InvalidParameter"),
        ("ServerLevel", [], False, None, "InvalidParameter"),
        ("Somehow", None, False, None, "InvalidParameter"),
        ("ServerLevel", ["nobody"], False, None, "ArmResourceDoesNotExist"),
        ("ServerLevel", ["db-main-01"], False, None, "ArmResourceDoesNotExist"),
        ("ServerLevel", ["{db-main-01}"], True, None, "InvalidParameter"),
        ("SystemLevel", None, False, "cloud_other", "ArmResourceDoesNotExist"),
    ],
)
def test_a_move_that_cannot_be_meant_is_refused_at_once(azure, ids, level, machines, swap, container, code):
    names = {f"{{{item.properties.friendly_name}}}": item.name for item in azure.recovery.replication_protected_items.list(*VAULT)}
    machines = None if machines is None else [names.get(machine, machine) for machine in machines]
    with pytest.raises(HttpResponseError) as caught:
        reassociate(azure, *(reversed(ids) if swap else ids), level, machines, container)
    assert caught.value.error.details[0].code == code
    assert counts(azure)["CS-ONPREM-01"] == ("12", "21")


def test_a_move_to_a_silent_server_fails_as_a_job(azure, ids):
    azure.world.call(lambda: azure.server().silence("ps-app-01"))
    with pytest.raises(HttpResponseError) as caught:
        reassociate(azure, *ids, "SystemLevel").result()
    assert caught.value.status_code == 200 and caught.value.error.code == "ProcessServerNotConnected"
    assert counts(azure)["CS-ONPREM-01"] == ("12", "21")


def test_two_moves_of_one_machine_fail_as_a_job(azure, ids):
    azure.world.scenario["world"]["latencies"]["reassociate_gateway"] = 1
    first = reassociate(azure, *ids, "SystemLevel")
    with pytest.raises(HttpResponseError) as caught:
        reassociate(azure, *ids, "SystemLevel").result()
    assert caught.value.status_code == 200 and caught.value.error.code == "532"
    first.result()
    failed, moved = (job.properties for job in azure.recovery.replication_jobs.list(*VAULT) if job.properties.scenario_name == "ProcessServerFailover")
    assert (failed.state, moved.state) == ("Failed", "Succeeded")
    assert failed.errors[0].service_error_details.recommended_action.startswith("Wait")
    azure.refresh_now()
    assert counts(azure)["ps-app-01"] == ("12", "21")
