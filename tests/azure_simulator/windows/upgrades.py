"""Microsoft's upgrade of a process server by its component installers.

The component installers and their switches are those of "Troubleshoot Azure Site Recovery Provider upgrade failures"; that
nobody may go over more than four minor versions is a rule of service-updates-how-to. What a program does about that, its exit
codes (those of the Windows Installer's conventions), its log, and that services stand still meanwhile are our inference. Without
its silent switches a program waits for a person, as Inno Setup's do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .host import Host, Process, Program
from .software import LOG_DIRECTORY, SERVICES, refused, run
from .uninstallers import DEPENDENCIES, PRODUCT_KEY, SERVER

if TYPE_CHECKING:
    from . import Windows

DEPENDENCIES_SETUP = "CX_THIRDPARTY_SETUP.EXE"
SERVER_SETUP = "UCX_SERVER_SETUP.EXE"
DEPENDENCIES_LOG = LOG_DIRECTORY + "\\Dependencies.log"
SERVER_LOG = LOG_DIRECTORY + "\\ProcessServer.log"

MOST_MINOR_VERSIONS = 4
FAILED, NOT_SUPPORTED, RESTART_WANTED = 1603, 1638, 3010
SILENT = {"/verysilent", "/suppressmsgboxes", "/norestart"}


def of_dependencies(windows: Windows, host: Host, argv: list[str], version: str) -> Process:
    if not _is_silent(argv):
        return Process()
    if not _installed(host, DEPENDENCIES):
        return refused(windows, host, DEPENDENCIES_LOG, FAILED, "No dependencies of a process server are on this server.")
    return _run(windows, host, DEPENDENCIES_SETUP, DEPENDENCIES_LOG, version, (DEPENDENCIES,))


def of_server(windows: Windows, host: Host, argv: list[str], version: str) -> Process:
    if not _is_silent(argv):
        return Process()
    if not _installed(host, SERVER) or "/upgrade" not in [argument.lower() for argument in argv[1:]]:
        return refused(windows, host, SERVER_LOG, FAILED, "No process server was told to be upgraded here.")
    problem = _not_supported(host, version)
    if problem:
        return refused(windows, host, SERVER_LOG, NOT_SUPPORTED, problem)
    if _numbers(_installed(host, DEPENDENCIES).version) < _numbers(version):
        return refused(windows, host, SERVER_LOG, FAILED, "The dependencies are of an older version than this set-up.")
    return _run(windows, host, SERVER_SETUP, SERVER_LOG, version, (SERVER,))


def _run(windows: Windows, host: Host, program: str, log: str, version: str, parts: tuple[str, ...]) -> Process:
    """The upgrade of some parts. With the server among them its services stand still until it has ended."""
    process = run(windows, host, "unified_setup", log, lambda: _end(windows, host, version, parts))
    if process.running:
        windows.upgrades_started.setdefault(host.address, []).append((program, version))
        if SERVER in parts:
            _set_services(host, "Stopped")
    return process


def _end(windows: Windows, host: Host, version: str, parts: tuple[str, ...]) -> tuple[int, str]:
    faults = windows.setup_faults.get(host.computer_name.lower())
    if faults:
        code, text, services_stay_stopped = faults.pop(0)
        _set_services(host, "Stopped" if services_stay_stopped else "Running")
        return code, text
    for program in host.programs:
        if program.name in parts:
            program.version = version
    if SERVER not in parts:
        return 0, "The dependencies were upgraded."
    host.registry[PRODUCT_KEY] = {"Build_Version": version}
    _set_services(host, "Running")
    windows.upgraded(host, version)
    wants_restart = any(entry.get("restart") for entry in windows.installers() if entry["version"] == version)
    return (RESTART_WANTED, "The process server was upgraded, and wants a restart.") if wants_restart else (0, "The process server was upgraded.")


def _set_services(host: Host, status: str) -> None:
    for name in SERVICES:
        service = host.service(name)
        if service is not None:
            service.status = status


def _installed(host: Host, name: str) -> Program | None:
    return next((program for program in host.programs if program.name == name), None)


def _is_silent(argv: list[str]) -> bool:
    return {argument.lower() for argument in argv[1:]} >= SILENT


def _not_supported(host: Host, version: str) -> str:
    installed = host.registry_value(PRODUCT_KEY, "Build_Version") or ""
    here, there = _numbers(installed), _numbers(version)
    if here > there:
        return f"A newer version ({installed}) is installed already."
    if here == there:
        return f"Version {installed} is installed already."
    if here[0] != there[0] or there[1] - here[1] > MOST_MINOR_VERSIONS:
        return f"An upgrade from {installed} to {version} is not supported; upgrade to a version between them first."
    return ""


def _numbers(version: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in (version or "0.0").split("."))
