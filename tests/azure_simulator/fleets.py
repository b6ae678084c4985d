"""A fleet: the scenario of the three networks with any number of them, one server in each, unevenly fast."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

from .errors import ScenarioError

MOST = 199          # third octets 1 to 199; the hub of the scenario has 200, on-premises 250

# A fleet's lists have pages as long as the real service's.
PAGE = 50

# How much slower than the scenario's default the quickest and the slowest server are.
_QUICKEST, _SLOWEST = 1.0, 3.0


def unevenness(index: int) -> float:
    """A factor between the two limits, the same in every run and different for neighbours. The first server is among
    the slow ones, so that a fleet of one is not a matter of luck."""
    # The golden ratio spreads any number of points evenly, without a pattern that follows the order of the servers.
    part = (0.9 + index * 0.6180339887) % 1.0
    return _QUICKEST + (_SLOWEST - _QUICKEST) * part


def fleet_of(base: Mapping[str, Any], count: int, pace: float) -> dict[str, Any]:
    """The sections of `base` with `count` networks and servers; every latency `pace` times as long."""
    if not 1 <= count <= MOST:
        raise ScenarioError(f"a fleet has 1 to {MOST} servers, not {count}")
    sections = copy.deepcopy(dict(base))
    subscription = sections["world"]["subscriptions"][0]["id"]
    numbers = range(1, count + 1)
    names = [f"ps-{number:03}" for number in numbers]
    _world(sections["world"], names, pace)
    _network(sections["network"], numbers)
    _compute(sections["compute"], count)
    _site_recovery(sections["site_recovery"], subscription, numbers)
    _playbook(sections["playbook"], subscription, numbers, sections["world"]["retry_after"]["compute"])
    return sections


def _world(world: dict[str, Any], names: list[str], pace: float) -> None:
    latencies = world["latencies"]
    for kind, entry in list(latencies.items()):
        default = pace * (entry["default"] if isinstance(entry, Mapping) else entry)
        if kind == "default" or not default:
            continue
        latencies[kind] = {"default": default, "by_name": {
            name: round(default * unevenness(index), 3) for index, name in enumerate(names)}}
    # Minutes of real life pass here in seconds, but ARM's buckets are refilled in real time. So that a fleet's polls
    # take the same share of them as in real life, the services ask larger fleets to come back later.
    seconds = max(1, math.ceil(len(names) / 25))
    world["retry_after"] = {kind: seconds for kind in ("compute", "network", "resources", "recovery")}


def _network(network: dict[str, Any], numbers: range) -> None:
    network["virtual_networks"] = [
        {"name": f"vnet-{number:03}", "resource_group": "rg-network", "prefix": f"127.{{octet}}.{number}.0/24",
         "subnets": [{"name": "failback", "prefix": f"127.{{octet}}.{number}.0/25"},
                     {"name": "GatewaySubnet", "prefix": f"127.{{octet}}.{number}.128/25"}],
         "gateway": "vpn" if number % 2 else "expressroute"}
        for number in numbers]
    network["network_interfaces"] = []
    network["page_size"] = PAGE


def _compute(compute: dict[str, Any], count: int) -> None:
    compute["virtual_machines"] = []
    compute["page_size"] = PAGE
    for region in compute["regions"].values():
        for usage in region["usages"].values():
            # Room for the whole fleet whatever size it takes, as somebody who has one would have asked for.
            usage["limit"] += 16 * count


def _site_recovery(site_recovery: dict[str, Any], subscription: str, numbers: range) -> None:
    site_recovery["page_sizes"] = {"default": PAGE}
    for vault in site_recovery["vaults"].values():
        for fabric in vault["fabrics"].values():
            fabric["protected_items"] = {
                f"app-{number:03}": {
                    "network": _network_id(subscription, number),
                    "virtual_machine": f"/subscriptions/{subscription}/resourceGroups/rg-failback/providers/"
                                       f"Microsoft.Compute/virtualMachines/app-{number:03}",
                    "address": f"127.{{octet}}.{number}.20", "source_address": f"10.20.{number}.20",
                    "disks_gib": [64], "data_rate_mb": {"uncompressed": 300 + number, "compressed": 120 + number}}
                for number in numbers}


def _playbook(playbook: dict[str, Any], subscription: str, numbers: range, interval: int) -> None:
    playbook["process_servers"] = [
        {"name": f"ps-{number:03}", "virtual_network": _network_id(subscription, number),
         "private_ip_address": f"127.{{octet}}.{number}.10", "admin_password": f"cAnary-{number:03}+fleet/pw%="}
        for number in numbers]
    playbook["wait_interval"] = interval
    playbook["wait_timeout"] = 900


def _network_id(subscription: str, number: int) -> str:
    return (f"/subscriptions/{subscription}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/"
            f"vnet-{number:03}")
