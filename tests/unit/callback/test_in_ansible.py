"""The callback inside the real ansible-playbook."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from tests.unit.callback.runs import failure, registered, server, step

ROOT = pathlib.Path(__file__).parents[3]
MODULE = pathlib.Path(__file__).parent / "module" / "process_server_registration.py"
HANG = 120  # seconds after which a run of ansible-playbook is broken
PASSPHRASE = "canary-5d1e"
DONE = {
    "changed": True,
    "process_servers": [registered("ps-app-01")],
    "timeline": [step("ps-app-01", "run setup", 0, 12)],
}
FAILED = {
    "failed": True,
    "process_servers": [registered("ps-app-01"), server("ps-db-01")],
    "failed_servers": [failure("ps-db-01")],
    "timeline": [step("ps-app-01", "run setup", 0, 12), step("ps-db-01", "run setup", 0, 3, "failed")],
}


@pytest.fixture
def play(tmp_path):
    """Run a playbook with these tasks; returns the process that ended."""
    plugins = tmp_path / "ansible_collections" / "azure_dr" / "site_recovery" / "plugins"
    (plugins / "modules").mkdir(parents=True)
    for name in ("callback", "plugin_utils"):
        (plugins / name).symlink_to(ROOT / "plugins" / name)
    (plugins / "modules" / MODULE.name).symlink_to(MODULE)
    (tmp_path / "ansible.cfg").touch()

    def run(*tasks, arguments=(), directory="reports"):
        one = {
            "name": "A run",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": list(tasks),
        }
        (tmp_path / "a_run.yml").write_text(yaml.safe_dump([one]))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_"))}
        return subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", str(tmp_path / "a_run.yml"), *arguments],
            env={
                **kept,
                "HOME": str(tmp_path),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(tmp_path),
                "ANSIBLE_CALLBACKS_ENABLED": "azure_dr.site_recovery.dr_report",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCALHOST_WARNING": "False",
                "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
                "AZURE_DR_REPORT_DIRECTORY": directory,
            },
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=HANG,
        )

    return run


def task(result, **more):
    return {"name": "Register", "azure_dr.site_recovery.process_server_registration": {"result": result, "passphrase": PASSPHRASE}, **more}


def reports(directory):
    return [json.loads(path.read_text()) for path in sorted(directory.glob("*.json"))]


def test_table_and_both_files(play, tmp_path):
    done = play(task(DONE), {"name": "Something else", "ansible.builtin.debug": {"msg": "x"}}, arguments=["-vvv"])
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ps-app-01 +vnet-app +192\.0\.2\.10 +registered +12\.0 +9\.62\.7096\.1 +12 s ago$", done.stdout, re.MULTILINE)
    path = pathlib.Path(re.search(r"^Report: (.*)$", done.stdout, re.MULTILINE)[1])
    assert path.is_absolute() and path.parent == tmp_path / "reports"
    assert re.fullmatch(r"dr_report_\d{8}T\d{6}Z\.html", path.name)
    assert path.read_text().startswith("<!DOCTYPE html>")
    (report,) = reports(tmp_path / "reports")
    assert report["playbook"] == "a_run.yml"
    assert [(one["name"], one["status"], one["module"]) for one in report["tasks"]] == [
        ("Register", "changed", "azure_dr.site_recovery.process_server_registration")
    ]
    for file in (tmp_path / "reports").iterdir():
        assert PASSPHRASE not in file.read_text()


def test_a_failed_task_is_reported_too(play, tmp_path):
    done = play(task(FAILED))
    assert done.returncode == 2
    assert re.search(r"^ps-db-01 .*failed: run setup", done.stdout, re.MULTILINE)
    (report,) = reports(tmp_path / "reports")
    assert [one["outcome"] for one in report["servers"]] == ["changed", "failed"]
    assert report["servers"][1]["failure"]["correlation_id"] == "c-1"


def test_each_result_of_a_loop_counts(play, tmp_path):
    results = [DONE, {**DONE, "changed": False, "process_servers": [registered("ps-web-01", changed=False)], "timeline": []}]
    done = play(task("{{ item }}", loop=results))
    assert done.returncode == 0, done.stdout
    (report,) = reports(tmp_path / "reports")
    assert [(one["name"], one["outcome"]) for one in report["servers"]] == [("ps-app-01", "changed"), ("ps-web-01", "unchanged")]
    assert [one["status"] for one in report["tasks"]] == ["changed", "unchanged"]


def test_check_mode_is_said(play, tmp_path):
    done = play(task({**DONE, "timeline": []}), arguments=["--check"])
    assert "to do: register" in done.stdout
    (report,) = reports(tmp_path / "reports")
    assert report["check_mode"] is True


def test_no_log_is_honoured(play, tmp_path):
    done = play(task(DONE, no_log=True))
    assert done.returncode == 0 and "ps-app-01" not in done.stdout
    assert all("ps-app-01" not in json.dumps(report) for report in reports(tmp_path / "reports"))


def test_a_run_without_our_modules_has_no_report(play, tmp_path):
    done = play({"name": "Something else", "ansible.builtin.debug": {"msg": "x"}})
    assert "Report:" not in done.stdout and not (tmp_path / "reports").exists()


def test_a_report_that_cannot_be_written_is_a_warning(play, tmp_path):
    (tmp_path / "file").touch()
    done = play(task(DONE), directory=str(tmp_path / "file"))
    assert done.returncode == 0
    assert "the report could not be written" in done.stdout and "ps-app-01" in done.stdout


def test_the_second_report_of_a_second_gets_a_name_of_its_own(tmp_path):
    from ansible_collections.azure_dr.site_recovery.plugins.callback.dr_report import write
    from tests.unit.callback.test_report import report_of

    report = report_of(("changed", DONE))
    paths = [write(report, str(tmp_path)) for _number in range(3)]
    assert [os.path.basename(path) for path in paths] == [f"dr_report_20260131T120000Z{suffix}.html" for suffix in ("", "_2", "_3")]
    assert len(list(tmp_path.iterdir())) == 6
