"""Switches against a rehearsal world: what is sent, who waits for whom, and what the vault has to show in the end."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_view, switch
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import reconcile
from tests.azure_simulator import scenario
from tests.azure_simulator.running import running

SOURCE = "CS-ONPREM-01"
APP = ["app-front-01", "app-front-02", "app-jobs-01", "app-logic-01", "app-logic-02"]
# Seconds that somebody else's switch takes: longer than it takes to find it.
LONG = 3
SUBSYSTEMS = ("entra", "resources", "network", "compute", "site_recovery")


class Rehearsal:
    """A world with process servers that nobody had to set up, and the module's way against it."""

    def __init__(self, world, monkeypatch):
        self.world = world
        for name, value in world.environment().items():
            monkeypatch.setenv(name, value)
        self.progress = Progress()
        self.server = world.call(lambda: world.site_recovery.configuration_server(SOURCE))
        for number, name in enumerate(("ps-app-01", "ps-app-02"), 10):
            world.call(lambda name=name, number=number: self._register(name, f"127.{world.octet}.1.{number}"))

    def _register(self, name, address):
        entry = self.server.register({"name": name, "address": address, "host_id": name}, self.world.clock.now())
        entry.beats = lambda: True
        self.server.report(self.world.clock.now())

    def run(self, *switches, check=False, **changes):
        params = {name: option.get("default") for name, option in switch.ARGUMENT_SPEC.items()}
        environment = self.world.environment()
        params.update(
            subscription_id=environment["AZURE_SUBSCRIPTION_ID"],
            tenant=environment["AZURE_TENANT"],
            client_id=environment["AZURE_CLIENT_ID"],
            secret=environment["AZURE_SECRET"],
            vault_name="vault-dr",
            vault_resource_group="rg-dr",
            switches=[{"machines": None, **one} for one in switches],
            interval=0.1,
            **{"timeout": 20, **changes},
        )
        self.world.log.clear()
        self.progress = Progress()
        return reconcile(lambda: AzureSession(params), switch, params, check, self.progress)

    def carried(self, name):
        """What the configuration server itself has noted of a process server: (machines, disks)."""
        facts = self.world.call(lambda: dict(self.server.server(name).facts))
        return int(facts["machineCount"]), int(facts["replicationPairCount"])

    def sent(self):
        """The bodies of all requests that change process servers."""
        return [entry["body"]["properties"] for entry in self.world.log.requests if entry["path"].lower().endswith("/reassociategateway")]

    def steps(self):
        return [step["step"] for step in self.progress.timeline]


@pytest.fixture
def rehearsal(monkeypatch):
    at_once = scenario.load("three_networks")
    at_once["world"]["latencies"] = {"default": 0, "reassociate_gateway": 0.2}
    with running(at_once, {"site_recovery": {"page_sizes": {"protected_items": 50}}}, subsystems=SUBSYSTEMS) as world:
        yield Rehearsal(world, monkeypatch)


def named(*machines, source=SOURCE, target="ps-app-01"):
    return {"from": source, "to": target, "machines": list(machines)}


def test_named_machines_move_once(rehearsal):
    result = rehearsal.run(named("app-front-01", "app-logic-01"))
    (one,) = result["switches"]
    assert result["changed"] and result["failed_servers"] == []
    assert (one["machines"], one["to"]["machines"]) == (["app-front-01", "app-logic-01"],) * 2
    assert one["counts"]["from"] == {"machines_before": 12, "machines_after": 10, "replication_pairs_before": 21, "replication_pairs_after": 18}
    assert rehearsal.carried("ps-app-01") == (2, 3)
    (body,) = rehearsal.sent()
    assert body["updateType"] == "ServerLevel" and len(body["vmsToMigrate"]) == 2
    assert rehearsal.world.call(lambda: list(rehearsal.world.site_recovery.vaults.values())[0].jobs[one["job_id"]].state) == "Succeeded"

    again = rehearsal.run(named("app-front-01", "app-logic-01"))
    assert not again["changed"] and len(rehearsal.world.log.without_pages()) == 2 and rehearsal.world.log.writes() == []
    more = rehearsal.run(named("app-front-01", "app-front-02"))
    assert more["switches"][0]["machines"] == ["app-front-02"] and len(rehearsal.sent()[0]["vmsToMigrate"]) == 1


def test_everything_moves_away_from_a_dead_server(rehearsal):
    rehearsal.run(named(*APP))
    rehearsal.world.call(lambda: rehearsal.server.silence("ps-app-01"))
    result = rehearsal.run({"from": f"127.{rehearsal.world.octet}.1.10", "to": "ps-app-02"}, accept_unreached=False)
    (one,) = result["switches"]
    assert result["failed_servers"] == [] and one["update_type"] == "SystemLevel" and one["machines"] == APP
    assert rehearsal.sent() == [{**rehearsal.sent()[0], "updateType": "SystemLevel"}] and "vmsToMigrate" not in rehearsal.sent()[0]
    assert (rehearsal.carried("ps-app-01"), rehearsal.carried("ps-app-02")) == ((0, 0), (5, 8))
    assert not rehearsal.run({"from": "ps-app-01", "to": "ps-app-02"})["changed"]


