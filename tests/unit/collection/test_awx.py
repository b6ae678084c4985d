"""The data for AWX fit each other: what one file names, another has."""

from __future__ import annotations

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


@pytest.fixture(scope="module")
def survey():
    return load("controller/survey.yml")["azure_dr_survey"]["spec"]


@pytest.fixture(scope="module")
def credential_type():
    (one,) = load("controller/credential_types.yml")["controller_credential_types"]
    return one


@pytest.fixture(scope="module")
def templates():
    return load("controller/job_templates.yml")["controller_templates"]


def test_job_templates_start_playbooks_of_the_project_with_credentials_of_known_types(templates, credential_type):
    for template in templates:
        assert (AWX / "project" / template["playbook"]).exists()
        assert set(template["credentials"]) <= BUILT_IN_CREDENTIALS | {credential_type["name"]}
        assert template["survey"] == "{{ azure_dr_survey }}"


def test_the_look_is_in_check_mode_with_diff(templates):
    look, do = templates
    assert (look["job_type"], look["diff_mode"]) == ("check", True)
    assert do["job_type"] == "run"


def test_the_workflow_looks_then_asks_then_does(templates):
    (workflow,) = load("controller/workflows.yml")["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
    names = {template["name"]: template["job_type"] for template in templates}
    order, here = [], "look"
    while here:
        node = nodes[here]
        order.append(names.get(node.get("unified_job_template"), "approval" if "approval_node" in node else None))
        (here,) = node.get("success_nodes") or [None]
    assert order == ["check", "approval", "run"]


def test_the_project_reads_what_survey_and_credential_give(survey, credential_type):
    text = (AWX / "project" / "prepare_failback.yml").read_text()
    read = set(re.findall(r"\bazure_dr_\w+", text))
    answered = {question["variable"] for question in survey}
    injected = set(credential_type["injectors"]["extra_vars"])
    assert read == {name for name in answered | injected if name.startswith("azure_dr_")}


def test_the_other_answers_are_variables_of_the_playbook(survey):
    meta = yaml.safe_load((AWX.parents[1] / "playbooks/prepare_failback.meta.yml").read_text())
    described = set(meta["argument_specs"]["prepare_failback"]["options"])
    assert {question["variable"] for question in survey if not question["variable"].startswith("azure_dr_")} <= described


def test_the_survey_asks_for_no_secret_and_its_defaults_can_be_read(survey):
    for question in survey:
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
