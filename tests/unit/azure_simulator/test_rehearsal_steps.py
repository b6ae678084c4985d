"""What a rehearsal runs: the main job, or the steps that a scenario names."""

from __future__ import annotations

import json

import pytest
from tests.azure_simulator import rehearse
from tests.azure_simulator.errors import ScenarioError
from tests.azure_simulator.rehearsal_steps import ours, rehearsal_of, what_is_left
from tests.azure_simulator.running import running

VARIABLES = {"vault_name": "vault-dr", "process_servers": [{"name": "ps-1"}], "installer": {"url": "https://…"}}


def test_without_a_section_the_main_job_runs_once(tmp_path):
    rehearsal = rehearsal_of({}, VARIABLES, tmp_path)
    (step,) = rehearsal.steps
    assert (step.playbook, step.variables, step.files, rehearsal.runs, rehearsal.nothing_left) == ("prepare_failback", VARIABLES, (), 1, False)


@pytest.mark.parametrize("said, asked, runs", [(None, None, 1), (2, None, 2), (2, 1, 1), (None, 3, 3)])
def test_how_often_a_step_runs(tmp_path, said, asked, runs):
    assert rehearsal_of({} if said is None else {"runs": said}, {}, tmp_path, asked).runs == runs


@pytest.mark.parametrize("section, asked", [({"runs": 0}, None), ({"runs": "2"}, None), ({"runs": True}, None), ({}, 0), ({}, -1)])
def test_a_step_runs_at_least_once(tmp_path, section, asked):
    with pytest.raises(ScenarioError, match="once or more"):
        rehearsal_of(section, {}, tmp_path, asked)


def test_steps_in_their_order_with_variables_of_their_own(tmp_path):
    plan = {"playbook": "plan_failback", "without": ["process_servers"], "variables": {"plan_file": "{work}/plan.yml", "ports": [9443]}}
    prepare = {"title": "Prepare", "playbook": "prepare_failback", "files": ["{work}/plan.yml"]}
    first, second = rehearsal_of({"steps": [plan, prepare]}, VARIABLES, tmp_path).steps
    assert first.title == "plan_failback" and second.title == "Prepare"
    assert first.variables == {"vault_name": "vault-dr", "installer": VARIABLES["installer"], "plan_file": f"{tmp_path}/plan.yml", "ports": [9443]}
    assert second.variables == VARIABLES and second.files == (f"{tmp_path}/plan.yml",)


@pytest.mark.parametrize(
    "section, words",
    [
        ({"steps": [{"title": "Nothing"}]}, "step 1 of the rehearsal has no playbook"),
        ({"steps": [{"playbook": "one"}, {"playbook": "two", "extra": {}}]}, "step 2 of the rehearsal: extra is not known"),
        ({"steps": [{"playbook": "one", "without": ["passphrase"]}]}, "without passphrase, which is no variable"),
        ({"step": []}, "no step"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path, section, words):
    with pytest.raises(ScenarioError, match=words):
        rehearsal_of(section, VARIABLES, tmp_path)


def test_the_command_names_the_files_of_variables_in_the_order_in_which_the_later_wins(tmp_path):
    (step,) = rehearsal_of({"steps": [{"playbook": "prepare_failback", "files": ["{work}/plan.yml"]}]}, VARIABLES, tmp_path).steps
    command = rehearse.command_for(step, tmp_path)
    own = tmp_path / "variables.json"
    assert command[3:] == ["playbook", "azure_dr.site_recovery.prepare_failback", "--extra-vars", f"@{own}", "--extra-vars", f"@{tmp_path}/plan.yml"]
    assert json.loads(own.read_text()) == VARIABLES and own.stat().st_mode & 0o077 == 0


def test_changed_tasks_of_any_module_count():
    lines = [
        {"task": "Write the plan", "action": "ansible.builtin.copy", "status": "ok", "result": {"changed": True}},
        {"task": "Look", "action": "azure_dr.site_recovery.process_server_info", "status": "ok", "result": {"changed": False}},
        {"task": "Show", "action": "ansible.builtin.debug", "status": "ok", "result": {}},
    ]
    assert rehearse.changes_in("\n".join(map(json.dumps, lines))) == ["Write the plan"]
    assert rehearse.changes_in("") == []


def test_what_is_left_is_told_by_kind_and_what_is_not_ours_is_not_told():
    with running("three_networks") as world:
        assert not any(ours(world).values())

        def leave():
            world.compute.by_name("app-front-01").body["tags"] = {"azure_dr_owner": "azure_dr.site_recovery"}
            server = world.site_recovery.configuration_server("CS-ONPREM-01")
            server.register({"name": "ps-old", "address": "192.0.2.7"}, world.clock.now())

        world.call(leave)
        found = ours(world)
    assert found["machines"] == ["app-front-01"] and found["process servers listed"] == ["ps-old"]
    assert what_is_left(found).splitlines() == [
        "  machines: app-front-01",
        "  network interfaces: none",
        "  disks: none",
        "  public addresses: none",
        "  process servers listed: ps-old",
    ]
