"""Machines move from one process server to another: looked at first, done, done again; what is refused, and a fault."""

from __future__ import annotations

from tests.azure_simulator.running import running
from tests.playbooks.support.hosts import CONFIGURATION_SERVER as SOURCE
from tests.playbooks.support.prepared import QUICK, SERVERS, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.tasks import task
from tests.playbooks.support.waiting import until

APP, DB, WEB = SERVERS
MODULE, PLAYBOOK = "process_server_switch", "azure_dr.site_recovery.switch_process_servers"
# Beside the configuration server, what takes no process server; and a second configuration server with one of its own.
OTHERS = {
    "VMM-01": {"kind": "VMM"},
    "CS-OTHER": {"kind": "VMware", "address": "10.99.0.1", "version": "9.62.7096.1", "process_servers": {"ps-other": {"address": "10.99.0.2"}}},
}
MODERNIZED = {
    "subscription": "5a1e0000-0000-4000-8000-000000000001",
    "resource_group": "rg-dr",
    "location": "westeurope",
    "fabrics": {"vmware-site-01": {"kind": "InMageRcm", "appliances": {"asr-appliance-01": {"address": "10.99.0.9"}}}},
}
VAULTS = {"vault-dr": {"fabrics": OTHERS}, "vault-modern": MODERNIZED}
CHANGES = {**QUICK, "site_recovery": {**QUICK["site_recovery"], "vaults": VAULTS}}


def named(target, *machines, source=SOURCE):
    return {"from": source, "to": target, "machines": list(machines)}


def shown(result, name):
    """The diff of one switch, as ``{side: machines}`` before and after."""
    (diff,) = [one for one in result["diff"] if one["after_header"] == name]
    return [{side: diff[when][side]["machines"] for side in ("from", "to")} for when in ("before", "after")]


def moves(world):
    """The jobs that moved machines, or tried to."""
    jobs = world.call(lambda: [job for vault in world.site_recovery.vaults.values() for job in vault.jobs.values()])
    return [job for job in jobs if job.kind.scenario == "ProcessServerFailover"]


def mistakes(world):
    """(name, options, words the message must have)"""
    some = [named(APP, "app-front-01")]
    both = {"switches": [named(APP, "app-front-01"), named(f"127.{world.octet}.2.10", "app-front-01")]}
    return [
        ("no switch at all", {"switches": []}, ["switches", "empty"]),
        ("an unknown server", {"switches": [named("ps-nowhere", "app-front-01")]}, ["ps-nowhere", APP]),
        ("an unknown machine", {"switches": [named(APP, "nobody")]}, ["nobody", SOURCE]),
        ("from and to the same", {"switches": [named(f"127.{world.octet}.1.10", source=APP)]}, ["empty list"]),
        ("from and to the same by address", {"switches": [{"from": APP, "to": f"127.{world.octet}.1.10"}]}, ["the same process server"]),
        ("no machines", {"switches": [named(APP)]}, ["empty list", "leave it out"]),
        ("a machine twice", both, ["app-front-01", "also named"]),
        ("a server of another configuration server", {"switches": [{"from": SOURCE, "to": "ps-other"}]}, ["CS-OTHER", SOURCE]),
        ("a server that is registered twice", {"switches": [named(WEB, "web-01")]}, ["2 process servers", WEB, "id"]),
        ("a dead target", {"switches": [named(DB, "db-main-01")]}, [DB, "gives no heartbeat"]),
        ("a network that does not reach it", {"switches": [named(APP, "web-01", "web-02")]}, ["web-01, web-02", "vnet-web", "accept_unreached"]),
        ("a machine that is on neither", {"switches": [named(APP, "app-front-01", source=DB)]}, ["app-front-01 uses", SOURCE]),
        ("a VMM server", {"configuration_server": "VMM-01", "switches": some}, ["VMM-01", "VMM server", "classic configuration servers only"]),
        ("an unknown configuration server", {"configuration_server": "CS-NOWHERE", "switches": some}, ["CS-NOWHERE", SOURCE]),
        ("several configuration servers", {"configuration_server": "", "switches": some}, ["2 configuration servers", "fabric id"]),
        ("a modernized vault", {"vault_name": "vault-modern", "configuration_server": "", "switches": some}, ["modernized", "no process server"]),
    ]


