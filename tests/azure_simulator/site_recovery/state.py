"""All vaults of a world, built from the section `site_recovery` of its scenario.

    report_seconds, heartbeat_seconds   how often configuration servers report, and process servers give heartbeats
    page_sizes                          {default, fabrics, protected_items, …}
    vaults                              {name: …}; a vault, policy or fabric that is null is left out, so that a scenario
                                        which extends another can take it away
      subscription, resource_group, location, tags
      policies                          {name: {instanceType, …}}
      fabrics                           {friendly name: {kind: VMware | InMageRcm | VMM | HyperVSite | Azure, …}}, see
                                        `declared` in configuration_server.py, modernized.py; also
                                        provider: {…} and protected_items: {name: {…}} with protected_item_defaults
      recording, overlay                a vault served from a recording: see recorded_vault.py
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..errors import ScenarioError, WorldError
from ..scenario import merge
from . import configuration_server, modernized, policies, protected_items, providers, recorded_vault
from .configuration_server import ConfigurationServer
from .fabrics import Fabric, document
from .identifiers import same
from .modernized import ModernizedFabric
from .process_servers import ProcessServer
from .vaults import Vault

if TYPE_CHECKING:
    from ..world import World

REPORT_SECONDS = 900
HEARTBEAT_SECONDS = 60
PAGE_SIZE = 100


class SiteRecovery:
    """`world.site_recovery`."""

    def __init__(self, world: World):
        self._world = world
        self._section = world.section("site_recovery")
        self.vaults: dict[str, Vault] = {}
        for name, settings in (self._section.get("vaults") or {}).items():
            if settings is not None:
                self.add_vault(_vault(name, settings, world.clock.now()))

    # --- vaults ------------------------------------------------------------------------------------------------------

    def add_vault(self, vault: Vault) -> None:
        self.vaults[vault.id.lower()] = vault

    def vault(self, subscription: str, group: str, name: str) -> Vault | None:
        return self.vaults.get(f"/subscriptions/{subscription}/resourcegroups/{group}/providers/"
                               f"microsoft.recoveryservices/vaults/{name}".lower())

    def page_size(self, kind: str) -> int:
        sizes = self._section.get("page_sizes") or {}
        return int(sizes.get(kind) or sizes.get("default") or PAGE_SIZE)

    # --- configuration servers ---------------------------------------------------------------------------------------

    def configuration_servers(self) -> list[ConfigurationServer]:
        return [server for vault in self.vaults.values() for server in vault.configuration_servers()]

    def configuration_server(self, name: str) -> ConfigurationServer:
        """The one that is called so (friendly name, fabric name or id) or is reached there; LookupError otherwise."""
        servers = self.configuration_servers()
        found = ([server for server in servers if same(name, server.name) or same(name, server.id)]
                 or [server for server in servers if server.is_called(name) or server.is_at(name)])
        if len(found) != 1:
            raise LookupError(f"{len(found)} configuration servers are called {name}")
        return found[0]

    def process_server_registered(self, cs_address: str, server: Mapping[str, Any]) -> ProcessServer:
        """A process server told a configuration server, under the address given to its set-up, that it is there.

        server   `name`, `address`, `version`; also `host_id` (the same installation again updates its entry),
                 `os_version`, `memory_bytes`, `space_bytes`, `available_memory_bytes`, `available_space_bytes`
        Heartbeats then come from `world.windows.process_server_alive(address)`. ARM shows the server after the next
        report or refresh.
        """
        return self._at(cs_address).register(server, self._world.clock.now(), self._alive)

    def process_server_upgraded(self, cs_address: str, host_id: str, version: str) -> None:
        """An installation has another version of its software; its configuration server hears of it by the next heartbeat."""
        server = self._at(cs_address)
        for entry in server.process_servers:
            if same(entry.facts.get("hostId"), host_id):
                entry.told = server.as_told(version)

    def process_server_unregistered(self, cs_address: str, address: str, identifier: str | None = None) -> int:
        """Remove the entries of an address, or only that of an id or host id; returns how many there were."""
        return len(self._at(cs_address).unregister(address, identifier))

    def process_servers_at(self, cs_address: str, address: str) -> list[ProcessServer]:
        """What the configuration server itself knows at an address, oldest first."""
        return self._at(cs_address).at_address(address)

    def _at(self, address: str) -> ConfigurationServer:
        servers = [server for server in self.configuration_servers() if server.is_at(address)]
        # Several fabrics can tell of one machine (a server that was registered again); the one that runs is meant.
        running = [server for server in servers if server.running] or servers
        if len(running) != 1:
            raise WorldError(f"{len(running)} configuration servers are reached at {address}")
        return running[0]

    def _alive(self, address: str) -> bool:
        return self._world.windows is not None and bool(self._world.windows.process_server_alive(address))

    # --- the course of time ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let heartbeats come and reports follow."""
        self._every(float(self._section.get("heartbeat_seconds") or HEARTBEAT_SECONDS), self.beat)
        interval = float(self._section.get("report_seconds") or REPORT_SECONDS)
        now = self._world.clock.now()
        for server in self.configuration_servers():
            heard = configuration_server.times.parse(server.details.get("lastHeartbeat"))
            age = (now - heard).total_seconds() if heard else 0
            self._every(interval, lambda server=server: server.report(self._world.clock.now()),
                        first=max(0.0, interval - age))

    def beat(self) -> None:
        """One heartbeat of everything that gives any."""
        now = self._world.clock.now()
        for vault in self.vaults.values():
            for fabric in vault.fabrics:
                if isinstance(fabric, (ConfigurationServer, ModernizedFabric)):
                    fabric.beat(now)
                for provider in fabric.providers:
                    provider.beat(now)

    def _every(self, seconds: float, action: Callable[[], None], first: float | None = None) -> None:
        def fire() -> None:
            self._world.later(seconds, fire)
            action()
        self._world.later(seconds if first is None else first, fire)


