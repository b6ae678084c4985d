"""Runs the shipped playbook against a rehearsal world, as a person would: collection installed from its archive, lines as they come.

Usage: ``python -m tests.azure_simulator.rehearse [--scenario NAME] [--runs N]``. It leaves nothing running, however it ends. It
ends with 1 when a run fails, or when a run after the first one changes something.
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

from .errors import ScenarioError, WorldError
from .running import running

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "azure_dr.site_recovery"
PLAYBOOK = f"{COLLECTION}.prepare_failback"
WORK = ROOT / ".cache" / "rehearsal"
REPORTS = ROOT / "reports"
REPORT_FILES = "dr_report_*.json"
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


def command_for(world, folder):
    """The command of a run; the variables, secrets among them, lie in a file that its owner alone can read."""
    variables = folder / "variables.json"
    variables.touch(mode=0o600)
    variables.write_text(json.dumps(world.playbook_vars()), encoding="utf-8")
    return [sys.executable, "-m", "ansible", "playbook", PLAYBOOK, "--extra-vars", f"@{variables}"]


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
        "ANSIBLE_CALLBACKS_ENABLED": f"{COLLECTION}.dr_report",
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


def changes_in(report):
    """The names of the tasks that changed something, as the report of a run has them."""
    return [task["name"] for task in report["tasks"] if task["status"] == "changed"]


def rehearse(scenario, runs, reports):
    """Run the playbook ``runs`` times in one world; return the exit code."""
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        folder = pathlib.Path(folder)
        collections = install(folder)
        with running(scenario) as world:
            command, environment = command_for(world, folder), environment_for(world, folder, collections, reports)
            for number in range(1, runs + 1):
                if runs > 1:
                    print(f"\n===== run {number} of {runs}", flush=True)
                before = set(reports.glob(REPORT_FILES))
                if play(command, environment):
                    return 1
                new = set(reports.glob(REPORT_FILES)) - before
                changed = [name for path in new for name in changes_in(json.loads(path.read_text(encoding="utf-8")))]
                if number > 1 and changed:
                    print(f"\nRun {number} changed something, where nothing was left to do: {', '.join(changed)}", flush=True)
                    return 1
    return 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="three_networks", help="a folder of tests/azure_simulator/scenarios")
    parser.add_argument("--runs", type=int, default=1, help="how often the playbook runs in the same world")
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
