"""Runs everything that must pass, and ends with a table of the steps and their times.

One lane runs the tests, whose output is shown as it comes; the other runs the linters meanwhile. Logs are kept in .cache/logs,
and that of a step that fails is shown.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import time

import checkout
import environments

ROOT = checkout.ROOT
LOGS = environments.LOGS
EXCHANGES = checkout.CACHE / "exchanges"
TOOLING = ROOT / "tests" / "tooling"
PROGRAMS = ROOT / ".venv" / "bin"
PYTHON = str(PROGRAMS / "python")
IMPORTER_PYTHON = str(ROOT / ".venv-importer" / "bin" / "python")
WORST_LOG = 20_000  # characters shown of a failed step's log; the rest is in the file
SKIPPED = 77  # with what a step ends that cannot be made here, as automake's tests do


@dataclasses.dataclass(frozen=True)
class Step:
    """One command. ``shown``: its output goes to the terminal as well, as it comes."""

    name: str
    command: tuple
    directory: pathlib.Path = ROOT
    shown: bool = False


# More test processes than there are cores: much of what the playbooks do is to wait. Tests are handed out one by one and in
# their order, the longest first, so that none begins when the others are done.
TESTS = (
    Step("pytest", (PYTHON, "-m", "pytest", "-n", "4", "--dist", "load", "--maxschedchunk", "1", "--durations=10"), shown=True),
    Step("conformance", (PYTHON, "-m", "tests.conformance.check", str(EXCHANGES)), shown=True),
)
LINTERS = (
    Step("ansible-test sanity", (PYTHON, str(TOOLING / "sanity.py"))),
    Step("ansible-lint", ("ansible-lint", "--strict"), checkout.COPY),
    Step("antsibull-docs", ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", "."), checkout.COPY),
    Step("antsibull-changelog", ("antsibull-changelog", "lint"), checkout.COPY),
    Step("molecule", ("molecule", "test", "--scenario-name", "default"), checkout.COPY),
    Step("galaxy-importer", (IMPORTER_PYTHON, str(TOOLING / "importer.py"))),
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    name: str
    code: int
    seconds: float

    @property
    def log(self):
        return LOGS / f"{self.name.replace(' ', '-')}.log"


def run(step):
    """Run one step to its end, with its output in its log."""
    begin = time.monotonic()
    outcome = Outcome(step.name, 0, 0)
    with open(outcome.log, "w", encoding="utf-8") as log:
        try:
            process = subprocess.Popen(
                step.command,
                cwd=step.directory,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError as error:
            log.write(f"This machine lacks the program {error.filename}\n")
            return Outcome(step.name, 127, time.monotonic() - begin)
        for line in process.stdout:
            log.write(line)
            if step.shown:
                print(line, end="", flush=True)
        code = process.wait()
    return Outcome(step.name, code, time.monotonic() - begin)


def lane(steps):
    """Run these steps one after the other; a step that fails does not keep the next from being run."""
    outcomes = []
    for step in steps:
        outcomes.append(run(step))
        if not step.shown:
            print(f"[{step.name}: {_verdict(outcomes[-1])} after {outcomes[-1].seconds:.0f} s]", flush=True)
    return outcomes


def _environment():
    result = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_")) or name == "AZURE_DR_SHARED"}
    result.update(
        PATH=os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]),
        AZURE_SIMULATOR_EXCHANGES=str(EXCHANGES),
        ANSIBLE_HOME=str(checkout.CACHE / "ansible"),
        ANSIBLE_COLLECTIONS_PATH=str(checkout.COLLECTIONS),
        NO_COLOR="1",
    )
    result.pop("PYTHONPATH", None)
    return result


def _verdict(outcome):
    if outcome.code == SKIPPED:
        return f"skipped: {outcome.log.read_text(encoding='utf-8').strip().rpartition(chr(10))[2]}"
    return "passed" if outcome.code == 0 else f"FAILED ({outcome.code})"


def _environments():
    """The check against the published API descriptions alone may be left out for want of a program, and not in CI."""
    names = ["python", "importer", "node"]
    lacks_node = not (shutil.which("node") and shutil.which("npm"))
    return names[:2] if lacks_node and not os.environ.get("CI") else names


def failures(outcomes):
    """The steps that went wrong. Only the conformance check may be skipped, and it never is in CI."""
    return [outcome for outcome in outcomes if outcome.code and not (outcome.code == SKIPPED and outcome.name == "conformance" and not os.environ.get("CI"))]


def main():
    begin = time.monotonic()
    environments.make(_environments())
    set_up = time.monotonic() - begin
    shutil.rmtree(EXCHANGES, ignore_errors=True)
    EXCHANGES.mkdir(parents=True)
    checkout.make()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        lanes = [pool.submit(lane, steps) for steps in (TESTS, LINTERS)]
    outcomes = [outcome for one in lanes for outcome in one.result()]
    failed = failures(outcomes)
    for outcome in failed:
        print(f"\n===== {outcome.name}: {outcome.log}\n{outcome.log.read_text(encoding='utf-8')[-WORST_LOG:]}")
    print(f"\n{'set-up':22}{set_up:7.0f} s")
    for outcome in outcomes:
        print(f"{outcome.name:22}{outcome.seconds:7.0f} s   {_verdict(outcome)}")
    print(f"{'all':22}{time.monotonic() - begin:7.0f} s   {'passed' if not failed else 'FAILED: ' + ', '.join(outcome.name for outcome in failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
