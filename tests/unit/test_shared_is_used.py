"""What needs the folder `shared` is really run: everywhere the folder is, and always in CI."""

from __future__ import annotations

import ast
import pathlib

import pytest

from tests import shared

TESTS = pathlib.Path(__file__).resolve().parents[1]
# The only files that may skip a test, and for want of what. Everything else that is missing is a failure.
SKIPS = {
    "shared.py": "the folder shared",
    "unit/conformance/test_check.py": "node",
    "powershell/test_scripts_in_pwsh.py": "pwsh",
}


@pytest.fixture
def here(monkeypatch, tmp_path):
    """Makes a folder `shared` or takes it away, in CI or not, and says what became of a test that needs a file of it."""

    def outcome(exists, ci, has=()):
        folder = tmp_path / "shared"
        if exists:
            folder.mkdir()
        for name in has:
            (folder / name).write_text("x")
        monkeypatch.setenv(shared.VARIABLE, str(folder))
        monkeypatch.setenv("CI", "true" if ci else "")
        try:
            return shared.needed("a.json")
        except (pytest.skip.Exception, pytest.fail.Exception) as end:
            return end

    return outcome


@pytest.mark.parametrize("ci", [False, True])
def test_what_is_there_is_given(here, ci, tmp_path):
    assert here(True, ci, has=["a.json"]) == tmp_path / "shared" / "a.json"


def test_without_the_folder_a_test_is_skipped_and_says_why(here, tmp_path):
    end = here(False, ci=False)
    assert isinstance(end, pytest.skip.Exception) and str(end).startswith(shared.REASON) and str(tmp_path) in str(end)


@pytest.mark.parametrize("exists, ci", [(False, True), (True, False), (True, True)])
def test_in_ci_and_where_the_folder_lacks_something_it_fails(here, exists, ci):
    end = here(exists, ci)
    assert isinstance(end, pytest.fail.Exception) and "a.json is needed" in str(end)


def _skipping(path):
    """Whether a file skips tests in any of pytest's ways."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("skip", "skipif", "importorskip", "xfail")
            and isinstance(node.value, (ast.Name, ast.Attribute))
        ):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
            if owner in ("pytest", "mark"):
                return True
        if isinstance(node, ast.Name) and node.id == "SkipTest":
            return True
    return False


def _files():
    return {str(path.relative_to(TESTS)): path for path in TESTS.rglob("*.py") if path != pathlib.Path(__file__).resolve()}


def test_no_other_file_skips_a_test():
    found = {name for name, path in _files().items() if _skipping(path)}
    assert found == set(SKIPS)


def test_the_folder_is_found_in_one_place_only():
    """Whoever built its path himself could skip, or pass, without being seen."""
    found = {name for name, path in _files().items() if f'"{shared.VARIABLE}"' in path.read_text(encoding="utf-8")}
    # The runner hands the variable on; the others test what happens without the folder.
    without = {"unit/conformance/test_check.py", "unit/azure_simulator/test_site_recovery_recorded_vault.py"}
    assert found == {"shared.py", "tooling/run_all.py"} | without


def test_the_folder_itself_is_demanded_where_it_is(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    assert shared.is_demanded() == shared.folder().is_dir()
    monkeypatch.setenv("CI", "true")
    assert shared.is_demanded()
