# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is there a way to run something on each server. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    machine_readiness,
    resource_ids,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    not_applicable,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.images import (
    describe,
    release,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)

NAME = "channel"
# run-command-managed lists Windows Server 2016 and later.
OLDEST = 2016
ROUTE = "Open the WinRM port from this control node to the subnet, or use channel run_command"


def checks(facts, places, fabric):
    return [_check(facts, place, fabric) for place in places]


def _check(facts, place, fabric):
    entry = place.entry
    if entry["method"] == "configuration_tool":
        return not_applicable(
            NAME, place.name, "a person registers this server over remote desktop, nothing is run on it from here"
        )
    if is_registered(entry, fabric, facts.now):
        return ok(NAME, place.name, "the server is registered, nothing has to be run on it")
    old = machine_readiness.needs_agent(entry) and _too_old(place)
    if old:
        return failed(
            NAME,
            place.name,
            old,
            "Use an image of Windows Server 2016, or with channel winrm give the certificate of a listener that is in the image",
        )
    if place.deployed:
        stopped = _stopped(facts, place)
        if stopped:
            return stopped
    return _run_command(facts, place) if entry["channel"] == "run_command" else _winrm(facts, place)


def _too_old(place):
    year = release(place.entry["image"])
    if year is None or year >= OLDEST:
        return ""
    return f"Run Command serves Windows Server {OLDEST} and later, {describe(place.entry['image'])} is {year}"


def _state(facts, place):
    """The machine with its instance view, or `None` where that was not read."""
    listed = facts.of("states", place.entry["subscription_id"].lower())
    return (
        next(
            (
                one
                for one in listed.value or []
                if place.machine.value and resource_ids.same(one["id"], place.machine.value["id"])
            ),
            None,
        )
        if listed.known
        else None
    )


def _stopped(facts, place):
    state = _state(facts, place)
    power = machine_readiness.power_state(state) if state else ""
    if power in machine_readiness.STOPPED:
        return failed(NAME, place.name, f"the machine is there and {power}", "Start it; from then on it is billed")
    return None


def _run_command(facts, place):
    year = release(place.entry["image"])
    if place.deployed:
        state = _state(facts, place)
        if state is not None and machine_readiness.agent_is_ready(state):
            return ok(NAME, place.name, "Run Command: the machine's agent is ready")
        return unknown(
            NAME, place.name, "Run Command: the machine's agent is not known to be ready; the registration waits for it"
        )
    if not place.machine.known:
        return unknown(NAME, place.name, f"whether the machine is there could not be read: {place.machine.unknown}")
    if year is None:
        return unknown(
            NAME,
            place.name,
            f"Run Command serves Windows Server {OLDEST} and later, and the release of {describe(place.entry['image'])} is not known",
        )
    return ok(NAME, place.name, f"Run Command serves Windows Server {year}")


def _winrm(facts, place):
    entry = place.entry
    where = f"{entry['private_ip_address']}:{entry['winrm_port']}"
    if not place.deployed:
        return unknown(NAME, place.name, f"WinRM to {where}: the route can be tried only when the machine is there")
    if entry.get("winrm_proxy"):
        return unknown(NAME, place.name, f"WinRM to {where} goes through a proxy, which the registration tries first")
    seen = facts.connections.get((entry["private_ip_address"], entry["winrm_port"]))
    if seen is None:
        return unknown(NAME, place.name, f"WinRM to {where} was not tried")
    if seen.outcome == "open":
        return ok(NAME, place.name, f"WinRM: {where} accepts connections")
    if seen.outcome == "refused" and machine_readiness.needs_agent(entry):
        return ok(
            NAME,
            place.name,
            f"WinRM: {where} is reached, and a listener is made through Run Command where there is none",
        )
    ready = ((place.machine.value.get("properties") or {}).get("provisioningState") or "").lower() == "succeeded"
    if machine_readiness.needs_agent(entry) or not ready:
        return unknown(NAME, place.name, f"WinRM: {where} does not answer, and the machine may not listen yet", ROUTE)
    return failed(
        NAME,
        place.name,
        f"WinRM: {where} {'refuses connections' if seen.outcome == 'refused' else 'does not answer'}",
        ROUTE,
    )
