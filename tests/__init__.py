"""The tests. To import them makes the checkout importable as the collection, which Ansible's own layout asks for."""

from __future__ import annotations

import contextlib
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLLECTIONS = ROOT / ".cache" / "collections"


def link_checkout(root=ROOT, collections=COLLECTIONS):
    """Give the checkout the path that Ansible asks of a collection, by a symlink: the tests read the very files."""
    link = collections / "ansible_collections" / "azure_dr" / "site_recovery"
    link.parent.mkdir(parents=True, exist_ok=True)
    # Workers of one run come here at the same time, and the first one makes it.
    with contextlib.suppress(FileExistsError):
        link.symlink_to(root, target_is_directory=True)


link_checkout()
if str(COLLECTIONS) not in sys.path:
    sys.path.insert(0, str(COLLECTIONS))
