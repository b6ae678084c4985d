"""The data for AWX fit each other: what one file names, another has."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
import yaml

AWX = pathlib.Path(__file__).parents[3] / "docs" / "awx"
BUILT_IN_CREDENTIALS = {"Azure DR application"}


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(name):
    return yaml.load((AWX / name).read_text(), Loader=Loader)  # noqa: S506  # a SafeLoader


PLAYBOOKS = sorted(path.stem for path in (AWX.parents[1] / "playbooks").glob("*.yml") if not path.name.endswith(".meta.yml"))
# Jobs that only look have no twin in check mode.
READ_ONLY = {"plan_failback", "find_leftover_process_servers"}
# What a job before hands on with set_stats, and a playbook of the project reads.
HANDED_ON = {"failback_process_servers"}


@pytest.fixture(scope="module")
def surveys():
    return load("controller/survey.yml")["azure_dr_surveys"]


@pytest.fixture(scope="module")
def credential_type():
    (one,) = load("controller/credential_types.yml")["controller_credential_types"]
    return one


@pytest.fixture(scope="module")
def templates():
    return load("controller/job_templates.yml")["controller_templates"]


@pytest.fixture(scope="module")
def workflows():
    return load("controller/workflows.yml")["controller_workflows"]


def survey_of(thing, surveys):
    return surveys[re.fullmatch(r"{{ azure_dr_surveys\.(\w+) }}", thing["survey"])[1]]


def project(playbook):
    """The play of the project that starts a playbook of ours."""
    (play,) = yaml.safe_load((AWX / "project" / f"{playbook}.yml").read_text())
    return play


def reads(playbook):
    """The variables that the project's play reads to make those of our playbook."""
    return set(re.findall(r"\b(?:azure_dr|failback)_\w+", json.dumps(project(playbook).get("vars", {}))))


def test_every_playbook_has_a_play_of_the_project_and_job_templates(templates):
    assert sorted(path.stem for path in (AWX / "project").glob("*.yml")) == PLAYBOOKS
    for playbook in PLAYBOOKS:
        assert project(playbook)["ansible.builtin.import_playbook"] == f"azure_dr.site_recovery.{playbook}"
        jobs = [template["job_type"] for template in templates if template["playbook"] == f"{playbook}.yml"]
        assert jobs == (["run"] if playbook in READ_ONLY else ["check", "run"]), playbook


def test_job_templates_take_credentials_of_known_types_and_the_survey_of_their_playbook(templates, credential_type, surveys):
    for template in templates:
        assert set(template["credentials"]) <= BUILT_IN_CREDENTIALS | {credential_type["name"]}
        playbook = template["playbook"].removesuffix(".yml")
        assert survey_of(template, surveys) is surveys[playbook]
        # The secrets go where they are read, and nowhere else.
        secret = any(name in reads(playbook) for name in credential_type["injectors"]["extra_vars"])
        assert (credential_type["name"] in template["credentials"]) is secret, template["name"]


def test_the_look_is_in_check_mode_with_diff_and_only_one_run_works_at_a_time(templates):
    for template in templates:
        if template["job_type"] == "check":
            assert template["diff_mode"] is True
        elif template["playbook"].removesuffix(".yml") not in READ_ONLY:
            assert template["allow_simultaneous"] is False


def test_workflows_look_or_plan_then_ask_then_do(workflows, templates):
    jobs = {template["name"]: template for template in templates}
    for workflow in workflows:
        nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
        order, here = [], workflow["simplified_workflow_nodes"][0]["identifier"]
        while here:
            node = nodes.pop(here)
            order.append(jobs[node["unified_job_template"]] if "unified_job_template" in node else "approval")
            (here,) = node.get("success_nodes") or [None]
        assert nodes == {}, workflow["name"]
        look, approval, do, *after = order
        assert approval == "approval" and do["job_type"] == "run" and do["playbook"].removesuffix(".yml") not in READ_ONLY
        assert (look["job_type"], look["playbook"]) in (("check", do["playbook"]), ("run", "plan_failback.yml"))
        assert all(job["playbook"].removesuffix(".yml") in READ_ONLY for job in after)


def test_a_workflow_asks_for_all_that_its_jobs_need_and_that_no_job_before_hands_on(workflows, templates, surveys):
    jobs = {template["name"]: template["playbook"].removesuffix(".yml") for template in templates}
    for workflow in workflows:
        asked = {question["variable"] for question in survey_of(workflow, surveys)["spec"]}
        playbooks = [jobs[node["unified_job_template"]] for node in workflow["simplified_workflow_nodes"] if "unified_job_template" in node]
        for playbook in playbooks:
            needed = {question["variable"] for question in surveys[playbook]["spec"] if question["required"]}
            handed_on = {"azure_dr_process_servers"} if "plan_failback" in playbooks and playbook != "plan_failback" else set()
            assert needed - handed_on <= asked, (workflow["name"], playbook)
            # What a workflow is asked wins over what a job hands on.
            assert not asked & handed_on, workflow["name"]


def test_the_project_reads_what_survey_credential_and_earlier_jobs_give(surveys, credential_type):
    injected = set(credential_type["injectors"]["extra_vars"])
    for playbook in PLAYBOOKS:
        answered = {question["variable"] for question in surveys[playbook]["spec"] if question["variable"].startswith("azure_dr_")}
        assert reads(playbook) - injected - HANDED_ON == answered, playbook
    assert injected == set().union(*(reads(playbook) for playbook in PLAYBOOKS)) & injected


def test_what_is_handed_on_is_set_by_a_role():
    roles = AWX.parents[1] / "roles"
    stats = set()
    for path in roles.rglob("tasks/*.yml"):
        stats.update(*(task["ansible.builtin.set_stats"]["data"] for task in yaml.safe_load(path.read_text()) if "ansible.builtin.set_stats" in task))
    # The second one has the name of the variable that prepare_failback reads.
    assert HANDED_ON | {"failback_plan"} <= stats


def test_answers_and_what_the_project_gives_are_variables_of_the_playbooks(surveys):
    for playbook in PLAYBOOKS:
        meta = yaml.safe_load((AWX.parents[1] / f"playbooks/{playbook}.meta.yml").read_text())
        described = set(meta["argument_specs"][playbook]["options"])
        answered = {question["variable"] for question in surveys[playbook]["spec"] if not question["variable"].startswith("azure_dr_")}
        assert answered | set(project(playbook).get("vars", {})) <= described, playbook


def test_surveys_ask_for_no_secret_and_their_defaults_can_be_read(surveys):
    for question in (question for one in surveys.values() for question in one["spec"]):
        assert question["type"] in ("text", "textarea") and not re.search("password|passphrase|secret", question["variable"])
        if question["type"] == "textarea":
            assert yaml.safe_load(question["default"])


def test_each_input_of_the_credential_is_injected_and_secrets_are_marked(credential_type):
    fields = {field["id"]: field for field in credential_type["inputs"]["fields"]}
    injected = credential_type["injectors"]["extra_vars"]
    assert {name.removeprefix("azure_dr_"): value for name, value in injected.items()} == {name: f"{{{{ {name} }}}}" for name in fields}
    assert {name for name, field in fields.items() if field.get("secret")} == {name for name in fields if re.search("password|passphrase", name)}
    assert set(credential_type["inputs"]["required"]) <= set(fields)


def test_the_project_asks_for_this_collection():
    (one,) = load("project/collections/requirements.yml")["collections"]
    galaxy = yaml.safe_load((AWX.parents[1] / "galaxy.yml").read_text())
    assert one == {"name": f"{galaxy['namespace']}.{galaxy['name']}", "version": f">={galaxy['version']}"}