def _vault(name: str, settings: Mapping[str, Any], now: datetime) -> Vault:
    if settings.get("recording"):
        return recorded_vault.build(name, settings, now)
    vault = Vault(settings["subscription"], settings["resource_group"], name, settings["location"], now,
                  tags=settings.get("tags"))
    for policy, details in (settings.get("policies") or {}).items():
        if details is not None:
            vault.policies[policy.lower()] = policies.declared(vault, policy, details)
    for key, given in (settings.get("fabrics") or {}).items():
        if given is not None:
            _add_fabric(vault, key, given, now)
    return vault


def _add_fabric(vault: Vault, key: str, settings: Mapping[str, Any], now: datetime) -> None:
    fabric = _fabric(vault, key, settings, now)
    vault.fabrics.append(fabric)
    if settings.get("provider") is not None:
        fabric.providers.append(providers.declared(fabric, settings["provider"], now))
    add_protected_items(fabric, settings, now)


def add_protected_items(fabric: Fabric, settings: Mapping[str, Any], now: datetime) -> None:
    """Put the scenario's machines into a fabric, and count them where the service counts them."""
    for name, given in (settings.get("protected_items") or {}).items():
        if given is None:
            continue
        whole = merge(settings.get("protected_item_defaults") or {}, given)
        item = protected_items.declared(fabric, name, whole, now)
        fabric.protected_items[item["name"].lower()] = item
        if item["properties"]["activeLocation"] == "Recovery":
            fabric.recovered.append({**whole, "name": name})
    if isinstance(fabric, ConfigurationServer) and fabric.protected_items and not settings.get("counted"):
        _count(fabric)


def _count(fabric: ConfigurationServer) -> None:
    """Bring a new configuration server's counts in line with its machines, in its own state and in its last report."""
    disks = 0
    for item in fabric.protected_items.values():
        pairs = protected_items.pairs(item)
        disks += pairs
        fabric.server(item["properties"]["providerSpecificDetails"]["processServerId"]).carry(1, pairs)
    machines = str(len(fabric.protected_items))
    fabric.own.update(replicationPairCount=str(disks), agentCount=machines, protectedServers=machines)
    fabric.details.update(replicationPairCount=str(disks), agentCount=machines, protectedServers=machines)
    fabric.details["processServers"] = copy.deepcopy([server.facts for server in fabric.process_servers])


def _fabric(vault: Vault, key: str, settings: Mapping[str, Any], now: datetime) -> Fabric:
    kind = settings.get("kind")
    if kind == "VMware":
        return configuration_server.declared(vault, key, settings, now)
    if kind == "InMageRcm":
        return modernized.declared(vault, key, settings, now)
    if kind == "Azure":
        return Fabric(vault, document(vault, key, settings, {"location": settings["location"], "containerIds": None}))
    if kind in ("VMM", "HyperVSite"):
        return Fabric(vault, document(vault, key, settings, dict(settings.get("details") or {})))
    raise ScenarioError(f"the fabric {key!r} has the kind {kind!r}, which is none of "
                        "VMware, InMageRcm, VMM, HyperVSite, Azure")
