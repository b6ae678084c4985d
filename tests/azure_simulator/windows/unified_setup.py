"""Microsoft's programs on a simulated host, as far as their command lines are documented.

The self-extracting installer (``/q /x:<folder>``) and UNIFIEDSETUP.EXE follow vmware-azure-set-up-process-server-scale,
genpassphrase.exe site-recovery-vmware-register-process-server. Exit codes and the wording of the log are our inference.
"""

from __future__ import annotations

import ntpath
from typing import TYPE_CHECKING

from . import uninstallers, unregister_tool
from .host import Host, Process, Service, key
from .uninstallers import PRODUCT_KEY, PROGRAMS

if TYPE_CHECKING:
    from . import Windows

LOG_DIRECTORY = "C:\\ProgramData\\ASRSetupLogs"
LOG = LOG_DIRECTORY + "\\ASRUnifiedSetup.log"
SETUP = "UNIFIEDSETUP.EXE"
GENPASSPHRASE = "C:\\ProgramData\\ASR\\home\\svsystems\\bin\\genpassphrase.exe"

# vmware-physical-azure-troubleshoot-process-server: of a scale-out process server, as Unified Setup makes it.
# The first five are there on the gallery's image too.
GALLERY_SERVICES = ("ProcessServer", "ProcessServerMonitor", "cxprocessserver", "InMage PushInstall", "LogUpload")
SERVICES = (*GALLERY_SERVICES, "InMage Scout Application Service", "obengine", "svagents", "tmansvc")
SUPPORTED_OS = ("10.0.14393", "6.3.9600")
# Room for the software itself; the cache disk is sized beyond it.
NEEDED_BYTES = 5 * 2**30

INVALID_ARGUMENTS, UNSUPPORTED, NO_SPACE, NOT_REACHABLE, WRONG_PASSPHRASE, NO_FILE = 1639, 1633, 112, 10060, 1326, 2


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
        version = _setup_version(file.content)
        if version:
            return lambda host, argv: _set_up(self._windows, host, argv, version)
        return default


def _setup_version(content: bytes) -> str:
    text = content[:80].decode("ascii", "ignore")
    return text.partition("Unified Setup ")[2].strip() if text.startswith("MZ Unified Setup ") else ""


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
        host.put_file(ntpath.join(folder, SETUP), f"MZ Unified Setup {installer['version']}".encode())
        host.put_file(ntpath.join(folder, "CX_THIRDPARTY_SETUP.EXE"), b"MZ")
        host.put_file(ntpath.join(folder, "UCX_SERVER_SETUP.EXE"), b"MZ")
        process.end(0)

    windows.later("extract", host, finish)
    return process


def _set_up(windows: Windows, host: Host, argv: list[str], version: str) -> Process:
    process = Process()
    options, problem = parse(argv[1:])
    if problem:
        _log(windows, host, problem)
        process.end(INVALID_ARGUMENTS)
        return process
    if windows.setups.get(host.address) is not None:
        _log(windows, host, "Another instance of the setup is already running.")
        process.end(1618)
        return process
    windows.setups[host.address] = process
    windows.setups_started[host.address] = windows.setups_started.get(host.address, 0) + 1

    def finish() -> None:
        # A machine that was stopped meanwhile, or is gone, took the set-up with it.
        if windows.setups.get(host.address) is not process:
            return
        windows.setups.pop(host.address)
        code, text = _install(windows, host, options, version)
        _log(windows, host, text)
        process.end(code)

    windows.later("unified_setup", host, finish)
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


def configuration_server_programs(windows: Windows, host: Host) -> None:
    """genpassphrase.exe where the documents say it is."""
    host.put_file(GENPASSPHRASE, b"MZ genpassphrase")

    def run(_host: Host, argv: list[str]) -> Process:
        if argv[1:] == ["-n"]:
            return Process(0, windows.passphrases[host.address] + "\r\n")
        return Process(1, "", "usage\r\n")

    host.executables[key(GENPASSPHRASE)] = run
    unregister_tool.install(windows, host, windows.unregister_tools.setdefault(host.address, unregister_tool.Wording()))


def _log(windows: Windows, host: Host, text: str) -> None:
    now = windows.hooks.now()
    before = host.file(LOG)
    content = (before.content if before else b"") + f"{now:%Y-%m-%d %H:%M:%S} {text}\r\n".encode()
    host.put_file(LOG, content, modified_utc=now)
