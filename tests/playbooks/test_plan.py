"""From a vault to a plan file, and from the file to process servers: what a person reviews is what is made, and nothing else."""

from __future__ import annotations

import copy

import yaml

from tests import shared
from tests.azure_simulator.running import running
from tests.playbooks.support import canaries, prepared
from tests.playbooks.support.ansible import COLLECTION
from tests.playbooks.support.requests import arm_writes

PLAN = f"{COLLECTION}.plan_failback"
RECORDING = "recordings/azure-powershell@2018-06-12/RecoveryServices.SiteRecovery.Test.AsrV2ATests/V2AFabricTests.json"


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it: a text that is marked as unsafe is a text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def secrets(world):
    """What the plan leaves to another file: installer, passphrase, and what all servers share."""
    variables = world.playbook_vars()
    shared_options = {**variables["process_server_defaults"], "admin_password": "cAnary-All+09/pw%9="}
    kept = {key: value for key, value in variables.items() if key not in ("process_servers", "vault_name", "vault_resource_group", "configuration_server")}
    return {**kept, "process_server_defaults": shared_options}


def only_secrets(world, monkeypatch):
    """The world hands out no list and no vault: all of that has to come from the plan file."""
    given = secrets(world)
    monkeypatch.setattr(world, "playbook_vars", lambda: copy.deepcopy(given))


