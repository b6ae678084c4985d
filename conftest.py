"""Makes the checkout importable, as `tests` and, through that package, as the collection."""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import tests  # noqa: E402,F401  pylint: disable=unused-import,wrong-import-position

# It takes longer than any other, and would else be what all wait for at the end.
FIRST = "test_full_life.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name != FIRST)
