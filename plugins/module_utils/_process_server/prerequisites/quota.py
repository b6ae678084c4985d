# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is there quota for the sum of all servers that are still to be made. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.sizes import (
    cores,
    size_of,
)

# Names of counters, in lower case.
MACHINES = "virtualmachines"
RAISE = "Ask for more in the portal (Quotas), take smaller sizes, or place servers in another region"


def checks(facts, places):
    """One check per subscription, region and counter: all cores, those of each family, and machines.

    A machine that exists is in the counters already, deallocated or not (virtual-machines/windows/quotas), so only
    those that are still to be made are added.
    """
    todo, results = [], []
    for place in places:
        if place.deployed:
            results.append(ok("quota", place.name, "the machine is there already and takes no more"))
        elif not place.machine.known:
            results.append(
                unknown(
                    "quota", place.name, f"whether its machine is there already is not known: {place.machine.unknown}"
                )
            )
            todo.append(place)
        else:
            todo.append(place)
    for subscription, region in dict.fromkeys((place.entry["subscription_id"].lower(), place.region) for place in todo):
        here = [
            place for place in todo if (place.entry["subscription_id"].lower(), place.region) == (subscription, region)
        ]
        results += _region(facts, subscription, region, here)
    return results


def _region(facts, subscription, region, places):
    names = ", ".join(place.name for place in places)
    if not region:
        return [unknown("quota", "", f"the region of {names} is not known")]
    usages = facts.of("usages", (subscription, region))
    if not usages.known:
        return [unknown("quota", "", usages.unknown)]
    wanted, uncounted = _wanted(facts, places)
    results = (
        [unknown("quota", "", f"how many cores {', '.join(uncounted)} take is not known: the size could not be read")]
        if uncounted
        else []
    )
    if _usage(usages.value, MACHINES) is None:
        # Its limit is in the ten thousands; a service that does not count it limits nothing.
        del wanted[MACHINES]
    doubtful = [place.name for place in places if not place.machine.known]
    return [
        _counter(usages.value, region, counter, number, uncounted if counter != MACHINES else [], doubtful)
        for counter, number in wanted.items()
        if number
    ] + results


def _wanted(facts, places):
    """Counter (lower case) -> what is asked for, and the servers whose size is not known."""
    wanted, uncounted = {"cores": 0, MACHINES: 0}, []
    for place in places:
        wanted[MACHINES] += 1
        _known, size = size_of(facts, place)
        number = cores(size) if size else None
        if number is None:
            uncounted.append(place.name)
            continue
        family = (size.get("family") or "").lower()
        wanted["cores"] += number
        if family:
            wanted[family] = wanted.get(family, 0) + number
    return wanted, uncounted


def _usage(usages, counter):
    return next((one for one in usages if ((one.get("name") or {}).get("value") or "").lower() == counter), None)


def _counter(usages, region, counter, wanted, uncounted, doubtful):
    """``uncounted``: servers that need more than is counted here; ``doubtful``: servers that may be there already."""
    usage = _usage(usages, counter)
    if usage is None:
        return unknown("quota", "", f"{region} shows no quota named {counter}, {wanted} needed")
    name = (usage.get("name") or {}).get("localizedValue") or usage["name"]["value"]
    free = usage["limit"] - usage["currentValue"]
    seen = f"{region}, {name}: {wanted} needed for all servers, {free} free ({usage['currentValue']} of {usage['limit']} in use)"
    if wanted <= free:
        return (
            unknown("quota", "", f"{seen}, not counting {', '.join(uncounted)}") if uncounted else ok("quota", "", seen)
        )
    return (
        unknown("quota", "", f"{seen}, if {', '.join(doubtful)} are not there yet", RAISE)
        if doubtful
        else failed("quota", "", seen, RAISE)
    )
