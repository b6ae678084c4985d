"""Scenarios: folders of YAML files, one per section of the world.

`world.yml` may say `extends: <other scenario>`: mappings are merged deeply, anything else replaces what was there.
In texts `{octet}` stands for the second octet of the world's addresses, and `{section.key.0.key}` for a value of
another place, so that a password is written once. Lists are entered by number.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .errors import ScenarioError
from .fleets import fleet_of
from .installer_content import sha256_of

SCENARIOS = Path(__file__).parent / "scenarios"
_REFERENCE = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_-]+)+)\}")


def load(name: str | Path) -> dict[str, Any]:
    """The sections of a scenario, by name (a folder of `scenarios/`) or by path; placeholders still in place."""
    folder = Path(name)
    if not folder.is_dir():
        folder = SCENARIOS / str(name)
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in SCENARIOS.iterdir() if path.is_dir()))
        raise ScenarioError(f"there is no scenario {str(name)!r}; known are: {known}")
    sections: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yml")):
        sections[file.stem] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    base = (sections.get("world") or {}).pop("extends", None)
    if base is None:
        return sections
    sibling = folder.parent / base
    return merge(load(sibling if sibling.is_dir() else base), sections)


def merge(below: Any, above: Any) -> Any:
    """Both, where `above` wins; mappings are merged key by key. Neither argument is changed."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        merged = {key: copy.deepcopy(value) for key, value in below.items()}
        for key, value in above.items():
            merged[key] = merge(below[key], value) if key in below else copy.deepcopy(value)
        return merged
    return copy.deepcopy(above)


def resolve(sections: Mapping[str, Any], octet: int) -> dict[str, Any]:
    """The sections with `{octet}` and references replaced. A reference alone keeps the type of its value."""
    numbered = _replace_octet(dict(sections), str(octet))
    for installer in (numbered.get("windows") or {}).get("installers") or []:
        # A hash that nobody wrote down follows from the content; others may refer to it.
        installer.setdefault("sha256", sha256_of(installer["url"], int(installer["size_bytes"])))
    return _resolve_references(numbered, numbered, ())


def _replace_octet(value: Any, octet: str) -> Any:
    if isinstance(value, str):
        return value.replace("{octet}", octet)
    if isinstance(value, Mapping):
        return {_replace_octet(key, octet): _replace_octet(item, octet) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_octet(item, octet) for item in value]
    return value


def _resolve_references(value: Any, sections: Mapping[str, Any], trail: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolve_references(item, sections, trail) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve_references(item, sections, trail) for item in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole and whole.group(1).split(".")[0] in sections:
        return _look_up(whole.group(1), sections, trail)

    def text(match: re.Match) -> str:
        if match.group(1).split(".")[0] not in sections:
            return match.group(0)
        return str(_look_up(match.group(1), sections, trail))

    return _REFERENCE.sub(text, value)


def _look_up(reference: str, sections: Mapping[str, Any], trail: tuple[str, ...]) -> Any:
    if reference in trail:
        raise ScenarioError(f"the reference {{{reference}}} leads back to itself: {' -> '.join((*trail, reference))}")
    value: Any = sections
    for part in reference.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ScenarioError(f"the reference {{{reference}}} points to nothing: no {part!r}") from None
    return _resolve_references(copy.deepcopy(value), sections, (*trail, reference))


def fleet(count: int, pace: float = 1.0) -> dict[str, Any]:
    """The sections of a fleet of `count` servers, each in a network of its own and each as fast as its number says:
    ``with running(fleet(50)) as world``.

    pace        how many times longer everything takes: what is measured against the interval of polls, which cannot be
                shorter than a second, needs a chain that is long against it, as real ones are
    """
    return fleet_of(load("three_networks"), count, pace)
