"""The plan file: what Ansible reads is what was meant, whatever machines are called, and a person's changes are seen."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import plan_file, yaml_text


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it; what is marked as unsafe is kept apart."""


Loader.add_constructor("!unsafe", lambda loader, node: ("unsafe", loader.construct_scalar(node)))

TEXTS = [
    "vnet-app",
    "Standard_A4_v2",
    "West Europe",
    "/subscriptions/x/resourceGroups/y",
    "",
    " ",
    "yes",
    "No",
    "null",
    "~",
    "1.0",
    "0x10",
    "1e3",
    "2026-03-02",
    "12:30:45",
    "a: b",
    "a #b",
    "- a",
    "*alias",
    "&anchor",
    "!tag",
    "%x",
    "@x",
    "`x`",
    "{a}",
    "[a]",
    "'",
    '"',
    "back\\slash",
    "line\nend",
    "tab\tin",
    "Überwachung ☃",
    "\u0085 \u2028 \x07",
    "on",
    "y",
    "=",
    "<<",
    ".inf",
    ".nan",
    "-1",
    "a:",
    "x" * 300,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_it_was(text):
    assert yaml.load(f"key: {yaml_text.scalar(text)}\n", Loader) == {"key": text}


@pytest.mark.parametrize("text", ["{{ lookup('pipe', 'id') }}", "a {% if x %}", "x {# y", "}}", "%}"])
def test_what_looks_like_a_template_is_never_one(text):
    assert yaml.load(f"key: {yaml_text.scalar(text)}\n", Loader) == {"key": ("unsafe", text)}


DATA = {
    "number": 5,
    "part": 2.5,
    "truth": True,
    "nothing": None,
    "empty": {},
    "none of them": [],
    "list": ["a", "b: c", 3, [], {}],
    "servers": [{"name": "ps-1", "tags": {"a": "b"}, "list": [1, {"x": "y"}]}, {"name": "ps-2"}],
    "deep": {"deeper": {"deepest": [{"a": {"b": ["c"]}}]}},
}


def test_data_is_read_as_it_was():
    text = "\n".join(yaml_text.block(DATA)) + "\n"
    assert yaml.safe_load(text) == json.loads(json.dumps(DATA))
    indented = "key:\n" + "\n".join(yaml_text.block(DATA, 2)) + "\n"
    assert yaml.safe_load(indented) == {"key": json.loads(json.dumps(DATA))}


@pytest.mark.parametrize("text", ["plain", "two\nlines: x", "a\rb", "\x00\u2028x: 1", "word " * 100, "- item " + "x " * 200])
def test_a_comment_is_nothing_but_one(text):
    lines = yaml_text.comment(text, 2)
    assert yaml.safe_load("\n".join(lines) + "\nkey: 1\n") == {"key": 1}
    assert all(line.startswith("  # ") and len(line) <= yaml_text.WIDTH for line in lines)


LINES = ["# about", "vault_name: v", "process_servers: []"]


@pytest.mark.parametrize(
    "change, state",
    [
        (lambda text: text, "ours"),
        (lambda text: text.replace("vault_name: v", "vault_name: w"), "edited"),
        (lambda text: text.replace("# about", "# my own words"), "edited"),
        (lambda text: text + "# one more\n", "edited"),
        (lambda text: text.rstrip("\n"), "edited"),
        (lambda text: text.replace("\n", "\r\n"), "edited"),
        (lambda text: "\n".join(line for line in text.split("\n") if "Fingerprint" not in line), "edited"),
        (lambda text: text.replace("format 1", "format 7"), "edited"),
        (lambda text: "", "foreign"),
        (lambda text: "vault_name: v\n", "foreign"),
        (lambda text: text.replace("# Failback plan", "# A plan"), "foreign"),
        (lambda text: None, "absent"),
    ],
)
def test_what_a_file_is(change, state):
    assert plan_file.judge(change(plan_file.sealed(LINES))) == state


def test_the_same_lines_give_the_same_text():
    assert plan_file.sealed(LINES) == plan_file.sealed(list(LINES)) != plan_file.sealed([*LINES, "x: 1"])


def test_reading(tmp_path):
    file = tmp_path / "plan.yml"
    assert plan_file.read(file) is None
    file.write_bytes(b"a\r\n")
    assert plan_file.read(file) == "a\r\n"
    file.write_bytes(b"\xff\xfe\x00")
    assert plan_file.judge(plan_file.read(file)) == "foreign"
    with pytest.raises(AsrError, match="reading the plan file"):
        plan_file.read(tmp_path)
