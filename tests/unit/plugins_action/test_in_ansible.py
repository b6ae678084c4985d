"""The action plugins inside the real ansible-playbook, with a module whose steps go on when the test says so."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import threading

import ansible_runner
import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[3]
MODULE = pathlib.Path(__file__).parent / "module" / "process_server_vm.py"
HANG = 120  # seconds after which a run of ansible-playbook is broken
STARTED = "ps-app-01 | create virtual machine | started"
FINISHED = "ps-app-01 | create virtual machine | finished"
WAITING = "ps-app-01 | wait for agent | started"
DONE = "ps-app-01 | wait for agent | finished"


@pytest.fixture
def collections(tmp_path):
    """The collection with one module in place of its own: the rest are the very files."""
    plugins = tmp_path / "ansible_collections" / "azure_dr" / "site_recovery" / "plugins"
    (plugins / "modules").mkdir(parents=True)
    for name in ("action", "plugin_utils", "module_utils"):
        (plugins / name).symlink_to(ROOT / "plugins" / name)
    (plugins / "modules" / MODULE.name).symlink_to(MODULE)
    return tmp_path


@pytest.fixture
def play(collections, tmp_path):
    """Start a playbook with one task of this module; returns the process."""

    def start(arguments=(), task=None, **options):
        copy = {"content": "{{ found | to_json }}", "dest": str(tmp_path / "found.json"), "mode": "0600"}
        one = {
            "name": "One task",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [
                {"name": "Two steps", "azure_dr.site_recovery.process_server_vm": options, "register": "found", **(task or {})},
                {"name": "What was found", "ansible.builtin.copy": copy, "check_mode": False, "diff": False},
            ],
        }
        (tmp_path / "play.yml").write_text(yaml.safe_dump([one]))
        return subprocess.Popen(
            [sys.executable, "-m", "ansible", "playbook", str(tmp_path / "play.yml"), *arguments],
            env={**_clean(os.environ), **_settings(collections, tmp_path)},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def _clean(environment):
    return {name: value for name, value in environment.items() if not name.startswith("ANSIBLE_")}


def _settings(collections, directory):
    configuration = directory / "ansible.cfg"
    configuration.touch()
    return {
        "HOME": str(directory),
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_ASYNC_DIR": str(directory / "async"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
    }


def finish(process):
    output, _nothing = process.communicate(timeout=HANG)
    return output


@pytest.fixture
def found(tmp_path):
    return lambda: json.loads((tmp_path / "found.json").read_text())


def test_each_line_arrives_before_the_next_step_and_before_the_task_ends(play, tmp_path, found):
    gate = tmp_path / "gate"
    process = play(gate=str(gate))
    # Should a line never come, the task must end all the same: the test then fails instead of hanging.
    rescue = threading.Timer(HANG, process.kill)
    rescue.start()
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.startswith(WAITING):
            break
    # The module still waits for the gate, so all of this was printed before its second step ended.
    assert not gate.exists() and process.poll() is None
    gate.touch()
    rest = finish(process)
    rescue.cancel()
    printed = [line for line in seen if line.startswith("ps-app-01")]
    assert [line.split(" | ")[:3] for line in printed] == [line.split(" | ") for line in (STARTED + "\n", FINISHED, WAITING + "\n")]
    assert rest.index(DONE) < rest.index("changed: [localhost]")
    assert process.returncode == 0
    assert found()["file_mode"] == "600" and found()["directory_mode"] == "700"
    assert not os.path.exists(os.path.dirname(found()["file"]))


def test_check_mode_and_diff_pass_through(play, found):
    output = finish(play(arguments=["--check", "--diff"]))
    assert found()["saw_check_mode"] is True and found()["saw_diff"] is True
    assert "-old" in output and "+new" in output and DONE in output
    output = finish(play())
    assert found()["saw_check_mode"] is False and found()["saw_diff"] is False
    assert "+new" not in output


def test_a_failing_module_is_a_failed_task_with_its_lines(play):
    process = play(fail=True)
    output = finish(process)
    assert process.returncode == 2
    assert output.index(DONE) < output.index("it did not work")


def test_no_log_hides_the_lines_as_well(play, found):
    output = finish(play(task={"no_log": True}))
    assert "ps-app-01" not in output
    assert found()["file"] is None and found()["changed"] is True


def test_a_secret_option_is_never_shown(play):
    output = finish(play(arguments=["-vvvvv"], password="canary-7f3a"))
    assert "canary-7f3a" not in output and DONE in output


def test_in_the_background_it_works_without_lines(play, found):
    process = play(task={"async": 60, "poll": 1})
    output = finish(process)
    assert process.returncode == 0, output
    assert "ps-app-01 |" not in output
    assert found()["file"] is None and found()["changed"] is True


def test_the_users_own_file_is_left_to_the_user(play, tmp_path, found):
    own = tmp_path / "own.jsonl"
    own.touch()
    output = finish(play(progress_file=str(own)))
    assert "ps-app-01 |" not in output
    assert found()["file"] == str(own)
    assert [json.loads(line)["status"] for line in own.read_text().splitlines()] == ["started", "finished"] * 2


def test_awx_gets_each_line_as_an_event_before_the_task_ends(collections, tmp_path):
    """AWX runs playbooks through ansible-runner, which turns what is displayed into events."""
    (tmp_path / "runner").mkdir()
    play = {
        "name": "One task",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"name": "Two steps", "azure_dr.site_recovery.process_server_vm": {}}],
    }
    events = []
    done = ansible_runner.run(
        private_data_dir=str(tmp_path / "runner"),
        playbook=[play],
        inventory={"all": {"hosts": {"localhost": {"ansible_python_interpreter": sys.executable}}}},
        envvars={**_settings(collections, tmp_path), "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])},
        event_handler=lambda event: events.append((event["event"], event["stdout"])),
        quiet=True,
    )
    assert done.rc == 0
    texts = [text for _kind, text in events]
    line = next(number for number, text in enumerate(texts) if WAITING in text)
    assert line < next(number for number, (kind, _text) in enumerate(events) if kind == "runner_on_ok")
