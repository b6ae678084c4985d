"""One of three servers fails: the two others are finished, the message helps, and the next run does the rest and no more."""

from __future__ import annotations

import pytest

from tests.azure_simulator.running import running
from tests.playbooks.support.hosts import left_behind, setups_started
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, with_listeners
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task

APP, DB, WEB = SERVERS
HTML = "<html><head><title>503</title></head><body><h2>Our services aren't available right now</h2></body></html>"

# Run by run: server -> (what the service answers to the PUT of its machine, the error's code, words of the message).
REFUSALS = [
    {
        APP: (
            dict(
                status=400, code="ResourcePurchaseValidationFailed", message="Legal terms have not been accepted for this item on this subscription."
            ),
            "ResourcePurchaseValidationFailed",
            ["Legal terms have not been accepted", "az vm image terms accept"],
        ),
        DB: (
            dict(
                status=403, code="LinkedAuthorizationFailed", message="The client does not have permission to perform the action on the linked scope."
            ),
            "LinkedAuthorizationFailed",
            ["on the linked scope", "Give the identity a role"],
        ),
        WEB: (
            dict(status=500, code="InternalExecutionError", message="An internal execution error occurred. Please retry later."),
            "InternalExecutionError",
            ["internal execution error"],
        ),
    },
    {
        APP: (dict(status=503, body=HTML, headers={"Content-Type": "text/html"}), "HTTP 503", ["Our services aren't available right now"]),
        # Longer than anybody wants to wait in silence.
        DB: (
            dict(status=429, code="TooManyRequests", message="The request is being throttled.", headers={"Retry-After": "1200"}),
            "TooManyRequests",
            ["being throttled", "run again later"],
        ),
        WEB: (dict(cut=True), "no answer", ["Check name resolution, the proxy settings"]),
    },
    {
        DB: (
            dict(
                status=409,
                code="OperationNotAllowed",
                message="Operation results in exceeding quota limits of Core. Maximum allowed: 100, Current in use: 96.",
            ),
            "OperationNotAllowed",
            ["exceeding quota limits of Core", "raise it, or choose a smaller size"],
        ),
    },
]


def test_machines_that_cannot_be_made(ansible):
    """Each refusal is told in the service's own words; the others are finished; and nothing is made twice, whatever was refused."""
    with running("three_networks", QUICK) as world:
        for nth, refusals in enumerate(REFUSALS, 1):
            for server, (answer, _code, _words) in refusals.items():
                world.faults.add(method="PUT", path=f"/virtualMachines/{server}$", nth=nth, **answer)
        tries = [{**task("process_server_vm", f"Try {number}"), "ignore_errors": True} for number in range(len(REFUSALS))]
        run = ansible.play(world, playbook=[*tries, task("process_server_vm", "Do the rest")])
        assert run.code == 0, run.output
        *refused, done = run.of("process_server_vm")
        for nth, (result, refusals) in enumerate(zip(refused, REFUSALS, strict=True), 1):
            assert [one["name"] for one in result["failed_servers"]] == list(refusals)
            for failed in result["failed_servers"]:
                _answer, code, words = refusals[failed["name"]]
                assert (failed["step"], failed["code"]) == ("create the machine", code)
                for expected in (failed["name"], "step create the machine", code, *words):
                    assert expected in result["msg"], result["msg"]
                (request,) = [entry for entry in world.log.select("PUT", f"/virtualMachines/{failed['name']}$") if entry["nth"] == nth]
                if request["status"] != "cut":
                    assert failed["correlation_id"] == request["correlation_id"] and request["correlation_id"] in result["msg"]
        outcomes = [[(server["action"], server["failed"]) for server in result["process_servers"]] for result in (*refused, done)]
        assert outcomes[2] == [("create", False), ("create", True), ("create", False)]
        assert outcomes[3] == [("none", False), ("create", False), ("none", False)]
        assert world.log.count("PUT", "/networkInterfaces/ps-") == 3
        # Three machines with two disks each.
        assert len(world.call(lambda: world.compute.billable("azure_dr.site_recovery"))) == 9


