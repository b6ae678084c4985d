"""All Windows hosts of a world: how they come and go, who is registered where, which routes there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import certificates
from ..site_recovery.identifiers import host_id
from . import commands, hardware, unified_setup, unregister_tool
from .hooks import WEB_PORT, Hooks
from .host import HTTPS_PORT, Host, Listener
from .tcp_port import TcpPort
from .winrm_server import WinRmServer

if TYPE_CHECKING:
    from ..site_recovery.process_servers import ProcessServer
    from ..world import World

# The services without which a process server is silent; tmansvc where it is installed, since it is what talks to
# the configuration server (vmware-physical-azure-troubleshoot-process-server).
NEEDED_SERVICES = ("ProcessServer", "cxprocessserver")
NEEDED_WHERE_INSTALLED = ("tmansvc",)
# Where the gallery's image has its software (our inference).
GALLERY_LOCATION = "C:\\Program Files (x86)\\Microsoft Azure Site Recovery"
# "Task Scheduler Error and Success Constants": the last run of the task was terminated.
TASK_TERMINATED = 0x41306


class Windows:
    """All hosts. What tests alter behind the product's back is on the hosts themselves, and in `block_route`."""

    def __init__(self, world: World):
        self._world = world
        self._section = world.section("windows")
        self._hosts: dict[str, Host] = {}
        self._agent_ready_at: dict[str, datetime] = {}
        self._servers: dict[tuple[str, int], WinRmServer] = {}
        self.web_ports: list[TcpPort] = []
        self._pairs: dict[str, certificates.Certificate] = {}
        self._registrations: dict[str, tuple[str, str]] = {}
        # Address -> the identifier of the installation there: it registers again as the same one.
        self._installations: dict[str, str] = {}
        self._blocked: set[tuple[str, str]] = set()
        self.passphrases: dict[str, str] = {}
        self.setups: dict[str, Any] = {}
        # Address -> how often Unified Setup was started there.
        self.setups_started: dict[str, int] = {}
        # Address -> the programs whose uninstaller was started there, in order.
        self.uninstalls_started: dict[str, list[str]] = {}
        # Address of a configuration server -> the words of its tool that unregisters.
        self.unregister_tools: dict[str, unregister_tool.Wording] = {}
        # Address -> programs and versions by which it was upgraded, in their order.
        self.upgrades_started: dict[str, list[tuple[str, str]]] = {}
        # Name of a server -> how its next set-ups end: exit code, what they write into the log, whether services stay stopped.
        self.setup_faults: dict[str, list[tuple[int, str, bool]]] = {}
        # Names of servers that go down for a restart and do not come up again.
        self.stuck_at_boot: set[str] = set()
        # Addresses of servers that are down for a restart.
        self._restarting: set[str] = set()
        # Addresses of configuration servers whose port 443 this computer's user may not open.
        self.closed_web_ports: list[str] = []
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
            version = entry.get("os_version", "10.0.14393")
            host = Host(entry["name"], entry["address"], version, accounts=dict(entry["accounts"]))
            host.disks = hardware.configuration_server_disks()
            self._hosts[host.address] = host
            self.passphrases[host.address] = entry["passphrase"]
            self.unregister_tools[host.address] = unregister_tool.Wording(**(entry.get("unregister_tool") or {}))
            unified_setup.configuration_server_programs(self, host)
            certificate = self.hooks.new_certificate(host, entry["name"])
            await self.hooks.listen(host, host.add_listener("HTTPS", HTTPS_PORT, certificate))
            port = TcpPort(host.address, WEB_PORT)
            if await port.start():
                self.web_ports.append(port)
            else:
                self.closed_web_ports.append(host.address)

    # --- the life of a machine's host --------------------------------------------------------------------------------

    def boot(self, vm: dict, address: str, image: dict, admin: tuple[str, str], data_disks: list[dict]) -> None:
        """A machine has booted for the first time, from its image."""
        profile = vm["properties"]["osProfile"]
        version = image.get("os_version", "10.0.14393")
        host = Host(profile["computerName"], address, version, vm_id=vm["id"], accounts={admin[0]: admin[1]})
        host.booted_utc = self._world.clock.now()
        host.disks = hardware.virtual_machine_disks(data_disks)
        host.executables = unified_setup.programs_for(self, host)
        self._hosts[address] = host
        self._agent_starts(host)
        wanted = ((profile.get("windowsConfiguration") or {}).get("winRM") or {}).get("listeners") or []
        if any(listener.get("protocol", "").lower() == "https" for listener in wanted):
            certificate = self.hooks.new_certificate(host, host.computer_name)
            self._listen_when_started(host, host.add_listener("HTTPS", HTTPS_PORT, certificate))

    def _listen_when_started(self, host: Host, listener: Listener) -> None:
        """A machine runs a while before its WinRM service does."""

        def listen():
            return self.hooks.listen(host, listener) if host.powered_on else None

        self._world.later(self._world.latency("winrm", host.computer_name), listen)

    def _agent_starts(self, host: Host) -> None:
        seconds = self._world.latency("agent", host.computer_name)
        self._agent_ready_at[host.address] = self._world.clock.ago(-seconds)

    def stop(self, vm_id: str) -> None:
        """The machine is switched off, with whatever runs there."""
        host = self.host_of(vm_id)
        if host is None:
            return
        self._restarting.discard(host.address)
        self._go_down(host)

    def start(self, vm_id: str) -> None:
        """The machine boots again: what ran is not taken up."""
        host = self.host_of(vm_id)
        if host is not None:
            self._come_up(host)

    def restart(self, host: Host, seconds: float) -> None:
        """Windows on the host restarts in so many seconds; for Azure the machine runs all the time."""

        def down() -> None:
            if not host.powered_on or self._hosts.get(host.address) is not host:
                return
            self._restarting.add(host.address)
            self._go_down(host)
            if host.computer_name.lower() not in self.stuck_at_boot:
                self.later("boot", host, up)

        def up() -> None:
            if host.address in self._restarting:
                self._restarting.discard(host.address)
                self._come_up(host)

        self._world.later(seconds, down)

    def _go_down(self, host: Host) -> None:
        host.powered_on = host.restart_scheduled = False
        self.setups.pop(host.address, None)
        self._world.spawn(self._close_servers(host.address))

    def _come_up(self, host: Host) -> None:
        host.powered_on = True
        host.booted_utc = host.now(self.hooks)
        self.setups.pop(host.address, None)
        self._agent_starts(host)
        for service in host.services.values():
            service.status = "Running" if service.start_type == "Automatic" and not service.fails_with else "Stopped"
        for task in host.tasks.values():
            if task.state == "Running":
                task.state, task.last_result = "Ready", TASK_TERMINATED
        for listener in host.listeners:
            self._listen_when_started(host, listener)

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
        for listening in [*self._servers.values(), *self.web_ports]:
            await listening.stop()
        self._servers.clear()
        self.web_ports.clear()

    # --- process servers ---------------------------------------------------------------------------------------------

    def register(self, host: Host, configuration_server: str, passphrase: str, version: str) -> None:
        """Unified Setup, or a person in the configuration tool, has registered a process server."""
        self._registrations[host.address] = (configuration_server, passphrase)
        installation = self._installations.setdefault(host.address, host_id())
        server = {
            "id": installation, "host_id": installation, "name": host.computer_name, "address": host.address,
            "version": version, "os_version": hardware.system_name(host.os_version),
        }
        self._world.site_recovery.process_server_registered(configuration_server, server)

    def upgraded(self, host: Host, version: str) -> None:
        """A registered process server has another version from now on; its next heartbeat says so."""
        if host.address in self._registrations:
            server, _passphrase = self._registrations[host.address]
            self._world.site_recovery.process_server_upgraded(server, self._installations[host.address], version)

    def fail_next_setup(self, name: str, code: int, text: str, services_stay_stopped: bool = True) -> None:
        """The next set-up on this server ends with an exit code, a word in its log, and nothing done."""
        self.setup_faults.setdefault(name.lower(), []).append((code, text, services_stay_stopped))

    def register_by_hand(self, name: str, configuration_server: str, version: str = "9.62.7096.1") -> None:
        """A person uses cspsconfigtool.exe on a host: of the gallery image, or one that Unified Setup has made."""
        host = self.host_named(name)
        unified_setup.put_gallery_software(host, GALLERY_LOCATION, version)
        self.register(host, configuration_server, self.passphrases[configuration_server], version)

    def unregister(self, host: Host) -> None:
        """The process server was removed from a host, which tells its configuration server if it reaches it."""
        address, passphrase = self._registrations.pop(host.address, ("", ""))
        installation = self._installations.pop(host.address, None)
        reached = self.configuration_server_at(address) is not None and not self.blocked_route(host.address, address)
        if reached and self.passphrases[address] == passphrase:
            self._world.site_recovery.process_server_unregistered(address, host.address, installation)

    def registered_at(self, configuration_server: Host, address: str) -> list[ProcessServer]:
        """What a configuration server knows at an address."""
        return self._world.site_recovery.process_servers_at(configuration_server.address, address)

    def forget(self, configuration_server: Host, server: ProcessServer) -> None:
        """Somebody removes one process server on the configuration server itself."""
        self._world.site_recovery.process_server_unregistered(configuration_server.address, server.address, server.id)

    def process_server_alive(self, address: str) -> bool:
        """Whether its heartbeats arrive: machine and services up, a route, and the passphrase still the right one."""
        host, registration = self._hosts.get(address), self._registrations.get(address)
        if host is None or not host.powered_on or registration is None:
            return False
        needed = [*NEEDED_SERVICES, *(name for name in NEEDED_WHERE_INSTALLED if host.service(name))]
        if any(host.service(name) is None or host.service(name).status != "Running" for name in needed):
            return False
        server, passphrase = registration
        reached = self.configuration_server_at(server) is not None and not self.blocked_route(address, server)
        return reached and self.passphrases[server] == passphrase

    # --- routes ------------------------------------------------------------------------------------------------------

    def block_route(self, source: str, target: str) -> None:
        self._blocked.add((source, target))

    def open_route(self, source: str, target: str) -> None:
        self._blocked.discard((source, target))

    def blocked_route(self, source: str, target: str) -> bool:
        return (source, target) in self._blocked

    # --- for the programs on hosts -----------------------------------------------------------------------------------

    def installer_of(self, sha256: str) -> dict | None:
        """The scenario's installer with this content."""
        return next((entry for entry in self.installers() if entry["sha256"] == sha256), None)

    def installers(self) -> list[dict]:
        """The scenario's installers: url, version, sha256, size_bytes, and `restart` where one asks for a restart."""
        return list(self._world.installer_host.files.values())

    def later(self, kind: str, host: Host, callback: Callable[[], Any]) -> None:
        """Call after what the scenario says this kind of work takes on this host."""
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
        """Keep the private key with which a host shows its certificate."""
        self._pairs[pair.sha256] = pair

    async def serve(self, host: Host, listener: Listener) -> None:
        """Let the host's WinRM service answer at this listener from now on."""
        key = (host.address, listener.port)
        old = self._servers.pop(key, None)
        if old is not None:
            await old.stop()
        server = WinRmServer(host, listener.port, self._pairs[listener.sha256], self.hooks, self._world)
        await server.start()
        self._servers[key] = server