def test_switches_that_share_a_server_wait_for_each_other(rehearsal):
    second = f"127.{rehearsal.world.octet}.1.11"
    result = rehearsal.run(named("app-front-01"), named("app-front-02", target="ps-app-02"), named("app-jobs-01", target=second))
    assert result["failed_servers"] == [] and len(rehearsal.sent()) == 3
    jobs = rehearsal.world.call(lambda: [job for vault in rehearsal.world.site_recovery.vaults.values() for job in vault.jobs.values()])
    moves = sorted((job.started, job.ended) for job in jobs if job.kind.scenario == "ProcessServerFailover")
    assert all(later[0] >= earlier[1] for earlier, later in zip(moves, moves[1:]))


def begin_elsewhere(rehearsal, machines, seconds):
    """Somebody begins a switch in the portal; it takes so long."""
    rehearsal.world.scenario["world"]["latencies"]["reassociate_gateway"] = seconds
    ids = rehearsal.world.call(lambda: [rehearsal.server.server(name).id for name in (SOURCE, "ps-app-01")])
    names = rehearsal.world.call(
        lambda: [item["name"] for item in rehearsal.server.protected_items.values() if item["properties"]["friendlyName"] in machines]
    )
    from azure.identity import ClientSecretCredential
    from azure.mgmt.recoveryservicessiterecovery import SiteRecoveryManagementClient

    given = rehearsal.world.environment()
    credential = ClientSecretCredential(given["AZURE_TENANT"], given["AZURE_CLIENT_ID"], given["AZURE_SECRET"])
    client = SiteRecoveryManagementClient(credential, given["AZURE_SUBSCRIPTION_ID"], polling_interval=0.1)
    properties = {"containerName": rehearsal.server.container_name, "sourceProcessServerId": ids[0], "targetProcessServerId": ids[1]}
    body = {"properties": {**properties, "updateType": "ServerLevel", "vmsToMigrate": names}}
    client.replication_fabrics.begin_reassociate_gateway("rg-dr", "vault-dr", rehearsal.server.name, body)
    rehearsal.world.scenario["world"]["latencies"]["reassociate_gateway"] = 0.1


def test_a_switch_that_runs_already_is_joined_and_the_rest_is_moved(rehearsal):
    begin_elsewhere(rehearsal, ["app-front-01"], LONG)
    result = rehearsal.run(named("app-front-01"))
    (one,) = result["switches"]
    assert result["failed_servers"] == [] and rehearsal.sent() == [] and (one["machines"], one["job_id"]) == ([], None)
    assert one["to"]["machines"] == ["app-front-01"] and "join the switch that runs already" in rehearsal.steps()

    begin_elsewhere(rehearsal, ["app-front-02"], LONG)
    result = rehearsal.run(named("app-front-02", "app-jobs-01"))
    assert result["failed_servers"] == [] and result["switches"][0]["machines"] == ["app-jobs-01"]
    assert [len(body["vmsToMigrate"]) for body in rehearsal.sent()] == [1]


def test_a_switch_that_began_a_moment_later_is_joined_too(rehearsal, monkeypatch):
    real, begun = site_recovery.reassociate_gateway, []

    def somebody_is_faster(*request):
        if not begun:
            begun.append(begin_elsewhere(rehearsal, ["app-front-01"], LONG))
        return real(*request)

    monkeypatch.setattr(site_recovery, "reassociate_gateway", somebody_is_faster)
    result = rehearsal.run(named("app-front-01", "app-front-02"))
    assert result["failed_servers"] == [] and rehearsal.carried("ps-app-01")[0] == 2
    # The other's, ours which the service refused, and ours for what was left.
    assert [len(body["vmsToMigrate"]) for body in rehearsal.sent()] == [1, 2, 1]
    assert result["switches"][0]["machines"] == ["app-front-02"]


def test_a_job_that_fails_tells_its_causes(rehearsal):
    def alive_as_far_as_the_vault_knows():
        rehearsal.server.report(rehearsal.world.clock.now())
        rehearsal.server.silence("ps-app-01")

    rehearsal.world.call(alive_as_far_as_the_vault_knows)
    result = rehearsal.run(named("app-front-01"), named("app-front-02", target="ps-app-02"))
    (failed,) = result["failed_servers"]
    assert (failed["name"], failed["step"], failed["code"]) == (f"{SOURCE} to ps-app-01", "change the process server", "ProcessServerNotConnected")
    assert "It is off, or its services do not run" in failed["message"] and failed["correlation_id"] and failed["cure"].startswith("Start it")
    assert rehearsal.carried("ps-app-02")[0] == 1


