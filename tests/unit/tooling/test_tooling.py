"""What the tools around the tests make of what others' programs print."""

from __future__ import annotations

import importlib
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
TOOLING = ROOT / "tests" / "tooling"


@pytest.fixture
def tool(monkeypatch):
    """Import one of the scripts, which are no package."""
    monkeypatch.syspath_prepend(str(TOOLING))
    return importlib.import_module


@pytest.mark.parametrize(
    "line, required, counts",
    [
        ('WARNING: Skipping sanity test "import" on Python 3.13 because it could not be found.', True, True),
        ('WARNING: Skipping sanity test "import" on Python 3.13 because it could not be found.', False, False),
        ('WARNING: Required program "shellcheck" not found.', False, True),
        ('WARNING: Required program "pwsh" not found.', False, True),
        ('WARNING: Skipping sanity test "import" on Python 3.12 due to missing virtual environment support.', False, True),
        ('WARNING: Skipping sanity test "yamllint" on Python 3.12 due to missing libyaml support in PyYAML.', False, True),
        ("WARNING: Skipping pylint collection version checks since no collection version was found.", False, True),
        ('WARNING: Skipping sanity test "pylint" on Python 3.8 because it is unsupported. Supported Python versions: 3.11', True, False),
        ("WARNING: Skipping tests disabled by default without --allow-disabled: x", True, False),
        ('Running sanity test "shellcheck"', True, False),
    ],
)
def test_a_check_that_was_left_out_is_found(tool, line, required, counts):
    assert tool("sanity").problems(f"Running\n{line}\nDone\n", required) == ([line] if counts else [])


def test_versions_without_an_interpreter_are_named_once(tool):
    line = 'WARNING: Skipping sanity test "{}" on Python {} because it could not be found.'
    output = "\n".join([line.format("import", "3.13"), line.format("compile", "3.13"), line.format("compile", "3.9")])
    assert tool("sanity").interpreters_missing(output) == ["3.9", "3.13"]


def test_the_script_for_pip_installs_the_wheel_beside_it(tool, tmp_path):
    """Run as ansible-test runs it: by an interpreter whose environment has no pip."""
    sanity = tool("sanity")
    version = sanity.pip_version()
    sanity.prepare_pip(version, home=tmp_path)
    (script,) = (tmp_path / ".ansible/test/cache").glob("get_pip_*.py")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "empty")], check=True)
    python = str(tmp_path / "empty/bin/python")
    subprocess.run([python, str(script), "--disable-pip-version-check", f"pip=={version}", "--no-setuptools", "--no-wheel"], check=True, capture_output=True)
    answer = subprocess.run([python, "-m", "pip", "--version"], check=True, capture_output=True, text=True).stdout
    assert answer.startswith(f"pip {version} ") and str(tmp_path) in answer


def test_real_interpreters_stand_for_shims(tool, tmp_path):
    """A shim is found to be one when the interpreter it starts lies elsewhere."""
    shims, real = tmp_path / "shims", tmp_path / "versions" / "3.97.1" / "bin"
    for directory in (shims, real):
        directory.mkdir(parents=True)
        (directory / "python3.97").write_text(f"#!/bin/sh\necho {real}/python3.97\n")
        (directory / "python3.97").chmod(0o755)
    assert tool("sanity").real_interpreters(str(shims)) == [str(real)]
    assert tool("sanity").real_interpreters(str(real)) == []
    assert tool("sanity").real_interpreters(str(tmp_path / "nothing")) == []


@pytest.mark.parametrize(
    "line, complains",
    [
        ("WARNING: CHANGELOG.rst file not found at top level of collection.", True),
        ("ERROR: Ansible sanity tests failed", True),
        ("Traceback (most recent call last):", True),
        ("INFO: Found role", False),
        ("WARNING: ERROR    Failed to find azure_dr.site_recovery.prepare_failback playbook.", False),
        ("WARNING: ERROR    Failed to find another.collection.play playbook.", True),
        ("Importer processing completed successfully", False),
    ],
)
def test_the_importers_complaints_are_found(tool, line, complains):
    assert bool(tool("importer").complaints(line)) is complains


