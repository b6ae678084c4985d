"""What a rehearsal runs: the section `rehearsal` of a scenario, and without one the main job alone.

runs            how often each step runs in the same world, where the command line does not say (default 1)
steps           [{title, playbook, variables, without, files}], in their order
                playbook     the name of a shipped playbook
                variables    laid over those of the section `playbook`
                without      names of variables of that section that this step is not given
                files        further files of variables, which win over all others
nothing_left    true: at the end nothing that is the collection's may be there any more

`{work}` in texts stands for a folder that all steps of a rehearsal share, which is gone at its end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ScenarioError

if TYPE_CHECKING:
    from .world import World

MAIN_JOB = {"title": "Prepare failback", "playbook": "prepare_failback"}
KEYS = {"title", "playbook", "variables", "without", "files"}
OWNER = "azure_dr.site_recovery"


@dataclasses.dataclass(frozen=True)
class Step:
    """One playbook with its variables. `files`: paths, in the order in which the later wins."""

    title: str
    playbook: str
    variables: Mapping[str, Any]
    files: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Rehearsal:
    steps: tuple[Step, ...]
    runs: int
    nothing_left: bool


def rehearsal_of(section: Mapping[str, Any], variables: Mapping[str, Any], work: Path, runs: int | None = None) -> Rehearsal:
    """The rehearsal that a section describes; pure. `variables`: those of the world's playbooks."""
    unknown = set(section) - {"runs", "steps", "nothing_left"}
    if unknown:
        raise ScenarioError(f"the section rehearsal has no {', '.join(sorted(unknown))}")
    steps = [_step(number, one, variables, work) for number, one in enumerate(section.get("steps") or [MAIN_JOB], 1)]
    times = section.get("runs", 1) if runs is None else runs
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ScenarioError(f"a step must run once or more often, not {times!r} times")
    return Rehearsal(tuple(steps), times, bool(section.get("nothing_left")))


def _step(number: int, given: Mapping[str, Any], variables: Mapping[str, Any], work: Path) -> Step:
    unknown = set(given) - KEYS
    if unknown or not given.get("playbook"):
        raise ScenarioError(f"step {number} of the rehearsal has no playbook" if not unknown else
                            f"step {number} of the rehearsal: {', '.join(sorted(unknown))} is not known")
    absent = set(given.get("without") or ()) - set(variables)
    if absent:
        raise ScenarioError(f"step {number} of the rehearsal is without {', '.join(sorted(absent))}, which is no variable here")
    kept = {name: value for name, value in variables.items() if name not in (given.get("without") or ())}
    return Step(
        title=given.get("title") or given["playbook"],
        playbook=given["playbook"],
        variables=_complete({**kept, **(given.get("variables") or {})}, work),
        files=tuple(_complete(list(given.get("files") or ()), work)),
    )


def _complete(value: Any, work: Path) -> Any:
    if isinstance(value, Mapping):
        return {key: _complete(item, work) for key, item in value.items()}
    if isinstance(value, list):
        return [_complete(item, work) for item in value]
    return value.replace("{work}", str(work)) if isinstance(value, str) else value


def ours(world: World) -> dict[str, list[str]]:
    """What carries the collection's tag in this world, and process servers that a configuration server lists beside its own."""
    def look() -> dict[str, list[str]]:
        things = {
            "machines": [machine.body for machine in world.compute.machines.values()],
            "network interfaces": world.network.interfaces.all(),
            "disks": world.compute.disks.all(),
            "public addresses": world.network.public_addresses.all(),
        }
        found = {
            kind: sorted(thing["name"] for thing in listed if (thing.get("tags") or {}).get("azure_dr_owner") == OWNER)
            for kind, listed in things.items()
        }
        servers = [(one, server) for one in world.site_recovery.configuration_servers() for server in one.process_servers]
        found["process servers listed"] = sorted(server.name for one, server in servers if not one.is_at(server.address))
        return found

    return world.call(look)


def what_is_left(found: Mapping[str, list[str]]) -> str:
    """One line for each kind; pure."""
    return "\n".join(f"  {kind}: {', '.join(names) or 'none'}" for kind, names in found.items())