def test_what_the_vault_does_not_show_is_not_said_to_be_done(rehearsal, monkeypatch):
    monkeypatch.setattr(registration_view.VaultView, "LIMIT_SECONDS", 1)

    def forget(request):
        # The service ends the job well, and its machines stay where they were.
        for item in rehearsal.server.protected_items.values():
            item["properties"]["providerSpecificDetails"]["processServerId"] = rehearsal.server.server(SOURCE).id
        return False

    rehearsal.world.faults.add(method="GET", path="replicationProtectedItems", when=forget, nth="every", status=500)
    result = rehearsal.run(named("app-front-01"))
    (failed,) = result["failed_servers"]
    assert failed["step"] == "prove it in the vault" and "not there are app-front-01" in failed["message"] and "portal" in failed["cure"]


def test_a_job_that_succeeds_in_part_tells_why(rehearsal, monkeypatch):
    monkeypatch.setattr(registration_view.VaultView, "LIMIT_SECONDS", 1)
    front = next(item for item in rehearsal.server.protected_items.values() if item["properties"]["friendlyName"] == "app-front-02")
    told = {"code": "78234", "message": "A snapshot locks app-front-02.", "possibleCauses": "", "recommendedAction": "Remove the snapshot."}

    def leave_one(request):
        # The operation has succeeded; the job says that it did so in part.
        for vault in rehearsal.world.site_recovery.vaults.values():
            for job in vault.jobs.values():
                if job.kind.scenario == "ProcessServerFailover":
                    job.state, job.errors = "PartiallySucceeded", [{"serviceErrorDetails": told, "providerErrorDetails": None}]
        front["properties"]["providerSpecificDetails"]["processServerId"] = rehearsal.server.server(SOURCE).id
        return False

    rehearsal.world.faults.add(method="GET", path="replicationProtectedItems", when=leave_one, nth="every", status=500)
    result = rehearsal.run(named("app-front-01", "app-front-02"))
    (failed,) = result["failed_servers"]
    assert (failed["step"], failed["code"], failed["cure"][:20]) == ("prove it in the vault", "78234", "Remove the snapshot.")
    for words in ("not there are app-front-02", "the job ended as PartiallySucceeded: A snapshot locks app-front-02"):
        assert words in failed["message"], failed["message"]


def test_a_switch_that_never_ends_is_waited_for_once(rehearsal):
    begin_elsewhere(rehearsal, ["db-main-01"], 3600)
    result = rehearsal.run(*(named(machine) for machine in APP[:1]), *(named(machine, target="ps-app-02") for machine in APP[1:2]), timeout=3)
    assert len(result["failed_servers"]) == 2 and rehearsal.sent() == []
    assert all("last seen: InProgress" in one["message"] and "cancel it there" in one["cure"] for one in result["failed_servers"])
    first, second = sorted(step["seconds"] for step in rehearsal.progress.timeline if step["step"] == "join the switch that runs already")
    assert first < 2 and second >= 3


def test_machines_and_networks_that_may_not_be_read_are_said_not_to_be_known(rehearsal):
    rehearsal.world.faults.add(method="GET", path="/virtualMachines$", nth="every", status=403, code="AuthorizationFailed", message="no")
    result = rehearsal.run(named("app-front-01"))
    assert result["failed_servers"] == [] and any("AuthorizationFailed" in text for text in result["warnings"])


def test_everything_of_a_server_whose_count_is_old_is_looked_at_before_anything_is_sent(rehearsal):
    # Everything left it, and its last report is from before.
    rehearsal.run(named(*APP))
    rehearsal.run(named(*APP, source="ps-app-01", target="ps-app-02"))
    rehearsal.world.call(lambda: rehearsal.server.shown_server(rehearsal.server.server("ps-app-01").id).update(machineCount="5"))
    result = rehearsal.run({"from": "ps-app-01", "to": "ps-app-02"})
    assert result["failed_servers"] == [] and rehearsal.sent() == [] and result["switches"][0]["job_id"] is None


def test_check_mode_writes_nothing(rehearsal):
    result = rehearsal.run(named(*APP), {"from": "ps-app-01", "to": "ps-app-02", "machines": ["db-main-01"]}, check=True)
    assert rehearsal.world.log.writes() == [] and result["changed"]
    assert [len(diff["after"]["to"]["machines"]) for diff in result["diff"]] == [5, 0]
    # It is still where the first one would take it from.
    assert "uses CS-ONPREM-01" in result["failed_servers"][0]["message"]


def test_a_vault_that_has_no_such_configuration_server(rehearsal):
    with pytest.raises(Refusal, match="CS-NOWHERE"):
        rehearsal.run(named("app-front-01"), configuration_server="CS-NOWHERE")
