"""`make rehearsal`: the main job as a person runs it, and nothing left running, however it ends."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import uuid

import pytest

CHECKOUT = pathlib.Path(__file__).parents[2]
LIMIT_SECONDS = 300
LINE = re.compile(r"^(ps-\S+) \| (.+?) \| (started|finished)")


@pytest.fixture
def rehearse(tmp_path):
    """Start a rehearsal; ``mark`` is in the environment of all that it starts."""

    def start(*arguments):
        mark = uuid.uuid4().hex
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.azure_simulator.rehearse", "--reports", str(tmp_path / "reports"), *arguments],
            cwd=CHECKOUT,
            env={**os.environ, "REHEARSAL_MARK": mark, "TMPDIR": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A shell lets what it runs in the background ignore this signal, which goes on to all that is started from there.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        process.mark = mark
        return process

    return start


def left_running(mark):
    """The command lines of processes that this rehearsal started and that have not ended."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"REHEARSAL_MARK={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # ended meanwhile, or not ours to read
    return found


def test_twice_in_one_world_the_second_time_unchanged(rehearse, tmp_path):
    process = rehearse("--runs", "2")
    output, _nothing = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0, output
    first, second = output.split("===== run 2 of 2")
    assert re.search(r"changed=[1-9]", first) and "changed=0" in second
    for name in ("ps-app-01", "ps-db-01", "ps-web-01"):
        assert re.search(rf"^{name} .* registered +[\d.]+ +9\.62\.7096\.1 +", first, re.MULTILINE)
        assert re.search(rf"^{name} .* registered, unchanged ", second, re.MULTILINE)
    reports = [json.loads(path.read_text()) for path in sorted((tmp_path / "reports").glob("*.json"))]
    assert [[server["outcome"] for server in report["servers"]] for report in reports] == [["changed"] * 3, ["unchanged"] * 3]
    assert left_running(process.mark) == []
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_running_when_it_is_ended(rehearse, how, tmp_path):
    process = rehearse()
    # In the midst of its work: a server's step has begun and the task goes on.
    seen = next((line for line in process.stdout if LINE.match(line)), None)
    assert seen, "no step was shown"
    assert len(left_running(process.mark)) > 1
    process.send_signal(how)
    output, _nothing = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 130, output
    assert left_running(process.mark) == []
    assert not list(tmp_path.rglob("variables.json"))


def test_a_scenario_that_is_not_there_is_told_in_one_line(rehearse):
    process = rehearse("--scenario", "no_such_scenario")
    output, _nothing = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 1
    assert "no_such_scenario" in output and "Traceback" not in output
