# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the machine size offered in the region, and does it take the disks asked for. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)

NAMED = 5


def checks(facts, places):
    return [_check(facts, place) for place in places]


def size_of(facts, place):
    """What the region says of the entry's size: a `Fact`-like pair (known, dict or `None`)."""
    listed = facts.of("sizes", (place.entry["subscription_id"].lower(), place.region))
    if not listed.known:
        return False, None
    return True, next(
        (size for size in listed.value if (size.get("name") or "").lower() == place.entry["size"].lower()), None
    )


def cores(size):
    """Virtual CPUs of a size, which is what quota counts; `None` where the service does not say."""
    value = capability(size, "vCPUs")
    return int(value) if value and value.isdigit() else None


def capability(size, name):
    return next((one.get("value") for one in size.get("capabilities") or [] if one.get("name") == name), None)


def _check(facts, place):
    name, wanted = place.name, place.entry["size"]
    if place.deployed:
        return ok("size", name, "the machine is there already")
    if not place.region:
        return unknown("size", name, "the region is not known: neither location nor the network's could be read")
    listed = facts.of("sizes", (place.entry["subscription_id"].lower(), place.region))
    if not listed.known:
        return unknown("size", name, listed.unknown)
    size = size_of(facts, place)[1]
    if size is None:
        return failed(
            "size", name, f"{wanted} is not offered in {place.region}", f"Choose another size{_others(listed.value)}"
        )
    barrier = _barrier(size, place.region)
    if barrier:
        return failed(
            "size",
            name,
            f"{wanted} is not offered to this subscription in {place.region} ({barrier})",
            f"Ask Microsoft for it, or choose another size{_others(listed.value)}",
        )
    premium = [
        disk
        for disk in (place.entry.get("os_disk_type"), place.entry.get("data_disk_type"))
        if disk and disk.lower().startswith("premium")
    ]
    if premium and (capability(size, "PremiumIO") or "").lower() == "false":
        return failed(
            "size",
            name,
            f"{wanted} takes no premium disks, and {premium[0]} is asked for",
            "Ask for StandardSSD_LRS disks, or a size with premium storage",
        )
    return ok("size", name, f"{wanted} is offered in {place.region}: {cores(size) or 'an unknown number of'} cores")


def _barrier(size, region):
    """Why the size may not be used in the whole region; a restriction of single zones is none, as no zone is asked for."""
    for restriction in size.get("restrictions") or []:
        if restriction.get("type") != "Location":
            continue
        places = (restriction.get("restrictionInfo") or {}).get("locations") or restriction.get("values") or [region]
        if region in [one.replace(" ", "").lower() for one in places]:
            return restriction.get("reasonCode") or "restricted"
    return ""


def _others(sizes):
    """Sizes of at least eight cores that are offered, the smallest first: eight is what the documented default has."""
    fit = [
        (cores(size), size["name"])
        for size in sizes
        if (cores(size) or 0) >= 8 and not any(one.get("type") == "Location" for one in size.get("restrictions") or [])
    ]
    named = [name for _cores, name in sorted(fit)[:NAMED]]
    return f", for instance {', '.join(named)}" if named else ""
