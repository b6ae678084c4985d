# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process server can take over machines, and whether the machines can be moved now. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_values,
    protected_items,
    sizing,
    versions,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_parties import in_words

# vmware-physical-azure-monitor-process-server, "cache folder free space": below 30 % is a warning, below 25 % critical.
FREE_CACHE_WARNING_PERCENT = 30
FREE_CACHE_CRITICAL_PERCENT = 25

OVERLOAD = "accept_overload"
# The job that a switch is (recorded).
SCENARIO = "ProcessServerFailover"
# Names of states in which something is under way. The service publishes no list of them: our inference.
UNDER_WAY = re.compile(r"(FailingOver|Committing|Enabling|Disabling|Cancelling|Reversing|MarkedForDeletion)", re.IGNORECASE)
# How many names a message lists.
MOST_NAMES = 5


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing against a switch. ``refuses``: it must not be done so; ``accepted_by``: the option that makes it a warning."""

    said: str
    cure: str = ""
    refuses: bool = True
    accepted_by: str = ""


def warning(said):
    return Finding(said, refuses=False)


@dataclasses.dataclass(frozen=True)
class Load:
    """What a process server would carry. ``churn_gb``: of the machines whose changes the vault tells."""

    machines: int
    churn_gb: float


def target_findings(fabric, target, load, now):
    """What speaks against moving machines to a process server that would then carry ``load``."""
    return [*_life(fabric, target, now), *_version(fabric, target), *_cache(target), *_capacity(target, load)]


def _life(fabric, target, now):
    name = in_words(target)
    if not configuration_servers.is_alive(fabric, target, now):
        age = configuration_servers.heartbeat_age(target, now)
        said = f"{name} gives no heartbeat" + ("" if age is None else f", the last one came {age} s ago")
        yield Finding(said, "Start it and its services, or name another server")
    service = target.get("psServiceStatus")
    if service and service.lower() != "running":
        yield Finding(f"the services of {name} do not run: {service}", "Start its services, or name another server")
    health = (target.get("health") or "").lower()
    if health in ("critical", "warning"):
        errors = "; ".join(filter(None, (error["message"] for error in info_values.health_errors(target.get("healthErrors")))))
        said = f"the health of {name} is {health}{f': {errors}' if errors else ''}"
        yield Finding(said, "Mend it first, or name another server", refuses=health == "critical")


def _version(fabric, target):
    """vmware-azure-set-up-process-server-scale: the version is that of the configuration server, or earlier."""
    ours, theirs = target.get("agentVersion"), configuration_servers.details(fabric).get("agentVersion")
    newer = versions.is_newer(ours, theirs)
    if newer:
        said = f"{in_words(target)} has version {ours}, its configuration server {theirs}"
        yield Finding(said, "Upgrade the configuration server first, or name another server")
    elif newer is None:
        yield warning(f"whether {in_words(target)} is newer than its configuration server is not known: {ours} and {theirs}")


def _cache(target):
    total, free = (info_values.number(target.get(key)) for key in ("totalSpaceInBytes", "availableSpaceInBytes"))
    if not total or free is None:
        yield warning(f"how much of its cache disk is free on {in_words(target)} is not known")
        return
    percent = 100 * free / total
    if percent < FREE_CACHE_WARNING_PERCENT:
        said = f"{percent:.1f} % of its cache disk are free on {in_words(target)}; below {FREE_CACHE_CRITICAL_PERCENT} % is critical"
        yield Finding(said, "Give it a larger cache disk, or name another server", percent < FREE_CACHE_CRITICAL_PERCENT, OVERLOAD)


def _capacity(target, load):
    """The table of sizes, by the memory and the cache disk that the vault shows (see `sizing`)."""
    memory, space = (info_values.number(target.get(key)) for key in ("totalMemoryInBytes", "totalSpaceInBytes"))
    if not memory or not space:
        yield warning(f"how large {in_words(target)} is is not known, and so not how much it can carry")
        return
    row = sizing.carried_by(memory, space)
    has = f"{in_words(target)} has {memory / 2**30:.0f} GB of memory and a cache disk of {space / 2**30:.0f} GB"
    would = f"and would carry {count(load.machines, 'machine')} with {load.churn_gb:.0f} GB of changes a day"
    if row is None:
        least = f"a process server has {sizing.TABLE[0].memory_gb} and {sizing.TABLE[0].cache_disk_gb} GB at least"
        yield Finding(f"{has} {would}; {least}", "Name a larger server, or move fewer machines", accepted_by=OVERLOAD)
    elif load.machines > row.most_machines or load.churn_gb > row.most_churn_gb:
        most = f"that is enough for {row.most_machines} machines and {row.most_churn_gb:.0f} GB"
        yield Finding(f"{has} {would}; {most}", "Name a larger server, or move fewer machines", accepted_by=OVERLOAD)


def machine_findings(items):
    """Machines on which something is under way, each by its name."""
    for item in items:
        name, running = protected_items.friendly_name(item), protected_items.running_scenario(item)
        state = protected_items.properties(item).get("protectionState") or ""
        cure = "Wait until that has ended, then run again"
        if running and running[0].lower() != SCENARIO.lower():
            yield Finding(f"on {name} the job {running[0]} runs ({running[1].rpartition('/')[2]})", cure)
        elif UNDER_WAY.search(state):
            yield Finding(f"{name} is in the state {state}", cure)


def count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def listed(items):
    """The names of some machines, not too many of them."""
    names = sorted(map(protected_items.friendly_name, items))
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
