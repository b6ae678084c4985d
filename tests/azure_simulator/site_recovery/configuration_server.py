"""A configuration server: its own state, and what it last reported to the service.

Two truths, as in real life. The server itself takes heartbeats from its process servers and knows at once which ones
registered or left. What the service shows is the last report: one comes at every report interval, and one more when a
provider is refreshed ("up to 15 minutes", vmware-azure-manage-process-server).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import process_servers, times
from .errors import JobFailure
from .fabrics import Fabric, document
from .identifiers import host_id, same
from .process_servers import GIB, ProcessServer

if TYPE_CHECKING:
    from .vaults import Vault


class ConfigurationServer(Fabric):
    """A fabric of kind VMware.

    process_servers   those it knows; may be changed by whoever plays fate
    master_targets    in wire format
    own               its further facts, in wire format
    addresses         where it is reached
    running           it takes heartbeats
    online            its reports reach the service
    busy              names of the protected items on which a job works
    """

    def __init__(self, vault: Vault, shown: dict[str, Any], addresses: tuple[str, ...], running: bool = True):
        super().__init__(vault, shown)
        details = copy.deepcopy(self.details)
        self.process_servers = [ProcessServer(facts) for facts in details.pop("processServers", [])]
        self.master_targets: list[dict[str, Any]] = details.pop("masterTargetServers", [])
        self.own = details
        self.addresses = {address.lower() for address in (*addresses, details.get("ipAddress") or "") if address}
        self.running = running
        self.online = running
        # Names of the protected items on which a job works.
        self.busy: set[str] = set()

    # --- its own state -----------------------------------------------------------------------------------------------

    def is_at(self, address: str) -> bool:
        """Whether it is reached at an address, or is called so."""
        return address.lower() in self.addresses or same(address, self.own.get("hostName"))

    def beat(self, now: datetime) -> None:
        """Take the heartbeats of one interval."""
        if not self.running:
            return
        for server in self.process_servers:
            server.beat(now)
        for target in self.master_targets:
            target["lastHeartbeat"] = times.to_seconds(now)

    def at_address(self, address: str) -> list[ProcessServer]:
        """All entries of an address, oldest first."""
        return [server for server in self.process_servers if same(server.address, address)]

    def register(self, server: Mapping[str, Any], now: datetime,
                 alive: Callable[[str], bool] | None = None) -> ProcessServer:
        """A process server registers: its keys are those of :func:`process_servers.declared`.

        The same installation (the same `host_id`) updates its entry. Another machine gets an entry of its own, also
        when one with its address is there already: that one then stays behind, silent.
        """
        told = {"version": self.as_told(str(server["version"]))} if server.get("version") else {}
        facts = process_servers.declared({**server, **told}, self.own.get("agentVersion") or "", now)
        host = server.get("host_id")
        entry = next((known for known in self.process_servers if host and same(known.facts.get("hostId"), host)), None)
        if entry is None:
            entry = ProcessServer(facts)
            self.process_servers.append(entry)
        else:
            kept = {key: entry.facts[key] for key in ("id", "hostId", "machineCount", "replicationPairCount")}
            entry.facts = {**facts, **kept}
        if alive is not None:
            entry.beats = lambda: self.at_address(entry.address)[-1] is entry and alive(entry.address)
        return entry

    def as_told(self, version: str) -> str:
        """A build of a process server in the form in which the server tells its own version: of everything that was recorded
        that is the release without a build, as 9.12.0.0."""
        if not (self.own.get("agentVersion") or "").endswith(".0.0"):
            return version
        return ".".join([*version.split(".")[:2], "0", "0"])

    def unregister(self, address: str, identifier: str | None = None) -> list[ProcessServer]:
        """Forget the entries of an address, or only the one with this id or host id; returns those forgotten."""
        gone = [entry for entry in self.at_address(address) if identifier is None
                or same(identifier, entry.id) or same(identifier, entry.facts.get("hostId"))]
        self.process_servers = [entry for entry in self.process_servers if entry not in gone]
        return gone

    def server(self, name: str) -> ProcessServer:
        """The one process server of this name, address or id; LookupError for none and for several."""
        found = [entry for entry in self.process_servers
                 if any(same(name, own) for own in (entry.name, entry.address, entry.id))]
        if len(found) != 1:
            raise LookupError(f"{len(found)} process servers of {self.friendly_name} are called {name}")
        return found[0]

    # --- what the service sees ---------------------------------------------------------------------------------------

    def connected(self) -> bool:
        return self.running and self.online

    def report(self, now: datetime) -> None:
        """Tell the service the state of now. Nothing happens while there is no connection."""
        if not self.connected():
            return
        for server in self.process_servers:
            server.assess(now)
        own = self.own
        own["processServerCount"] = str(len(self.process_servers))
        own["lastHeartbeat"] = times.to_ticks(now)
        properties = self.document["properties"]
        # The order of the keys is the service's: the lists first.
        properties["customDetails"] = copy.deepcopy({
            "instanceType": own["instanceType"],
            "processServers": [server.facts for server in self.process_servers],
            "masterTargetServers": self.master_targets,
            **{key: value for key, value in own.items() if key != "instanceType"},
        })

    def refresh(self, now: datetime) -> None:
        self.require_connection()
        self.report(now)

    def require_connection(self) -> None:
        """Fail the work that needs the server itself."""
        if not self.connected():
            raise JobFailure(
                "ProviderNotConnected", f"The configuration server '{self.friendly_name}' could not be contacted.",
                "The server is off, or has no connection to Azure.",
                "Start the server, check its connection to Azure, and try again.")

    def shown_server(self, identifier: str) -> dict[str, Any] | None:
        """A process server as the last report tells it."""
        return next((facts for facts in self.details.get("processServers", []) if same(facts["id"], identifier)), None)

    # --- fate --------------------------------------------------------------------------------------------------------

    def silence(self, name: str, seconds_ago: float = 3600) -> None:
        """A process server (name, address or id) has given no heartbeat for so long, and gives none any more. The
        service shows that from the next report or refresh on."""
        server = self.server(name)
        heard = server.last_heartbeat
        server.beats = lambda: False
        if heard is not None:
            server.facts["lastHeartbeat"] = times.to_seconds(heard - timedelta(seconds=seconds_ago))

    def disconnect(self, seconds_ago: float = 0) -> None:
        """Cut the server off from Azure, since `seconds_ago`: what it last reported grows that much older."""
        self.online = False
        if seconds_ago:
            moved = _older(self.details, int(seconds_ago))
            self.document["properties"]["customDetails"] = moved
            for provider in self.providers:
                provider.heard = provider.heard - timedelta(seconds=seconds_ago) if provider.heard else None

    def connect(self) -> None:
        """Bring the server back; its next report comes at the next interval, or with a refresh."""
        self.running = self.online = True

    def stop(self) -> None:
        """The server goes down: it takes no heartbeats and reports nothing."""
        self.running = False


def _older(details: dict[str, Any], seconds: int) -> dict[str, Any]:
    older = copy.deepcopy(details)
    for thing in (older, *older.get("processServers", []), *older.get("masterTargetServers", [])):
        if thing.get("lastHeartbeat"):
            thing["lastHeartbeat"] = times.moved(thing["lastHeartbeat"], -seconds)
    return older


def declared(vault: Vault, key: str, settings: Mapping[str, Any], now: datetime) -> ConfigurationServer:
    """A configuration server as a scenario declares it.

    address, version         required
    addresses                further addresses where it is reached
    reported_seconds_ago     age of its last report (default 30)
    down                     true: it does not run
    process_servers          {name: {address, built_in, …}}: `built_in` is the one on the server itself; others as in
                             `process_servers.declared`, and `silent: true` for one whose heartbeats no longer come
    master_targets           {name: {address, retention_volumes, data_stores, …}}
    run_as_accounts          names
    """
    reported = now - timedelta(seconds=float(settings.get("reported_seconds_ago", 30)))
    host_name = settings.get("friendly_name") or key
    version = str(settings["version"])
    servers, silent = [], set()
    for name, given in (settings.get("process_servers") or {}).items():
        entry = {"name": name, "address": settings["address"], **(given or {})}
        if entry.get("built_in"):
            entry.setdefault("id", host_id(f"{vault.id}/{key}"))
        facts = process_servers.declared(entry, version, reported, f"{vault.id}/{key}/{name}")
        servers.append(facts)
        if entry.get("silent"):
            silent.add(facts["id"])
    # The one on the server itself has the server's own identifier; others are machines of their own.
    targets = [master_target({"name": name, "address": settings["address"], **(given or {})}, version, reported,
                             f"{vault.id}/{key}" + (f"/{name}" if (given or {}).get("address") else ""))
               for name, given in (settings.get("master_targets") or {}).items()]
    memory, space = 32 * GIB, 1000 * GIB
    certificate = reported + timedelta(days=2 * 365)
    shown = document(vault, key, settings, {
        "processServers": servers,
        "masterTargetServers": targets,
        "runAsAccounts": [{"accountId": str(number), "accountName": name}
                          for number, name in enumerate(settings.get("run_as_accounts") or [], 1)],
        "replicationPairCount": "0",
        "processServerCount": str(len(servers)),
        "agentCount": "0",
        "protectedServers": "0",
        "systemLoad": "1", "systemLoadStatus": "Green",
        "cpuLoad": "12%", "cpuLoadStatus": "Green",
        "totalMemoryInBytes": memory, "availableMemoryInBytes": memory * 6 // 10, "memoryUsageStatus": "Green",
        "totalSpaceInBytes": space, "availableSpaceInBytes": space * 8 // 10, "spaceUsageStatus": "Green",
        "webLoad": "0", "webLoadStatus": "Green",
        "databaseServerLoad": "0.57", "databaseServerLoadStatus": "Green",
        "csServiceStatus": "Running",
        "ipAddress": settings["address"],
        "agentVersion": version,
        "hostName": host_name,
        "lastHeartbeat": times.to_ticks(reported),
        "versionStatus": "Supported",
        "sslCertExpiryDate": times.to_seconds(certificate),
        "sslCertExpiryRemainingDays": (certificate - reported).days,
        "psTemplateVersion": "201707.01.00,9.11.1.0",
        "agentExpiryDate": "9999-12-31T23:59:59.9999999",
        "agentVersionDetails": process_servers.version_details(version),
        "switchProviderBlockingErrorDetails": [],
    })
    server = ConfigurationServer(vault, shown, tuple(settings.get("addresses") or ()), not settings.get("down"))
    for entry in server.process_servers:
        entry.assess(now)
        if entry.id in silent:
            entry.beats = lambda: False
    server.details["processServers"] = copy.deepcopy([entry.facts for entry in server.process_servers])
    return server


def master_target(settings: Mapping[str, Any], version: str, heard: datetime, seed: str) -> dict[str, Any]:
    """A master target in wire format."""
    return {
        "id": settings.get("id") or host_id(seed),
        "ipAddress": settings["address"],
        "name": settings["name"],
        "osType": settings.get("os_type", "Windows"),
        "agentVersion": version,
        "lastHeartbeat": times.to_seconds(heard),
        "versionStatus": "Supported",
        "retentionVolumes": [{"volumeName": name, "capacityInBytes": int(size) * GIB,
                              "freeSpaceInBytes": int(size) * GIB * 95 // 100, "thresholdPercentage": None}
                             for name, size in (settings.get("retention_volumes_gib") or {}).items()],
        "dataStores": [{"symbolicName": name, "uuid": store["uuid"], "capacity": str(store["capacity_gb"]),
                        "freeSpace": str(store["free_gb"]), "type": store.get("type", "VMFS")}
                       for name, store in (settings.get("data_stores") or {}).items()],
        "validationErrors": [],
        "healthErrors": [],
        "diskCount": int(settings.get("disk_count") or 2),
        "osVersion": settings.get("os_version"),
        "agentExpiryDate": "9999-12-31T23:59:59.9999999",
        "agentVersionDetails": process_servers.version_details(version),
    }
