"""`make rehearsal SCENARIO=full_life`: planned, prepared, upgraded, given machines and retired, each step twice, with nothing left at the end."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).parents[2]
LIMIT_SECONDS = 600
STEPS = ["plan_failback", "prepare_failback", "upgrade_process_servers", "switch_process_servers", "retire_process_servers"]
SERVERS = ["ps-app-01", "ps-db-01", "ps-web-01"]
OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"


def runs_of(output):
    """``{(playbook, number of the run): what was shown of it}``, in their order, and what came after the last."""
    headings = list(re.finditer(r"^===== .*\((\w+)\), run (\d) of 2$|^===== what is left of ours: .*$", output, re.MULTILINE))
    ends = [heading.start() for heading in headings[1:]] + [len(output)]
    shown = [output[heading.start() : end] for heading, end in zip(headings, ends, strict=True)]
    return {(heading[1], int(heading[2])): text for heading, text in zip(headings[:-1], shown, strict=False)}, shown[-1]


def row(text, server):
    """The server's row of the closing table."""
    return re.search(rf"^{server} .*$", text[text.index("PROCESS SERVERS") :], re.MULTILINE)[0]


def test_each_step_twice_and_nothing_left(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.azure_simulator.rehearse", "--scenario", "full_life", "--reports", str(tmp_path / "reports")],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    output = done.stdout
    assert done.returncode == 0, output
    runs, end = runs_of(output)
    assert list(runs) == [(step, number) for step in STEPS for number in (1, 2)]
    for (_step, number), text in runs.items():
        assert re.search(r"changed=[1-9]" if number == 1 else r"changed=0 ", text), text

    for name in SERVERS:
        assert re.search(rf"registered +[\d.]+ +{re.escape(OLD)} ", row(runs["prepare_failback", 1], name))
        upgraded = runs["upgrade_process_servers", 1]
        assert NEW in row(upgraded, name)
        # Over the version between, with the restart that the last installer asks for.
        assert all(f"{name} | {step} | finished" in upgraded for step in (f"start UCX_SERVER_SETUP.EXE of {BETWEEN}", "restart the server"))
        assert "registered, unchanged" in row(runs["upgrade_process_servers", 2], name)
        retired = runs["retire_process_servers", 1]
        assert "machine, network interface, 2 disks" in row(retired, name)
        assert re.search(rf'"{name} +unregistered +[\d.]+  machine {name}, network interface {name}-nic, disk {name}-os, disk {name}-cache"', retired)
    assert "ps-app-01 (127." in runs["switch_process_servers", 1] and "carries 5 machines" in runs["switch_process_servers", 1]
    assert "carries 12 machines" in runs["retire_process_servers", 1]

    assert end.splitlines()[0] == "===== what is left of ours: nothing" and end.count(": none") == 5
    assert "cAnary" not in output
    # A report of each run that had to do with process servers.
    reports = [json.loads(path.read_text()) for path in (tmp_path / "reports").glob("*.json")]
    assert sorted(report["playbook"] for report in reports) == sorted(f"{step}.yml" for step in STEPS for _run in (1, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]
