"""Secrets appear nowhere: not on the terminal, not in a process list, not in a file that a killed run leaves behind."""

from __future__ import annotations

import json
import pathlib
import threading

import pytest

from tests.playbooks.support.canaries import leaks, leaks_below, secrets_in
from tests.playbooks.support.waiting import until
from tests.playbooks.support.tasks import task

# The test's own files that hold secrets: what a user would keep in a vault.
INPUTS = {"variables.json", "playbook.yml"}


def secrets_of(world):
    return secrets_in(world.playbook_vars()) | secrets_in(dict(world.environment()))


class ProcessList:
    """Reads the command lines of all processes, again and again, as another user of the computer could."""

    def __init__(self):
        self.seen = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_unused):
        self._ended.set()
        self._thread.join()

    def _watch(self):
        while not self._ended.wait(0.05):
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue


def test_a_full_run_at_the_highest_verbosity(ansible, world):
    secrets = secrets_of(world)
    assert len(secrets) >= 5
    world.faults.add(
        method="PUT",
        path=r"/virtualMachines/ps-db-01$",
        status=409,
        code="OperationNotAllowed",
        message="Operation results in exceeding quota limits of Core.",
    )
    with ProcessList() as processes:
        failed = ansible.start(world, arguments=["-vvvvv", "--diff"])
        output, _nothing = failed.communicate(timeout=300)
        done = ansible.start(world, arguments=["-vvvvv", "--diff"])
        more, _nothing = done.communicate(timeout=300)
    assert failed.returncode != 0 and done.returncode == 0, output + more
    assert leaks(secrets, (output + more).encode()) == []
    assert leaks(secrets, b"\n".join(processes.seen)) == []
    for run in (failed, done):
        assert leaks_below(secrets, run.run_directory, but=INPUTS) == []
    assert leaks(secrets, json.dumps(world.log.requests, default=str).encode()) == []


@pytest.mark.parametrize("moment", [r"/virtualMachines/ps-app-01$", r"/runCommands/"])
def test_a_killed_run_leaves_no_file_with_a_secret(ansible, world, moment):
    secrets = secrets_of(world)
    run = ansible.start(world, arguments=["-vvv"])
    until(lambda: world.log.count("PUT", moment) or run.poll() is not None)
    assert run.poll() is None
    ansible.kill(run)
    assert leaks_below(secrets, run.run_directory, but=INPUTS) == []


def test_arguments_that_are_refused_are_not_quoted(ansible, world):
    """A secret of the wrong type, in the wrong place, or beside a mistake."""
    variables = world.playbook_vars()
    secrets = secrets_of(world)
    mistakes = [
        {"passphrase": [variables["passphrase"]]},
        {"passphrase": {"text": variables["passphrase"]}},
        {"process_server_defaults": json.dumps(variables["process_server_defaults"])[:-1]},
        {"process_servers": json.dumps(variables["process_servers"])[:-1]},
        {"configuration_server_winrm": [variables["configuration_server_winrm"]]},
        {"process_servers": [{**variables["process_servers"][0], "admin_password": "", "no_such_option": variables["passphrase"]}]},
    ]
    for mistake in mistakes:
        run = ansible.play(world, mistake, arguments=["-vvvvv"])
        assert run.code != 0, mistake
        assert leaks(secrets, run.output.encode()) == [], sorted(mistake)


def test_results_of_a_task_that_runs_asynchronously(ansible, world):
    """A task nobody polls leaves its result in a file; the machine it is to register is not there."""
    secrets = secrets_of(world)
    in_background = {**task("process_server_registration"), "async": 120, "poll": 0}
    run = ansible.start(world, playbook=[in_background], arguments=["-vvvvv"])
    output, _nothing = run.communicate(timeout=300)
    assert run.returncode == 0, output
    (job,) = until(lambda: [path for path in (run.run_directory / ".ansible_async").glob("*") if "there is no virtual machine" in path.read_text()])
    assert json.loads(job.read_text())["failed"]
    assert leaks(secrets, output.encode()) == []
    # Ansible cannot pipe to a task in the background: it removes the module's file with the arguments when the task has ended.
    until(lambda: not list((run.run_directory / "remote_tmp").glob("*")))
    assert leaks_below(secrets, run.run_directory, but=INPUTS) == []
