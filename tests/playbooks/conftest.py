"""The collection as users get it: built to an archive and installed from it, once for all the tests of a run."""

from __future__ import annotations

import fcntl
import os
import pathlib
import subprocess
import sys

import pytest

from tests.azure_simulator.running import running
from tests.playbooks.support.ansible import Ansible

CHECKOUT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folder to give as collections path."""
    base = tmp_path_factory.getbasetemp()
    # Under xdist each worker has a folder of its own below the one of the run.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "collections"
    shared.mkdir(exist_ok=True)
    with open(shared / "lock", "w", encoding="utf-8") as lock:
        # Test processes run side by side: the first builds, the others wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "installed").exists():
            galaxy = [sys.executable, "-m", "ansible", "galaxy", "collection"]
            subprocess.run([*galaxy, "build", str(CHECKOUT), "--output-path", str(shared), "--force"], check=True, capture_output=True, timeout=120)
            (archive,) = shared.glob("azure_dr-site_recovery-*.tar.gz")
            subprocess.run([*galaxy, "install", str(archive), "-p", str(shared / "new"), "--force", "--offline"], check=True, capture_output=True, timeout=120)
            (shared / "new").rename(shared / "installed")
    return shared / "installed"


@pytest.fixture
def ansible(installed, tmp_path):
    return Ansible(installed, tmp_path)


@pytest.fixture
def world():
    """Three virtual networks with machines that were failed over, and no process server."""
    with running("three_networks") as world:
        yield world