def test_an_environment_is_current_until_what_it_is_made_from_changes(tool, tmp_path, monkeypatch):
    environments = tool("environments")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "LOGS", tmp_path)
    (tmp_path / "requirements.txt").write_text("one")
    made = []
    environment = environments.Environment("a", "folder", (), ("requirements.txt",), lambda folder: (made.append(1), [["mkdir", str(folder)]])[1])
    environment.make()
    environment.make()
    assert len(made) == 1
    (tmp_path / "requirements.txt").write_text("two")
    environment.make()
    assert len(made) == 2


def test_an_environment_that_was_left_half_made_is_made_anew(tool, tmp_path, monkeypatch):
    environments = tool("environments")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "LOGS", tmp_path)
    commands = [["mkdir", str(tmp_path / "folder")], ["false"]]
    environment = environments.Environment("a", "folder", (), (), lambda folder: commands)
    with pytest.raises(subprocess.CalledProcessError):
        environment.make()
    assert not environment.is_current()
    commands.pop()
    environment.make()
    assert environment.is_current()


def test_missing_programs_are_named(tool):
    environments = tool("environments")
    environment = environments.Environment("a", "folder", ("no-such-program-here",), (), lambda folder: [])
    assert environments.missing_programs([environment]) == ["no-such-program-here (Debian package no-such-program-here)"]


def test_a_step_whose_program_is_missing_fails_with_its_name(tool, tmp_path, monkeypatch):
    run_all = tool("run_all")
    monkeypatch.setattr(run_all, "LOGS", tmp_path)
    outcome = run_all.run(run_all.Step("a step", ("no-such-program-here",)))
    assert outcome.code != 0 and "no-such-program-here" in outcome.log.read_text()


def test_one_failing_step_does_not_keep_the_next_from_being_run(tool, tmp_path, monkeypatch, capsys):
    run_all = tool("run_all")
    monkeypatch.setattr(run_all, "LOGS", tmp_path)
    outcomes = run_all.lane([run_all.Step("bad", ("false",)), run_all.Step("good", ("echo", "seen"), shown=True)])
    assert [outcome.code for outcome in outcomes] == [1, 0]
    assert "seen" in capsys.readouterr().out


def test_the_copy_has_what_git_would_take_and_nothing_else(tool, tmp_path, monkeypatch):
    checkout = tool("checkout")
    work = tmp_path / "work"
    work.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=work, check=True)
    for name, text in ((".gitignore", "ignored\n"), ("kept", "1"), ("ignored", "2"), ("deleted", "3")):
        (work / name).write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=work, check=True)
    (work / "deleted").unlink()
    (work / "new").write_text("4")
    (work / "link").symlink_to("kept")
    monkeypatch.setattr(checkout, "ROOT", work)
    monkeypatch.setattr(checkout, "COPY", tmp_path / "copy")
    copy = checkout.make()
    assert sorted(path.name for path in copy.iterdir()) == [".git", ".gitignore", "kept", "link", "new"]
    assert (copy / "link").is_symlink()


@pytest.mark.parametrize(
    "name, code, ci, counts",
    [
        ("pytest", 0, False, False),
        ("pytest", 1, False, True),
        ("pytest", 77, False, True),
        ("conformance", 77, False, False),
        ("conformance", 77, True, True),
        ("conformance", 1, False, True),
    ],
)
def test_no_step_but_conformance_may_be_skipped_and_that_never_in_ci(tool, monkeypatch, name, code, ci, counts):
    monkeypatch.setenv("CI", "true" if ci else "")
    run_all = tool("run_all")
    outcome = run_all.Outcome(name, code, 1.0)
    assert run_all.failures([outcome]) == ([outcome] if counts else [])


def test_the_reason_of_a_skip_is_in_the_table(tool, monkeypatch, tmp_path):
    run_all = tool("run_all")
    monkeypatch.setattr(run_all, "LOGS", tmp_path)
    outcome = run_all.run(run_all.Step("conformance", (sys.executable, "-c", "print('no node here'); raise SystemExit(77)")))
    assert "no node here" in run_all._verdict(outcome)
