"""Recorded answers of the real service, served again as if they had been given now.

The recording is read where it lies, in the folder `shared` beside the checkout, or where the environment variable
AZURE_DR_SHARED says; it is no part of this project.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests import shared

from ..errors import ScenarioError
from . import times


class RecordingMissing(ScenarioError):
    """The folder with the recordings is not here: whoever rehearses learns where it is expected."""


def answers(name: str) -> dict[str, Any]:
    """The bodies of a recording, by path without query; of a path asked twice, the first. `name` is relative to
    `recordings` in the shared folder."""
    path = shared.folder() / "recordings" / name
    if not path.is_file():
        raise RecordingMissing(f"the recording {name} is not in {shared.folder()}/recordings: put the folder 'shared' "
                               "beside the checkout, or name it in AZURE_DR_SHARED")
    found: dict[str, Any] = {}
    for entry in json.loads(path.read_text(encoding="utf-8-sig"))["Entries"]:
        if entry["RequestMethod"] == "GET" and entry["ResponseBody"]:
            found.setdefault(entry["RequestUri"].partition("?")[0].lower(), json.loads(entry["ResponseBody"]))
    return found


def seconds_until(now: datetime, value: Any) -> int:
    """By how much all times of `value` are to be moved so that the newest is now: whole seconds, rounded so that none
    comes to lie ahead. Dates of expiry do lie ahead, and are not what "newest" means."""
    observed = [moment for key, text in _texts(value, "") if "expiry" not in key.lower()
                if (moment := times.parse(text)) is not None]
    if not observed:
        raise ScenarioError("the recording holds no time")
    return math.floor((now - max(observed)).total_seconds())


def moved(value: Any, seconds: int) -> Any:
    """The same answer with every time in it moved, and nothing else changed."""
    if isinstance(value, dict):
        return {key: moved(item, seconds) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, seconds) for item in value]
    if isinstance(value, str):
        return times.moved(value, seconds)
    return value


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str):
        yield key, value