def test_from_the_vault_to_registered_servers_and_back_to_the_same_plan(ansible, tmp_path, monkeypatch):
    file = tmp_path / "plan.yml"
    with running("three_networks", prepared.QUICK) as world:
        planned = ansible.play(world, {"plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert planned.code == 0 and len(planned.changed) == 1, planned.output
        text = file.read_text(encoding="utf-8")
        assert "cAnary" not in text and file.stat().st_mode & 0o777 == 0o640
        plan = load(file)
        assert [one["name"] for one in plan["process_servers"]] == ["ps-app-01", "ps-db-01", "ps-web-01"]

        again = ansible.play(world, {"plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert again.code == 0 and again.changed == [] and file.read_text(encoding="utf-8") == text, again.output
        assert arm_writes(world) == []

        only_secrets(world, monkeypatch)
        made = ansible.play(world, arguments=["--extra-vars", f"@{file}"])
        assert made.code == 0, made.output
        servers = made.of("process_server_registration")[0]["process_servers"]
        assert {one["name"]: one["state"] for one in servers} == {one["name"]: "registered" for one in plan["process_servers"]}

        # Its own effects are no difference, neither to the plan that is applied again nor to one that is made again.
        repeated = ansible.play(world, arguments=["--extra-vars", f"@{file}", "-vvvvv"])
        assert repeated.code == 0 and repeated.changed == [], repeated.output
        assert canaries.leaks(canaries.secrets_in(secrets(world)), repeated.output.encode()) == []
        vault = {key: plan[key] for key in ("vault_name", "vault_resource_group", "configuration_server")}
        replanned = ansible.play(world, {**vault, "plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert replanned.code == 0 and replanned.changed == [], replanned.output
        (told,) = replanned.of("failback_plan_info")
        assert [server["action"] for one in told["networks"] for server in one["process_servers"]] == ["adopt"] * 3


def item(world, name):
    """The properties of a protected item."""
    (vault,) = world.site_recovery.vaults.values()
    items = [one["properties"] for fabric in vault.fabrics for one in fabric.protected_items.values()]
    return next(one for one in items if one["friendlyName"] == name)


def test_a_moved_world_is_refused_before_anything_else(ansible, tmp_path, monkeypatch):
    file = tmp_path / "plan.yml"
    with running("three_networks") as world:
        file.write_text(prepared.plan_text(world), encoding="utf-8")
        only_secrets(world, monkeypatch)
        confused = ansible.play(world, arguments=["--extra-vars", f"@{file}", "--extra-vars", "configuration_server=CS-OTHER"])
        assert confused.code != 0 and "configuration_server is CS-OTHER, planned for CS-ONPREM-01" in confused.failures[0], confused.output
        world.call(lambda: item(world, "web-01").update(activeLocation="Primary"))
        world.call(lambda: item(world, "web-02").update(activeLocation="Primary"))
        moved = ansible.play(world, arguments=["--extra-vars", f"@{file}"])
        assert moved.code != 0 and moved.of("process_server_prerequisites_info") == [], moved.output
        (message,) = moved.failures
        assert "the world has moved" in message and "machine web-01 no longer runs in Azure" in message and "machine web-02 no longer" in message
        assert arm_writes(world) == []


def test_a_file_that_is_not_ours_alone_is_not_written_over_without_a_word(ansible, tmp_path):
    file = tmp_path / "plan.yml"
    with running("three_networks") as world:
        ours = prepared.plan_text(world)
        changed = ours.replace("size: Standard_A4_v2", "size: Standard_D4s_v3", 1)
        file.write_text(changed, encoding="utf-8")
        refused = ansible.play(world, {"plan_file": str(file)}, PLAN)
        assert refused.code != 0 and "somebody changed" in refused.failures[0] and file.read_text(encoding="utf-8") == changed, refused.output

        replaced = ansible.play(world, {"plan_file": str(file), "plan_file_replace": True}, PLAN)
        assert replaced.code == 0 and file.read_text(encoding="utf-8") == ours, replaced.output
        assert [path.read_text(encoding="utf-8") for path in tmp_path.glob("plan.yml.*")] == [changed]

        file.write_text("process_servers: []\n", encoding="utf-8")
        foreign = ansible.play(world, {"plan_file": str(file), "plan_file_replace": True}, PLAN, ["--check"])
        assert foreign.code != 0 and "no plan of this collection" in foreign.failures[0] and file.read_text(encoding="utf-8") == "process_servers: []\n"

        since = len(world.log.requests)
        wrong = ansible.play(world, {"plan_file": str(file), "plan_name_prefix": "much-too-long", "plan_bandwidth_mbps": -1}, PLAN)
        assert wrong.code != 0 and "name_prefix" in wrong.failures[0] and "bandwidth_mbps" in wrong.failures[0], wrong.output
        assert world.log.requests[since:] == [] and arm_writes(world) == []


def test_options_that_are_empty_relative_or_nonsense(ansible, tmp_path):
    names = ["resource_group", "subnet", "name_prefix", "bandwidth_mbps", "daily_change_percent", "drill_margin_hours"]
    empty = {**{f"plan_{name}": "" for name in names}, "plan_file_replace": ""}
    with running("three_networks") as world:
        # As AWX gives what nobody answered; and a file as the documentation names it, which the next command finds in the same folder.
        run = ansible.play(world, {**empty, "plan_file": "plan.yml"}, PLAN)
        assert run.code == 0 and run.of("failback_plan_info")[0]["estimate"]["drill_margin_hours"] == 24, run.output
        (file,) = tmp_path.glob("*/plan.yml")
        assert file.read_text(encoding="utf-8") == prepared.plan_text(world)
        assert not list(ansible.collections.rglob("playbooks/plan.yml"))

        none = ansible.play(world, {"plan_drill_margin_hours": 0}, PLAN)
        assert none.of("failback_plan_info")[0]["estimate"]["drill_margin_hours"] == 0, none.output

        since = len(world.log.requests)
        for name in ("drill_margin_hours", "daily_change_percent"):
            wrong = ansible.play(world, {f"plan_{name}": "a lot"}, PLAN)
            assert wrong.code != 0 and name in wrong.failures[0], wrong.output
        assert world.log.requests[since:] == []

        # A job that follows one without a plan, and a person who took the plan out of the file, compare nothing.
        for nothing in ("", None):
            run = ansible.play(world, {"failback_plan": nothing}, arguments=["--check"])
            assert run.code == 0 and run.of("failback_plan_info") == [] and run.of("process_server_vm"), run.output


def test_servers_for_networks_of_two_subscriptions_pass_the_checks(ansible, tmp_path, monkeypatch):
    file = tmp_path / "plan.yml"
    with running("scattered_machines") as world:
        # Whatever a machine is called, its name stays a name.
        written = tmp_path / "was-run"
        template = "{{ lookup('pipe', 'touch %s') }}" % written
        world.call(lambda: item(world, "app-moved-01").update(friendlyName=template))
        text = prepared.plan_text(world)
        assert template in text
        file.write_text(text, encoding="utf-8")
        only_secrets(world, monkeypatch)
        run = ansible.play(world, arguments=["--check", "--extra-vars", f"@{file}"])
        assert run.code == 0, run.output
        assert run.of("failback_plan_info")[0]["still_holds"] and not written.exists()
        (checked,) = run.of("process_server_prerequisites_info")
        assert checked["passed"] and {one["name"] for one in run.of("process_server_vm")[0]["process_servers"]} == {
            "ps-app-01",
            "ps-db-01",
            "ps-erp-spoke-01",
        }
        assert arm_writes(world) == []


def test_the_recorded_vault_has_a_plan_and_check_mode_shows_it(ansible, tmp_path):
    shared.needed(RECORDING)
    file = tmp_path / "plan.yml"
    with running("recorded_vault") as world:
        run = ansible.play(world, {"plan_file": str(file)}, PLAN, ["--check", "--diff"])
        assert run.code == 0 and arm_writes(world) == [] and not file.exists(), run.output
        assert run.output.count("+  - name: ps-") == 3 and "+    name: ScaleWinSrc03" in run.output, run.output
        assert "since November 2019" in run.output and "srpatnan-0420-1" in run.output
