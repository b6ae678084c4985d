"""Names and passwords at the edges of what Azure takes."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import names as subject


@pytest.mark.parametrize(
    "name, good",
    [
        ("a", True),
        ("ps-weu-01", True),
        ("x" * 15, True),
        ("x" * 16, False),
        ("1a", True),
        ("123", False),
        ("-a", False),
        ("a.b", False),
        ("ä", False),
        ("a b", False),
    ],
)
def test_name(name, good):
    assert (subject.name_problem(name) == "") is good


@pytest.mark.parametrize(
    "user, good",
    [
        ("psadmin", True),
        ("x" * 20, True),
        ("x" * 21, False),
        ("ADMIN", False),
        ("guest", False),
        ("ps.admin", True),
        ("psadmin.", False),
        ("ps@dr", False),
        ("ps\tadmin", False),
    ],
)
def test_user_name(user, good):
    assert (subject.user_name_problem(user) == "") is good


@pytest.mark.parametrize(
    "password, good",
    [
        ("Abcdefghij-1", True),
        ("abcdefghij-1", True),
        ("Abcdefghijk1", True),
        ("abcdefghijk1", False),
        ("Abcdefghi-1", False),
        ("A1-" + "x" * 120, True),
        ("A1-" + "x" * 121, False),
    ],
)
def test_password(password, good):
    problem = subject.password_problem(password)
    assert (problem == "") is good and password not in problem


def test_the_most_common_passwords_are_refused_where_their_length_would_do(monkeypatch):
    monkeypatch.setattr(subject, "PASSWORD_LENGTHS", (8, 123))
    assert "everybody tries first" in subject.password_problem("P@ssword123")
