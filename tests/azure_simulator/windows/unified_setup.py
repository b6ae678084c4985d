"""Microsoft's programs on a simulated host, as far as their command lines are documented.

The self-extracting installer (``/q /x:<folder>``) and UNIFIEDSETUP.EXE follow vmware-azure-set-up-process-server-scale,
genpassphrase.exe site-recovery-vmware-register-process-server. Exit codes and the wording of the log are our inference.
"""

from __future__ import annotations

import ntpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import uninstallers, unregister_tool, upgrades
from .host import Host, Process, Service, key
from .software import GALLERY_SERVICES, LOG, SERVICES, refused, run
from .uninstallers import PRODUCT_KEY, PROGRAMS

if TYPE_CHECKING:
    from . import Windows

SETUP = "UNIFIEDSETUP.EXE"
GENPASSPHRASE = "C:\\ProgramData\\ASR\\home\\svsystems\\bin\\genpassphrase.exe"
SUPPORTED_OS = ("10.0.14393", "6.3.9600")
# Room for the software itself; the cache disk is sized beyond it.
NEEDED_BYTES = 5 * 2**30

INVALID_ARGUMENTS, ALREADY_INSTALLED, UNSUPPORTED, NO_SPACE, NOT_REACHABLE, WRONG_PASSPHRASE, NO_FILE = 1639, 1638, 1633, 112, 10060, 1326, 2


def programs_for(windows: Windows, host: Host) -> Programs:
    host.put_file(uninstallers.MSIEXEC, b"MZ msiexec")
    return Programs(windows, host)


class Programs(dict):
    """What stands behind a file of a host: asked by path, answered by what the file holds, so that copies work."""

    def __init__(self, windows: Windows, host: Host):
        super().__init__()
        self._windows = windows
        self._host = host

    def get(self, path: str, default=None):
        found = super().get(path)
        if found is not None:
            return found
        file = self._host.files.get(path)
        if file is None:
            return default
        uninstaller = uninstallers.behind(self._windows, self._host, path)
        if uninstaller is not None:
            return uninstaller
        installer = self._windows.installer_of(file.sha256)
        if installer is not None:
            return lambda host, argv: _extract(self._windows, host, argv, installer)
        name, version = _component(file.content)
        if name:
            return lambda host, argv: COMPONENTS[name](self._windows, host, argv, version)
        return default


def _component(content: bytes) -> tuple[str, str]:
    """Which of the unpacked programs this is, and its version."""
    text = content[:80].decode("ascii", "ignore")
    name, _space, version = text.removeprefix("MZ ").partition(" ")
    return (name, version) if text.startswith("MZ ") and name in COMPONENTS and version else ("", "")


def _extract(windows: Windows, host: Host, argv: list[str], installer: dict) -> Process:
    process = Process()
    folders = [argument[3:] for argument in argv[1:] if argument.lower().startswith("/x:")]
    if not any(argument.lower() == "/q" for argument in argv[1:]):
        return process  # A window waits for somebody to press a button, and nobody sees it.
    if len(folders) != 1 or not folders[0]:
        process.end(INVALID_ARGUMENTS)
        return process

    def finish() -> None:
        folder = folders[0].rstrip("\\")
        for name in COMPONENTS:
            host.put_file(ntpath.join(folder, name), f"MZ {name} {installer['version']}".encode())
        process.end(0)

    windows.later("extract", host, finish)
    return process


def _set_up(windows: Windows, host: Host, argv: list[str], version: str) -> Process:
    options, problem = parse(argv[1:])
    if problem:
        return refused(windows, host, LOG, INVALID_ARGUMENTS, problem)
    if {program.name for program in host.programs}.issuperset(PROGRAMS):
        # Upgrading with it is a person's work, in its window.
        return refused(windows, host, LOG, ALREADY_INSTALLED, "A process server is installed on this server already.")
    process = run(windows, host, "unified_setup", LOG, lambda: _install(windows, host, options, version))
    windows.setups_started[host.address] = windows.setups_started.get(host.address, 0) + process.running
    return process


FLAGS = {"/acceptthirdpartyeula", "/skipspacecheck", "/showthirdpartyeula", "/bypassproxy"}
VALUES = {
    "/servermode", "/installlocation", "/envtype", "/csip", "/psip", "/passphrasefilepath", "/datatransfersecureport",
    "/proxysettingsfilepath", "/mysqlcredsfilepath", "/vaultcredsfilepath",
}
NEEDED = ("/servermode", "/installlocation", "/envtype", "/csip", "/passphrasefilepath")


