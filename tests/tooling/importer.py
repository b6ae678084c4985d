"""Imports the built archive as Galaxy would; run with the interpreter of .venv-importer. A warning fails it as an error does."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import checkout  # noqa: E402

WORK = checkout.CACHE / "importer"
# It gives its linter a collections path that is one folder too deep, so that no playbook of the collection itself is found by its
# full name; the linter's own run in `make test` finds it, or says so.
NOT_OURS = re.compile(r"Failed to find azure_dr\.site_recovery\.\w+ playbook")
COMPLAINT = re.compile(r"\b(ERROR|WARNING|CRITICAL)\b|Traceback")


def complaints(output):
    """The lines of the importer's log that say that something is not as it should be; pure."""
    return [line for line in output.splitlines() if COMPLAINT.search(line) and not NOT_OURS.search(line)]


def main():
    # It refuses to build where an archive of an earlier run lies.
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    programs = str(pathlib.Path(sys.executable).parent)
    environment = dict(
        os.environ,
        PATH=os.pathsep.join([programs, os.environ["PATH"]]),
        ANSIBLE_HOME=str(WORK / "ansible"),
        GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true",
        GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP=str(WORK / "tmp"),
    )
    command = [sys.executable, "-m", "galaxy_importer.main", "--git-clone-path", str(checkout.COPY), "--output-path", str(WORK)]
    done = subprocess.run(
        command, cwd=WORK, env=environment, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(done.stdout)
    found = complaints(done.stdout)
    for line in found:
        print(f"FAILED: {line}")
    return done.returncode or bool(found)


if __name__ == "__main__":
    sys.exit(main())
