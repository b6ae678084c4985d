"""Removing Microsoft's programs from a simulated host, each by its own uninstaller.

The Mobility Service is a package of the Windows Installer (vmware-physical-manage-mobility-service); that the other two
have uninstallers of Inno Setup, with its switches and its registered command line, is our inference, and so are the exit
codes and the wording of the logs. A server tells its configuration server when its process server is removed, if it can
(site-recovery-vmware-unregister-process-server: a connected process server is unregistered by uninstalling it).
"""

from __future__ import annotations

import ntpath
import re
from typing import TYPE_CHECKING

from .host import Host, Process, Program, key
from .software import run, write_log

if TYPE_CHECKING:
    from .estate import Windows

# site-recovery-vmware-unregister-process-server, in the order in which they go.
MOBILITY = "Microsoft Azure Site Recovery Mobility Service/Master Target Server"
SERVER = "Microsoft Azure Site Recovery Configuration/Process Server"
DEPENDENCIES = "Microsoft Azure Site Recovery Configuration/Process Server Dependencies"
PROGRAMS = (MOBILITY, SERVER, DEPENDENCIES)
# The gallery's image serves as process server only.
GALLERY_PROGRAMS = (SERVER, DEPENDENCIES)
PRODUCT_KEY = "HKLM:\\SOFTWARE\\WOW6432Node\\InMage Systems\\Installed Products\\10"

MSIEXEC = "C:\\Windows\\System32\\msiexec.exe"
MSI_PRODUCT = "{275197FC-14FD-4560-A5EB-38217F80CBD1}"
_MARK = b"MZ uninstaller of "

SERVICES = {
    MOBILITY: ("InMage Scout Application Service", "obengine", "svagents"),
    SERVER: ("ProcessServer", "ProcessServerMonitor", "cxprocessserver", "InMage PushInstall", "LogUpload", "tmansvc"),
    DEPENDENCIES: (),
}

FAILED, UNKNOWN_PRODUCT, INVALID_ARGUMENTS, NO_LOG = 1, 1605, 1639, 1622


def folder_of(program: str, location: str) -> str:
    """Where a program lies, for a set-up into ``location``."""
    folders = {MOBILITY: ntpath.join(location, "agent"), SERVER: ntpath.join(location, "home", "svsystems"), DEPENDENCIES: "C:\\thirdparty"}
    return folders[program]


def put_programs(host: Host, location: str, version: str, names: tuple[str, ...] = PROGRAMS) -> None:
    """The programs as a set-up leaves them: files, and entries with an uninstaller in the list of installed programs."""
    known = {program.name for program in host.programs}
    for name in [name for name in names if name not in known]:
        folder = folder_of(name, location)
        if name == MOBILITY:
            host.put_file(ntpath.join(folder, "svagents.exe"), b"MZ")
            host.programs.append(Program(name, version, f"MsiExec.exe /X{MSI_PRODUCT}"))
        else:
            uninstaller = ntpath.join(folder, "unins000.exe")
            host.put_file(uninstaller, _MARK + name.encode())
            host.programs.append(Program(name, version, f'"{uninstaller}"'))


def behind(windows: Windows, host: Host, path: str):
    """What starts for a file that is an uninstaller, `None` for any other."""
    file = host.file(path)
    if file is None:
        return None
    if key(path) == key(MSIEXEC):
        return lambda _host, argv: _by_windows_installer(windows, host, argv[1:])
    if file.content.startswith(_MARK):
        name = file.content[len(_MARK) :].decode()
        return lambda _host, argv: _by_inno_setup(windows, host, argv[1:], name)
    return None


def _by_windows_installer(windows: Windows, host: Host, arguments: list[str]) -> Process:
    """msiexec.exe; only the removal of a product by its code is known here."""
    product, log, silent = "", "", False
    rest = list(arguments)
    while rest:
        option = rest.pop(0).lower()
        if option == "/x" and rest:
            product = rest.pop(0).upper()
        elif re.fullmatch(r"/l[+*!a-z]*", option) and rest:
            log = rest.pop(0)
        elif option in ("/qn", "/quiet"):
            silent = True
        elif option != "/norestart":
            return Process(INVALID_ARGUMENTS)
    program = next((one for one in host.programs if product and product in (one.uninstall_string or "").upper()), None)
    if program is None:
        return Process(UNKNOWN_PRODUCT)
    # Not silent, it asks in a window that nobody sees.
    return _begin(windows, host, program.name, log) if silent else Process()


def _by_inno_setup(windows: Windows, host: Host, arguments: list[str], name: str) -> Process:
    given = [argument.lower() for argument in arguments]
    log = next((argument[5:] for argument in arguments if argument.lower().startswith("/log=")), "")
    return _begin(windows, host, name, log) if "/verysilent" in given and "/suppressmsgboxes" in given else Process()


def _begin(windows: Windows, host: Host, name: str, log: str) -> Process:
    if log and host.directory(ntpath.dirname(log)) is None:
        return Process(NO_LOG)
    if windows.setups.get(host.address) is None:
        windows.uninstalls_started.setdefault(host.address, []).append(name)
        write_log(windows, host, log, f"Removing {name}.")

    def work() -> tuple[int, str]:
        needed = [one for one in PROGRAMS[: PROGRAMS.index(name)] if any(program.name == one for program in host.programs)]
        if needed:
            return FAILED, f"{needed[0]} must be removed first."
        _remove(windows, host, name)
        return 0, "Removed."

    return run(windows, host, "uninstall", log, work)


def _remove(windows: Windows, host: Host, name: str) -> None:
    for service in SERVICES[name]:
        host.services.pop(service.lower(), None)
    for path in [path for path, file in host.files.items() if file.content == _MARK + name.encode()]:
        host.remove(ntpath.dirname(path))
    host.programs = [program for program in host.programs if program.name != name]
    if name == SERVER:
        host.registry.pop(PRODUCT_KEY, None)
        windows.unregister(host)