def parse(arguments: list[str]) -> tuple[dict[str, str], str]:
    """``(options, problem)``; names in lower case."""
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        if name.lower() in FLAGS:
            options[name.lower()] = ""
        elif name.lower() in VALUES and rest and not rest[0].startswith("/"):
            options[name.lower()] = rest.pop(0)
        else:
            return options, f"The argument {name} is not valid."
    if "/acceptthirdpartyeula" not in options:
        return options, "The third-party EULA was not accepted: /AcceptThirdpartyEULA is missing."
    missing = [name for name in NEEDED if not options.get(name)]
    if missing:
        return options, f"Mandatory arguments are missing: {', '.join(missing)}."
    if options["/servermode"].upper() != "PS":
        return options, f"Server mode {options['/servermode']} needs vault and MySQL credentials."
    if options["/envtype"].lower() not in ("vmware", "nonvmware"):
        return options, f"The value {options['/envtype']} of /EnvType is not valid."
    return options, ""


def _install(windows: Windows, host: Host, options: dict[str, str], version: str) -> tuple[int, str]:
    if not host.os_version.startswith(SUPPORTED_OS):
        return UNSUPPORTED, f"The operating system {host.os_version} is not supported."
    drive = options["/installlocation"][:1].upper()
    volume = next((one for one in host.volumes() if (one.drive_letter or "").upper() == drive), None)
    if volume is None:
        return NO_SPACE, f"The drive {drive}: of the install location was not found."
    if volume.free_bytes < NEEDED_BYTES and "/skipspacecheck" not in options:
        return NO_SPACE, f"There is not enough free space on drive {drive}:."
    file = host.file(options["/passphrasefilepath"])
    if file is None:
        return NO_FILE, f"The passphrase file {options['/passphrasefilepath']} was not found."
    server = windows.configuration_server_at(options["/csip"])
    if server is None or windows.blocked_route(host.address, options["/csip"]):
        return NOT_REACHABLE, f"The configuration server {options['/csip']} could not be reached on port 443."
    passphrase = file.content.decode("utf-8", "replace").strip()
    if passphrase != windows.passphrases[server.address]:
        return WRONG_PASSPHRASE, "The passphrase is not valid for the configuration server."
    _put_software(host, options["/installlocation"], version)
    windows.register(host, server.address, passphrase, version)
    return 0, "Setup completed successfully."


def _put_software(host: Host, location: str, version: str) -> None:
    host.make_directory(location)
    for name in SERVICES:
        host.put_service(Service(name, "Running", "Manual" if name == "obengine" else "Automatic"))
    uninstallers.put_programs(host, location, version)
    host.registry[PRODUCT_KEY] = {"Build_Version": version}


def put_gallery_software(host: Host, location: str, version: str) -> None:
    """What the image of the gallery brings, as far as it is not there: the process server without the Mobility service."""
    for name in GALLERY_SERVICES:
        if host.service(name) is None:
            host.put_service(Service(name))
    uninstallers.put_programs(host, location, version, uninstallers.GALLERY_PROGRAMS)
    host.registry.setdefault(PRODUCT_KEY, {"Build_Version": version})


def configuration_server_programs(windows: Windows, host: Host) -> None:
    """genpassphrase.exe where the documents say it is."""
    host.put_file(GENPASSPHRASE, b"MZ genpassphrase")

    def run(_host: Host, argv: list[str]) -> Process:
        if argv[1:] == ["-n"]:
            return Process(0, windows.passphrases[host.address] + "\r\n")
        return Process(1, "", "usage\r\n")

    host.executables[key(GENPASSPHRASE)] = run
    unregister_tool.install(windows, host, windows.unregister_tools.setdefault(host.address, unregister_tool.Wording()))


# What an installer unpacks to: name of the program -> what it does.
COMPONENTS: dict[str, Callable[[Windows, Host, list[str], str], Process]] = {
    SETUP: _set_up,
    upgrades.DEPENDENCIES_SETUP: upgrades.of_dependencies,
    upgrades.SERVER_SETUP: upgrades.of_server,
}
