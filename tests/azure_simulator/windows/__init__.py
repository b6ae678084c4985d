"""Windows hosts: process servers and configuration servers, each with a WinRM service at its own address.

The section ``windows`` of a scenario names the configuration servers and the installers. A host of a virtual machine
comes with the machine and goes with it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import certificates
from ..site_recovery.identifiers import host_id
from . import commands, unified_setup
from .host import Certificate, Disk, DownloadFailed, Host, Listener, Volume
from .winrm_server import WinRmServer

if TYPE_CHECKING:
    from ..arm import Router
    from ..world import World

GIB = 2**30
HTTPS_PORT = 5986
# The services without which a process server is silent; tmansvc where it is installed, since it is the one that talks to the
# configuration server (vmware-physical-azure-troubleshoot-process-server).
NEEDED_SERVICES = ("ProcessServer", "cxprocessserver")
NEEDED_WHERE_INSTALLED = ("tmansvc",)


async def install(world: World, router: Router) -> None:
    world.windows = Windows(world)
    await world.windows.start_configuration_servers()
    world.at_close(world.windows.close)


class Windows:
    """All hosts. What tests alter behind the product's back is on the hosts themselves, and in `block_route`."""

    def __init__(self, world: World):
        self._world = world
        self._section = world.section("windows")
        self._hosts: dict[str, Host] = {}
        self._agent_ready_at: dict[str, datetime] = {}
        self._servers: dict[tuple[str, int], WinRmServer] = {}
        self._pairs: dict[str, certificates.Certificate] = {}
        self._registrations: dict[str, tuple[str, str]] = {}
        # Address -> the identifier of the installation there: it registers again as the same one.
        self._installations: dict[str, str] = {}
        self._blocked: set[tuple[str, str]] = set()
        self.passphrases: dict[str, str] = {}
        self.setups: dict[str, Any] = {}
        # Address -> how often Unified Setup was started there.
        self.setups_started: dict[str, int] = {}
        self.hooks = Hooks(self, world)

    # --- hosts -------------------------------------------------------------------------------------------------------

    def hosts(self) -> list[Host]:
        return list(self._hosts.values())

    def host_at(self, address: str) -> Host | None:
        return self._hosts.get(address)

    def host_named(self, name: str) -> Host:
        return next(host for host in self._hosts.values() if host.computer_name.lower() == name.lower())

    def host_of(self, vm_id: str) -> Host | None:
        return next((host for host in self._hosts.values() if host.vm_id.lower() == vm_id.lower()), None)

    def winrm_of(self, address: str) -> WinRmServer | None:
        """The WinRM service that answers at an address, for its counts of requests and refusals."""
        return self._servers.get((address, HTTPS_PORT))

    def configuration_server_at(self, address: str) -> Host | None:
        host = self._hosts.get(address)
        return host if host and host.powered_on and address in self.passphrases else None

    async def start_configuration_servers(self) -> None:
        for entry in self._section.get("configuration_servers") or []:
            host = Host(entry["name"], entry["address"], entry.get("os_version", "10.0.14393"), accounts=dict(entry["accounts"]))
            host.disks = [Disk(0, 127 * GIB, "MBR", True, False, volumes=[Volume("C", "", "NTFS", 127 * GIB, 60 * GIB)])]
            self._hosts[host.address] = host
            self.passphrases[host.address] = entry["passphrase"]
            unified_setup.configuration_server_programs(self, host)
            await self.hooks.listen(host, host.add_listener("HTTPS", HTTPS_PORT, self.hooks.new_certificate(host, entry["name"])))

    # --- the life of a machine's host --------------------------------------------------------------------------------

    def boot(self, vm: dict, address: str, image: dict, admin: tuple[str, str], data_disks: list[dict]) -> None:
        """A machine has booted for the first time, from its image."""
        name = vm["properties"]["osProfile"]["computerName"]
        host = Host(name, address, image.get("os_version", "10.0.14393"), vm_id=vm["id"], accounts={admin[0]: admin[1]})
        host.disks = [
            Disk(0, 127 * GIB, "MBR", True, volumes=[Volume("C", "Windows", "NTFS", 127 * GIB, 110 * GIB)]),
            Disk(1, 80 * GIB, "MBR", False, volumes=[Volume("D", "Temporary Storage", "NTFS", 80 * GIB, 78 * GIB)]),
        ]
        host.disks += [Disk(2 + number, disk["size_gb"] * GIB, "RAW") for number, disk in enumerate(sorted(data_disks, key=lambda disk: disk["lun"]))]
        host.executables = unified_setup.programs_for(self, host)
        self._hosts[address] = host
        self._agent_starts(host)
        listeners = ((vm["properties"]["osProfile"].get("windowsConfiguration") or {}).get("winRM") or {}).get("listeners") or []
        if any(listener.get("protocol", "").lower() == "https" for listener in listeners):
            listener = host.add_listener("HTTPS", HTTPS_PORT, self.hooks.new_certificate(host, name))
            self._world.spawn(self.hooks.listen(host, listener))

    def _agent_starts(self, host: Host) -> None:
        seconds = self._world.latency("agent", host.computer_name)
        self._agent_ready_at[host.address] = self._world.clock.ago(-seconds)

    def stop(self, vm_id: str) -> None:
        host = self.host_of(vm_id)
        if host is None:
            return
        host.powered_on = False
        self.setups.pop(host.address, None)
        self._world.spawn(self._close_servers(host.address))

    def start(self, vm_id: str) -> None:
        host = self.host_of(vm_id)
        if host is None:
            return
        host.powered_on = True
        self._agent_starts(host)
        for task in host.tasks.values():
            if task.state == "Running":
                task.state, task.last_result = "Ready", 0x41306
        for listener in host.listeners:
            self._world.spawn(self.hooks.listen(host, listener))

    def delete(self, vm_id: str) -> None:
        host = self.host_of(vm_id)
        if host is None:
            return
        host.powered_on = False
        for known in (self._hosts, self.setups, self._registrations, self._installations):
            known.pop(host.address, None)
        self._world.spawn(self._close_servers(host.address))

    def agent_ready(self, vm_id: str) -> bool:
        host = self.host_of(vm_id)
        return host is not None and host.powered_on and self._world.clock.now() >= self._agent_ready_at[host.address]

    async def run_command(self, vm_id: str, script: str, parameters: list[dict[str, str]]) -> commands.Result:
        return await commands.run_managed_script(self.host_of(vm_id), self.hooks, script, parameters)

    async def _close_servers(self, address: str) -> None:
        for key in [key for key in self._servers if key[0] == address]:
            await self._servers.pop(key).stop()

    async def close(self) -> None:
        for server in list(self._servers.values()):
            await server.stop()
        self._servers.clear()

    # --- process servers ---------------------------------------------------------------------------------------------

    def register(self, host: Host, configuration_server: str, passphrase: str, version: str) -> None:
        """Unified Setup, or a person in the configuration tool, has registered a process server."""
        self._registrations[host.address] = (configuration_server, passphrase)
        installation = self._installations.setdefault(host.address, host_id())
        server = {"id": installation, "host_id": installation, "name": host.computer_name, "address": host.address, "version": version, "os_version": "Microsoft Windows Server 2016 Datacenter" if host.os_version.startswith("10.") else "Microsoft Windows Server 2012 R2 Datacenter"}
        self._world.site_recovery.process_server_registered(configuration_server, server)

    def register_by_hand(self, name: str, configuration_server: str, version: str = "9.62.7096.1") -> None:
        """A person uses cspsconfigtool.exe on a host: of the gallery image, or one that Unified Setup has made."""
        host = self.host_named(name)
        for service in unified_setup.SERVICES[:5]:
            if host.service(service) is None:
                host.put_service(unified_setup.Service(service))
        self.register(host, configuration_server, self.passphrases[configuration_server], version)

    def process_server_alive(self, address: str) -> bool:
        """Whether its heartbeats arrive: machine and services up, a route, and the passphrase still the right one."""
        host = self._hosts.get(address)
        registration = self._registrations.get(address)
        if host is None or not host.powered_on or registration is None:
            return False
        needed = [host.service(name) for name in NEEDED_SERVICES] + [host.service(name) for name in NEEDED_WHERE_INSTALLED if host.service(name)]
        if any(service is None or service.status != "Running" for service in needed):
            return False
        server, passphrase = registration
        return self.configuration_server_at(server) is not None and not self.blocked_route(address, server) and self.passphrases[server] == passphrase

    # --- routes ------------------------------------------------------------------------------------------------------

    def block_route(self, source: str, target: str) -> None:
        self._blocked.add((source, target))

    def open_route(self, source: str, target: str) -> None:
        self._blocked.discard((source, target))

    def blocked_route(self, source: str, target: str) -> bool:
        return (source, target) in self._blocked

    def installer_of(self, sha256: str) -> dict | None:
        return next((entry for entry in self._world.installer_host.files.values() if entry["sha256"] == sha256), None)

    def later(self, kind: str, host: Host, callback) -> None:
        self._world.later(self._world.latency(kind, host.computer_name), callback)

    # --- certificates ------------------------------------------------------------------------------------------------

    async def change_certificate(self, host: Host) -> None:
        """Somebody gives the listener another certificate."""
        for listener in [listener for listener in host.listeners if listener.transport == "HTTPS"]:
            certificate = self.hooks.new_certificate(host, host.computer_name)
            host.certificates.append(certificate)
            listener.thumbprint, listener.sha256 = certificate.thumbprint, certificate.sha256
            await self.hooks.listen(host, listener)

    def remember(self, pair: certificates.Certificate) -> None:
        self._pairs[pair.sha256] = pair

    async def serve(self, host: Host, listener: Listener) -> None:
        key = (host.address, listener.port)
        old = self._servers.pop(key, None)
        if old is not None:
            await old.stop()
        server = WinRmServer(host, listener.port, self._pairs[listener.sha256], self.hooks, self._world)
        await server.start()
        self._servers[key] = server


