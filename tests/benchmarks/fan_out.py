"""How long a fan-out takes against its slowest server alone, and what it and an unchanged run ask of Azure.

Usage: ``python -m tests.benchmarks.fan_out [N ...]``. Both sides of a ratio are measured in one run on the same computer;
Ansible's start-up is left out, since the time is taken from the steps that the modules report.
"""

from __future__ import annotations

import argparse
import datetime
import pathlib
import subprocess
import sys
import tempfile

from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import fleet
from tests.playbooks.support.ansible import Ansible
from tests.playbooks.support.requests import arm_requests, arm_writes, throttled
from tests.playbooks.support.tasks import task

CHECKOUT = pathlib.Path(__file__).parents[2]
SIZES = (1, 5, 20, 50)
LIMIT = 1.05
# Real chains take many minutes; measured against polls of a second or more they must be long as well, or the ratio shows only those.
PACE = 4.0
DEPLOY_AND_REGISTER = [task("process_server_vm", wait=False), task("process_server_registration")]
UNCHANGED = ("process_server_vm", "process_server_registration", "process_server_info")


def makespan(run):
    """Seconds from the first step of any server to the last, over all tasks of a run."""
    steps = [step for one in run.tasks for step in one["result"].get("timeline", [])]
    begin = min(_time(step["started"]) for step in steps)
    end = max(_time(step["finished"]) for step in steps)
    return (end - begin).total_seconds()


def chains(run):
    """Seconds that each server's own steps took, waiting included."""
    totals = {}
    for one in run.tasks:
        for step in one["result"].get("timeline", []):
            totals[step["server"]] = totals.get(step["server"], 0) + step["seconds"]
    return totals


def _time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def measure(ansible, count):
    """One line of the table for ``count`` servers."""
    scenario = fleet(count, pace=PACE)
    with running(scenario) as world:
        together = _done(ansible.play(world, playbook=DEPLOY_AND_REGISTER))
        fan_out = len(arm_requests(world))
        refused = len(throttled(world))
        unchanged = {}
        for module in UNCHANGED:
            since = len(world.log.requests)
            run = _done(ansible.play(world, playbook=[task(module)]))
            assert not run.changed and not arm_writes(world, since), run.output
            unchanged[module] = len(arm_requests(world, since))
    totals = chains(together)
    slowest = max(totals, key=totals.get)
    with running(scenario) as world:
        alone = [server for server in world.playbook_vars()["process_servers"] if server["name"] == slowest]
        single = _done(ansible.play(world, {"process_servers": alone}, playbook=DEPLOY_AND_REGISTER))
    return {
        "servers": count,
        "slowest": slowest,
        "alone": makespan(single),
        "together": makespan(together),
        "ratio": makespan(together) / makespan(single),
        "requests": fan_out,
        "throttled": refused,
        **unchanged,
    }


def _done(run):
    if run.code:
        raise SystemExit(run.output)
    return run


def install(folder):
    """Build the collection and install it below ``folder``."""
    galaxy = [sys.executable, "-m", "ansible", "galaxy", "collection"]
    subprocess.run([*galaxy, "build", str(CHECKOUT), "--output-path", str(folder)], check=True, capture_output=True, timeout=120)
    (archive,) = pathlib.Path(folder).glob("*.tar.gz")
    subprocess.run([*galaxy, "install", str(archive), "-p", str(folder), "--offline"], check=True, capture_output=True, timeout=120)
    return folder


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    sizes = parser.parse_args(arguments).sizes
    print(f"{'servers':>7} {'slowest':>12} {'alone s':>8} {'all s':>8} {'ratio':>6} {'requests':>9} {'429':>4}   unchanged: {', '.join(UNCHANGED)}")
    slow = []
    with tempfile.TemporaryDirectory(prefix="fan-out-") as folder:
        ansible = Ansible(install(folder), folder)
        for size in sizes:
            line = measure(ansible, size)
            unchanged = ", ".join(str(line[module]) for module in UNCHANGED)
            print(
                f"{line['servers']:>7} {line['slowest']:>12} {line['alone']:>8.1f} {line['together']:>8.1f} {line['ratio']:>6.3f}"
                f" {line['requests']:>9} {line['throttled']:>4}   {unchanged}",
                flush=True,
            )
            slow += [size] if line["ratio"] > LIMIT else []
    if slow:
        print(f"longer than {LIMIT} times the slowest server alone: {slow}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
