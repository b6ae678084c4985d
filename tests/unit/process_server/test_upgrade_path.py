"""Through which versions an upgrade goes, and what is said where it cannot."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade_path

CASES = [
    ("there already", "9.62.7096.1", "9.62.7096.1", [], ()),
    ("there already, written shorter", "9.62.0.0", "9.62", [], ()),
    ("one step of four", "9.58.1.1", "9.62.7096.1", ["9.62.7096.1"], ("9.62.7096.1",)),
    ("a new build of the same minor version", "9.62.7000.1", "9.62.7096.1", ["9.62.7096.1"], ("9.62.7096.1",)),
    ("Microsoft's own example", "9.16.1.1", "9.24.1.1", ["9.24.1.1", "9.20.1.1"], ("9.20.1.1", "9.24.1.1")),
    ("the furthest of several", "9.16.1.1", "9.24.1.1", ["9.18.1.1", "9.24.1.1", "9.20.9.1", "9.20.1.1", "9.17.1.1"], ("9.20.9.1", "9.24.1.1")),
    ("what is nearer where that is all there is", "9.16.1.1", "9.21.1.1", ["9.21.1.1", "9.17.1.1"], ("9.17.1.1", "9.21.1.1")),
    ("nothing beyond the version wanted", "9.58.1.1", "9.60.1.1", ["9.62.1.1", "9.61.1.1", "9.60.1.1"], ("9.60.1.1",)),
    ("numbers are compared as numbers", "9.8.1.1", "9.12.1.1", ["9.12.1.1", "9.9.1.1"], ("9.12.1.1",)),
    ("releases of the vault, and builds of installers", "9.54.0.0", "9.62.0.0", ["9.62.7096.1", "9.58.6934.1"], ("9.58.6934.1", "9.62.7096.1")),
    ("there already, as far as the vault tells", "9.62.0.0", "9.62.7096.1", ["9.62.7096.1"], ()),
    (
        "three steps",
        "9.50.1.1",
        "9.62.1.1",
        ["9.54.1.1", "9.58.1.1", "9.62.1.1"],
        ("9.54.1.1", "9.58.1.1", "9.62.1.1"),
    ),
]


@pytest.mark.parametrize("current, target, available, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_steps(current, target, available, expected):
    assert upgrade_path.steps("ps-1", current, target, available) == expected


@pytest.mark.parametrize(
    "current, target, available, words",
    [
        ("9.16.1.1", "9.24.1.1", ["9.24.1.1"], ["from 9.16.1.1 to 9.24.1.1", "9.17 to 9.20", "given: 9.24.1.1", "installer of 9.20"]),
        ("9.16.1.1", "9.24.1.1", ["9.19.1.1", "9.24.1.1"], ["from 9.19.1.1", "9.20 to 9.23"]),
        ("9.58.1.1", "9.62.1.1", [], ["no installer of 9.62.1.1 is given", "given: none"]),
        ("9.58.1.1", "9.62.1.1", ["9.61.1.1"], ["no installer of 9.62.1.1 is given"]),
        ("9.57.1.1", "9.62.1.1", [], ["9.58 to 9.61"]),
        ("8.62.1.1", "9.1.1.1", ["9.1.1.1"], ["no upgrade from 8.x to 9.x", "new process server"]),
    ],
)
def test_what_is_missing_is_named(current, target, available, words):
    with pytest.raises(Refusal) as caught:
        upgrade_path.steps("ps-1", current, target, available)
    assert all(word in str(caught.value) for word in ["ps-1", *words]), str(caught.value)


@pytest.mark.parametrize(
    "current, version, supported",
    [
        ("9.16.1.1", "9.20.1.1", True),
        ("9.16.1.1", "9.21.1.1", False),
        ("9.16.1.1", "9.16.1.1", False),
        ("9.16.2.1", "9.16.1.9", False),
        ("9.16.1.1", "9.16.1.2", True),
        ("9.16.1.1", "10.1.1.1", False),
    ],
)
def test_one_step(current, version, supported):
    assert upgrade_path.is_supported(current, version) == supported