def test_trouble_that_passes_is_not_noticed_and_trouble_that_stays_is_told(ansible):
    """Tokens live for seconds and the services stumble, through machines and registrations; one server cannot be reached."""
    short_lived = {**QUICK, "world": {**QUICK["world"], "token": {"lifetime_seconds": 3}}}
    with running("three_networks", short_lived) as world:
        passing = [
            world.faults.add(
                method="PUT", path=f"/virtualMachines/{APP}$", status=429, code="TooManyRequests", message="Throttled.", headers={"Retry-After": "1"}
            ),
            world.faults.add(method="GET", path=f"/virtualMachines/{WEB}$", status=503, body=HTML, headers={"Content-Type": "text/html"}),
            world.faults.add(method="GET", path=f"/virtualMachines/{DB}$", cut=True),
            # The machine is made and the answer lost: it is looked for, not made again.
            world.faults.add(method="PUT", path=f"/virtualMachines/{DB}$", cut=True, after=True),
            world.faults.add(method="GET", path="/replicationFabrics$", status=500, code="InternalServerError", message="An error occurred."),
            world.faults.add(
                method="POST", path="/refreshProvider$", status=429, code="TooManyRequests", message="Throttled.", headers={"Retry-After": "1"}
            ),
            world.faults.add(method="GET", path="/replicationOperationStatus/|/operationresults/", cut=True),
            world.faults.add(method="GET", path=f"/{WEB}/runCommands/", nth=2, cut=True),
        ]
        stays = world.faults.add(
            method="PUT",
            path=f"/{DB}/runCommands/",
            nth="every",
            status=409,
            code="OperationNotAllowed",
            message="Run command extension execution is in progress.",
        )
        run = ansible.play(world, playbook=[task("process_server_vm"), task("process_server_registration")])
        assert run.code != 0
        assert [rule.played for rule in passing] == [1] * len(passing)
        machines, registration = (one["result"] for one in run.tasks)
        assert machines["failed_servers"] == []
        (failed,) = registration["failed_servers"]
        assert (failed["name"], failed["step"], failed["code"]) == (DB, "learn the WinRM certificate", "OperationNotAllowed")
        refused = world.log.select("PUT", f"/{DB}/runCommands/")[-1]
        for words in (
            DB,
            "learn the WinRM certificate",
            "extension execution is in progress",
            refused["correlation_id"],
            "Running again takes up where this run stopped",
        ):
            assert words in registration["msg"]
        assert [server.get("state") for server in registration["process_servers"]] == ["registered", None, "registered"]
        assert world.log.count("POST", host="login.microsoftonline.com") > 2

        stays.when = lambda _request: False
        rest = ansible.play(world, playbook=[task("process_server_registration")])
        assert rest.code == 0, rest.output
        assert [server["action"] for server in rest.of("process_server_registration")[0]["process_servers"]] == ["none", "register", "none"]
        assert [setups_started(world, name) for name in SERVERS] == [1, 1, 1]
        assert [left_behind(world, name) for name in SERVERS] == [[], [], []]


@pytest.fixture
def ready():
    with running("three_networks", QUICK) as world:
        make_machines(world)
        yield world, with_listeners(world)


def test_a_server_that_breaks_off_while_it_is_set_up(ansible, ready, monkeypatch):
    """WinRM is started anew on one server and the other is switched off, in the middle of a step; the third is finished."""
    world, servers = ready
    scripts = Scripts(monkeypatch)
    windows = world.windows

    def restart_winrm(_server):
        host = windows.host_named(APP)
        if scripts.of(APP).count("download_file") == 1:
            world.later(0.05, lambda: windows.hooks.listen(host, host.listeners[0]))

    def switch_off(_server):
        if scripts.of(DB).count("extract_installer") == 1:
            machine = world.compute.by_name(DB)
            world.later(0.05, lambda: world.compute.deallocate(machine.id))

    scripts.before("download_file", restart_winrm, APP)
    scripts.before("extract_installer", switch_off, DB)
    run = ansible.play(world, {"process_servers": servers}, [task("process_server_registration")])
    assert run.code != 0
    result = run.of("process_server_registration")[0]
    failed = {server["name"]: server for server in result["failed_servers"]}
    assert sorted(failed) == [APP, DB], run.output
    assert failed[APP]["step"] == "download the installer" and failed[DB]["step"] == "extract the installer"
    assert all(one["code"] and one["cure"] for one in failed.values()), failed
    assert result["process_servers"][2]["state"] == "registered"

    def start():
        world.compute.by_name(DB).power = "running"
        windows.start(world.compute.by_name(DB).id)

    world.call(start)
    rest = ansible.play(world, {"process_servers": servers}, [task("process_server_registration")])
    assert rest.code == 0, rest.output
    assert [server["action"] for server in rest.of("process_server_registration")[0]["process_servers"]] == ["register", "register", "none"]
    assert [setups_started(world, name) for name in SERVERS] == [1, 1, 1]