class Hooks:
    """What a host meets outside itself."""

    def __init__(self, windows: Windows, world: World):
        self._windows = windows
        self._world = world

    def now(self) -> datetime:
        return self._world.clock.now()

    async def download(self, url: str) -> bytes:
        content = self._world.installer_host.read(url)
        if content is None:
            raise DownloadFailed("Not Found", 404)
        await asyncio.sleep(self._world.latency("download"))
        return content

    async def connect(self, host: Host, address: str, port: int, timeout: float) -> str | None:
        if self._windows.blocked_route(host.address, address):
            await asyncio.sleep(min(timeout, 1))
            return "TimedOut"
        if self._windows.configuration_server_at(address) is not None and port == 443:
            return None
        target = self._windows.host_at(address)
        if target is None or not target.powered_on:
            await asyncio.sleep(min(timeout, 1))
            return "TimedOut"
        return None if any(listener.port == port for listener in target.listeners) else "ConnectionRefused"

    def new_certificate(self, host: Host, dns_name: str) -> Certificate:
        pair = certificates.self_signed(dns_name)
        self._windows.remember(pair)
        return Certificate(f"CN={dns_name}", b"", pair.thumbprint, pair.sha256)

    async def listen(self, host: Host, listener: Listener) -> None:
        if listener.transport == "HTTPS":
            await self._windows.serve(host, listener)
