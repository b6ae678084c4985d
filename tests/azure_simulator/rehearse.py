"""Runs shipped playbooks against a rehearsal world, as a person would: collection installed from its archive, lines as they come.

Usage: ``python -m tests.azure_simulator.rehearse [--scenario NAME] [--runs N]``. What runs is for the scenario to say
(`rehearsal_steps`): the main job, unless it names others. It leaves nothing running, however it ends. It ends with 1 when a run
fails, when a run of a step after the first one changes something, or when something is left where nothing should be.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from . import rehearsal_steps
from .errors import ScenarioError, WorldError
from .running import running

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "azure_dr.site_recovery"
WORK = ROOT / ".cache" / "rehearsal"
REPORTS = ROOT / "reports"
# Writes the result of every task to a file, those of Ansible's own modules among them.
CALLBACKS = ROOT / "tests" / "playbooks" / "support" / "callback"
# What ansible-playbook gets to end in good order when the rehearsal is ended.
GRACE_SECONDS = 10
# Linux: prctl(2).
PR_SET_CHILD_SUBREAPER = 36


def install(folder):
    """Build the archive of this checkout and install it below ``folder``; return what to give as collections path."""
    collections = folder / "collections"
    _galaxy("build", str(ROOT), "--output-path", str(folder))
    (archive,) = folder.glob("*.tar.gz")
    _galaxy("install", str(archive), "--collections-path", str(collections), "--force", "--offline")
    return collections


def _galaxy(*arguments):
    command = [sys.executable, "-m", "ansible", "galaxy", "collection", *arguments]
    done = subprocess.run(command, env=_own_environment(), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nThe collection could not be built and installed")


def command_for(step, folder):
    """The command of a step; the variables, secrets among them, lie in a file that its owner alone can read."""
    variables = folder / "variables.json"
    variables.touch(mode=0o600)
    variables.write_text(json.dumps(step.variables), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", f"{COLLECTION}.{step.playbook}"]
    return [*command, *(word for path in (variables, *step.files) for word in ("--extra-vars", f"@{path}"))]


def environment_for(world, folder, collections, reports):
    """The environment of a run: that of the world, and nothing of the settings of whoever rehearses."""
    settings = folder / "ansible.cfg"
    settings.touch()
    return {
        **_own_environment(),
        **world.environment(),
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": f"{COLLECTION}.dr_report,task_results",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "AZURE_DR_REPORT_DIRECTORY": str(reports),
    }


def _own_environment():
    """Our environment without anybody's settings of Ansible and Azure, and without Python code from elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_")) and name != "PYTHONPATH"}


def play(command, environment):
    """Run it to its end with its output on our own; return its code. It is ended together with us."""
    # In a session of its own, so that an interrupt from the terminal comes to it from here, once, and to all it started.
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait()
    finally:
        _end(process)


def _end(process):
    for number, wait in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGKILL, None)):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(wait)
    # Ansible's workers, and the modules they run, are in sessions of their own, and go on when ansible-playbook is interrupted.
    while orphans := descendants(os.getpid(), _parents()):
        for orphan in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _adopt_orphans():
    """Have processes whose parent ends become children of this one, so that they can be found."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _parents():
    """The parent of each process of this machine."""
    parents = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        # The name in parentheses may hold anything; the parent is the second field after it.
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    return parents


def descendants(ancestor, parents):
    """All processes below one, given the parent of each; pure."""
    children = [process for process, parent in parents.items() if parent == ancestor]
    return children + [below for child in children for below in descendants(child, parents)]


def changes_in(results):
    """The names of the tasks that changed something, as the lines that a run wrote have them; pure."""
    return [one["task"] for one in map(json.loads, results.splitlines()) if one["result"].get("changed")]


def rehearse(scenario, runs, reports):
    """Run all steps of the scenario in one world, each as often as wanted; return the exit code."""
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        folder = pathlib.Path(folder)
        collections = install(folder)
        with running(scenario) as world:
            work = folder / "work"
            work.mkdir()
            rehearsal = rehearsal_steps.rehearsal_of(world.section("rehearsal"), world.playbook_vars(), work, runs)
            environment = environment_for(world, folder, collections, reports)
            for step in rehearsal.steps:
                if not _step(step, rehearsal, folder, environment):
                    return 1
            return _end_of(rehearsal, world)


def _step(step, rehearsal, folder, environment):
    """Run a step as often as wanted; whether all was well."""
    command = command_for(step, folder)
    for number in range(1, rehearsal.runs + 1):
        heading = [f"{step.title} ({step.playbook})"] if len(rehearsal.steps) > 1 else []
        heading += [f"run {number} of {rehearsal.runs}"] if rehearsal.runs > 1 else []
        if heading:
            print(f"\n===== {', '.join(heading)}", flush=True)
        results = folder / "results"
        results.unlink(missing_ok=True)
        if play(command, {**environment, "TASK_RESULTS": str(results)}):
            return False
        changed = changes_in(results.read_text(encoding="utf-8")) if results.exists() else []
        if number > 1 and changed:
            print(f"\nRun {number} of {step.title} changed something, where nothing was left to do: {', '.join(changed)}", flush=True)
            return False
    return True


def _end_of(rehearsal, world):
    """Show what is left at the end, where the scenario asks for that; return the exit code."""
    if not rehearsal.nothing_left:
        return 0
    found = rehearsal_steps.ours(world)
    left = any(found.values())
    print(f"\n===== what is left of ours: {'not everything is gone' if left else 'nothing'}", flush=True)
    print(rehearsal_steps.what_is_left(found), flush=True)
    return 1 if left else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="three_networks", help="a folder of tests/azure_simulator/scenarios")
    parser.add_argument("--runs", type=int, help="how often each step runs in the same world (default: what the scenario says, else 1)")
    parser.add_argument("--reports", type=pathlib.Path, default=REPORTS, help="where the reports are written")
    options = parser.parse_args(arguments)

    def interrupted(_number, _frame):
        raise KeyboardInterrupt

    _adopt_orphans()
    # To be ended by a supervisor is to be ended by a person: everything is released on the way out.
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    try:
        return rehearse(options.scenario, options.runs, options.reports.resolve())
    except KeyboardInterrupt:
        print("\nEnded; nothing is left running", flush=True)
        return 130
    except (ScenarioError, WorldError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
