"""The folder ``shared`` beside the checkout: Microsoft's published API descriptions, recorded answers, command tables.

It is no part of this project. A test that needs something of it asks here, and so is skipped in one case only: where the
folder is not there. Never in CI, and never where the folder is there but lacks the thing: that is a failure.
"""

from __future__ import annotations

import os
import pathlib

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
VARIABLE = "AZURE_DR_SHARED"
# How every such skip begins, so that one can tell them from other skips.
REASON = "the folder 'shared' is not here"


def folder():
    """Beside the checkout, unless the environment names another."""
    return pathlib.Path(os.environ.get(VARIABLE) or CHECKOUT.parent / "shared")


def is_demanded():
    """Whether a test that needs the folder must be run: in CI, and wherever the folder is."""
    return bool(os.environ.get("CI")) or folder().is_dir()


def needed(name):
    """The path of something in the folder, for the test that calls this; skips it, or fails it, as said above."""
    import pytest  # not at the top: the rehearsal world reads recordings without it

    path = folder() / name
    if path.exists():
        return path
    if is_demanded():
        pytest.fail(f"{path} is needed: put the folder 'shared' beside the checkout, or name it in {VARIABLE}", pytrace=False)
    pytest.skip(f"{REASON}: {folder()} (put it beside the checkout, or name it in {VARIABLE})")
