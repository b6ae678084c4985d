"""A module that refuses its options does not show its secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._module import misshapen, secrets_in

SERVER = dict(name=dict(type="str"), admin_password=dict(type="str", no_log=True))
SPECIFICATION = dict(
    passphrase=dict(type="str", no_log=True),
    timeout=dict(type="int"),
    installer=dict(type="dict", options=dict(url=dict(type="str"))),
    access=dict(type="dict", options=dict(username=dict(type="str"), password=dict(type="str", no_log=True))),
    servers=dict(type="list", elements="dict", options=SERVER),
)


@pytest.mark.parametrize(
    "options, secrets",
    [
        ({}, set()),
        ({"passphrase": None, "timeout": 5}, set()),
        ({"passphrase": "s1", "timeout": 5}, {"s1"}),
        ({"passphrase": {"a": ["s1", 42, None, True]}}, {"s1", "42"}),
        ({"passphrase": ""}, set()),
        ({"access": {"username": "u", "password": "s1"}}, {"s1"}),
        ({"access": "username=u password=s1"}, {"username=u password=s1"}),
        ({"access": ["s1"]}, {"s1"}),
        ({"installer": "https://example.com/"}, set()),
        ({"servers": [{"name": "a", "admin_password": "s1"}, {"name": "b", "admin_password": "s2"}]}, {"s1", "s2"}),
        ({"servers": [{"name": "a", "admin_password": "s1"}, "b=s2"]}, {"s1", "b=s2"}),
        ({"servers": {"name": "a", "admin_password": "s1"}}, {"s1"}),
        ({"servers": "s1", "passphrase": "s2"}, {"s1", "s2"}),
    ],
)
def test_what_may_be_secret_is_found_in_options_of_any_shape(options, secrets):
    assert secrets_in(SPECIFICATION, options) == secrets


@pytest.mark.parametrize("servers", ["canary-in-a-text", 7, [["canary-in-a-list"]], [{"name": "a", "admin_password": "canary-in-an-entry"}, "x"]])
def test_refused_options_are_shown_without_secrets(tmp_path, servers):
    script = tmp_path / "script.py"
    script.write_text(
        "from ansible_collections.azure_dr.site_recovery.plugins.module_utils._module import Module\n"
        f"Module(argument_spec={SPECIFICATION!r})\n"
    )
    options = {"passphrase": "canary-passphrase", "access": {"username": "u", "password": "canary-password"}, "servers": servers}
    done = subprocess.run(
        [sys.executable, str(script)],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and '"failed": true' in done.stdout, done.stderr
    assert '"invocation"' in done.stdout and "servers must be a list of dictionaries" in done.stdout
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "options, problems",
    [
        ({}, []),
        ({"access": {}, "servers": [{}], "installer": None}, []),
        ({"access": "username=u password=s1"}, []),
        ({"access": '{"username": "u"}', "servers": ['{"name": "a"}']}, []),
        ({"access": "s1"}, ["access must be a dictionary, and is a text"]),
        ({"installer": [{}]}, ["installer must be a dictionary, and is a list"]),
        ({"servers": {"name": "a"}}, ["servers must be a list of dictionaries, and is a dictionary"]),
        ({"servers": "ps-app-01"}, ["servers must be a list of dictionaries, and is a text"]),
        ({"servers": [{}, "s2", 3]}, [f"servers must be a list of dictionaries, and its entry {which}" for which in ("2 is a text", "3 is a number")]),
    ],
)
def test_an_option_of_the_wrong_shape_is_named_without_what_it_holds(options, problems):
    assert list(misshapen(SPECIFICATION, options)) == problems
