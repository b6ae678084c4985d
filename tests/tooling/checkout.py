"""A copy of the work tree where Ansible's tools want a collection: at ansible_collections/NAMESPACE/NAME, a git repository.

The copy holds what git knows or would add, so that what is tested is what would be committed.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
COLLECTIONS = CACHE / "checkout"
COPY = COLLECTIONS / "ansible_collections" / "azure_dr" / "site_recovery"


def make():
    """Make the copy anew and return its path."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in _files():
        source = ROOT / name
        if not source.exists() and not source.is_symlink():
            continue  # deleted in the work tree, and not yet in the index
        target = COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    subprocess.run(["git", "init", "-q"], cwd=COPY, check=True)
    subprocess.run(["git", "add", "-A"], cwd=COPY, check=True)
    subprocess.run(
        ["git", "-c", "user.name=checkout", "-c", "user.email=checkout@localhost", "commit", "-q", "-m", "The work tree"],
        cwd=COPY,
        check=True,
    )
    return COPY


def _files():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    return sorted({name for name in listed.decode().split("\0") if name})
