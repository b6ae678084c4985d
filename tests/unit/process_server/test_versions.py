"""Versions: of builds as installers tell them, and of releases as the vault shows them."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import versions


@pytest.mark.parametrize(
    "one, other, newer, same",
    [
        ("9.62.7096.1", "9.62.7096.1", False, True),
        ("9.62.7096.2", "9.62.7096.1", True, False),
        ("9.62.7096.1", "9.58.6934.1", True, False),
        ("9.8.1.1", "9.12.1.1", False, False),
        # The vault shows a release without its build: no build of that release is another one.
        ("9.62.7096.1", "9.62.0.0", False, True),
        ("9.62.0.0", "9.62.7096.1", False, True),
        ("9.62", "9.62.7096.1", False, True),
        ("9.62.0.0", "9.58.6934.1", True, False),
        ("9.58.6934.1", "9.62.0.0", False, False),
        ("10.0.0.0", "9.62.7096.1", True, False),
        ("10.0.1.1", "10.0.0.0", False, True),
        ("9.0.1.0", "9.0.2.0", False, False),
        (" 9.62.7096.1 ", "9.62.7096.01", False, True),
        ("", "9.62.7096.1", None, False),
        (None, None, None, False),
        ("9.62.7096.1 (RTM)", "9.62.7096.1", None, False),
    ],
)
def test_what_is_newer_and_what_is_the_same(one, other, newer, same):
    assert (versions.is_newer(one, other), versions.are_same(one, other)) == (newer, same)