def test_machines_are_looked_at_moved_and_then_left_alone(ansible):
    with running("three_networks", QUICK) as world:
        register_servers(world)
        switches = {"switches": [named(APP, "app-front-01", "app-front-02"), named(f"127.{world.octet}.3.10", "web-01")]}
        since = len(world.log.requests)
        look = ansible.play(world, switches, PLAYBOOK, ["--check", "--diff"])
        assert look.code == 0 and arm_writes(world, since) == [], look.output
        (result,) = look.of(MODULE)
        assert result["changed"] and [one["machines"] for one in result["switches"]] == [["app-front-01", "app-front-02"], ["web-01"]]
        before, after = shown(result, f"{SOURCE} to {APP}")
        assert (len(before["from"]), before["to"], len(after["from"]), after["to"]) == (12, [], 10, ["app-front-01", "app-front-02"])
        assert f"+++ after: {SOURCE} to {APP}" in look.output

        # One of the two is forbidden, and the other is made all the same.
        world.faults.add(method="POST", path="reassociateGateway", nth=2, status=403, code="AuthorizationFailed", message="not for you")
        done = ansible.play(world, switches, PLAYBOOK)
        (result,) = done.of(MODULE)
        (failed,) = result["failed_servers"]
        assert done.code != 0 and failed["code"] == "AuthorizationFailed" and failed["correlation_id"]
        assert failed["message"] in done.failures[0] and "1 switch failed" in done.failures[0]
        done = ansible.play(world, switches, PLAYBOOK)
        assert done.code == 0, done.output
        result = [*result["switches"], *done.of(MODULE)[0]["switches"]]
        assert sorted(name for one in result if not one["failed"] for name in one["machines"]) == ["app-front-01", "app-front-02", "web-01"]
        (stats,) = [one["result"] for one in done.tasks if one["action"] == "ansible.builtin.set_stats"]
        handed_on = stats["ansible_stats"]["data"]["process_servers_switched"]
        assert [one["to"]["name"] for one in handed_on] == [APP, WEB] and all({"name", "from", "machines", "job_id"} < set(one) for one in handed_on)
        for step in ("change the process server", "prove it in the vault"):
            assert f"| {step} | finished |" in done.output, done.output

        since = len(world.log.requests)
        again = ansible.play(world, switches, PLAYBOOK)
        assert again.code == 0 and again.changed == [] and arm_writes(world, since) == [], again.output
        assert len(arm_requests(world, since)) <= 5

        # Everything of a server that is gone for good goes to another one, in another network, where a person says so; killed
        # when the service has accepted it, the next run finds what was begun, and begins no second one.
        world.call(lambda: world.site_recovery.configuration_server(SOURCE).silence(WEB))
        whole, begun = {"from": WEB, "to": APP}, len(moves(world))
        killed = ansible.start(world, {"switches": [whole], "accept_unreached": "true"}, PLAYBOOK)
        until(lambda: len(moves(world)) > begun or killed.poll() is not None)
        ansible.kill(killed)
        run = ansible.play(world, {"switches": [whole], "accept_unreached": "true"}, PLAYBOOK)
        assert run.code == 0 and len(moves(world)) == begun + 1, run.output
        (one,) = run.of(MODULE)[0]["switches"]
        assert (one["update_type"], one["counts"]["from"]["machines_after"], one["to"]["machines"][-1]) == ("SystemLevel", 0, "web-01")
        assert ansible.play(world, {"switches": [whole]}, PLAYBOOK).changed == []


def test_what_is_refused_before_anything_is_sent(ansible):
    with running("three_networks", CHANGES) as world:
        register_servers(world)

        def spoil():
            server = world.site_recovery.configuration_server(SOURCE)
            server.register({"name": WEB, "address": f"127.{world.octet}.3.77", "host_id": "another"}, world.clock.now())
            server.silence(DB)
            server.report(world.clock.now())

        world.call(spoil)
        since = len(world.log.requests)
        table = mistakes(world)
        run = ansible.play(world, playbook=[{**task(MODULE, name, **options), "ignore_errors": True} for name, options, _words in table])
        assert len(run.tasks) == len(table), run.output
        wrong = []
        for one, (name, _options, words) in zip(run.tasks, table, strict=True):
            message = one["result"].get("msg", "")
            if one["status"] != "failed" or not all(word in message for word in words):
                wrong.append((name, one["status"], message))
        assert wrong == []
        assert arm_writes(world, since) == [] and "Traceback" not in run.output
