"""Makes the checkout importable, as `tests` and, through that package, as the collection."""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import tests  # noqa: E402,F401  pylint: disable=unused-import,wrong-import-position
