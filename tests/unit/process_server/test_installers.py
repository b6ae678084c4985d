"""An installer that cannot be downloaded or checked is refused before anything is done."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import installers

GOOD = {"url": "https://user:secret@download.example.com/setup.exe?sig=secret", "sha256": "ab" * 32, "size_bytes": 10, "version": "9.62.7096.1"}


@pytest.mark.parametrize(
    "given, problems",
    [
        ({}, []),
        ({"size_bytes": None}, []),
        ({"url": "http://files.example.com/setup.exe"}, []),
        ({"url": "\\\\files\\setup.exe?sig=secret"}, ["installer.url is no address that begins with https://"]),
        ({"url": "https:///setup.exe"}, ["installer.url is no address that begins with https://"]),
        ({"sha256": "ab" * 31 + "a"}, ["installer.sha256 is not a SHA-256 in 64 hexadecimal digits"]),
        ({"sha256": "zz" * 32}, ["installer.sha256 is not a SHA-256 in 64 hexadecimal digits"]),
        ({"size_bytes": 0}, ["installer.size_bytes is 0"]),
    ],
)
def test_problems_of_an_installer(given, problems):
    assert installers.problems({**GOOD, **given}) == problems


def test_a_url_is_shown_without_user_and_query():
    assert installers.shown(GOOD["url"]) == "https://download.example.com/setup.exe"
