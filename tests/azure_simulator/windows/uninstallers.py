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
from .software import write_log

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

FAILED, ANOTHER_RUNS, UNKNOWN_PRODUCT, INVALID_ARGUMENTS, NO_LOG = 1, 1618, 1605, 1639, 1622


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
    process, product, log, silent = Process(), "", "", False
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
            process.end(INVALID_ARGUMENTS)
            return process
    program = next((one for one in host.programs if product and product in (one.uninstall_string or "").upper()), None)
    if program is None:
        process.end(UNKNOWN_PRODUCT)
    elif silent:
        _begin(windows, host, program.name, log, process)
    return process  # Not silent, it asks in a window that nobody sees.


def _by_inno_setup(windows: Windows, host: Host, arguments: list[str], name: str) -> Process:
    process, given = Process(), [argument.lower() for argument in arguments]
    log = next((argument[5:] for argument in arguments if argument.lower().startswith("/log=")), "")
    if "/verysilent" in given and "/suppressmsgboxes" in given:
        _begin(windows, host, name, log, process)
    return process


def _begin(windows: Windows, host: Host, name: str, log: str, process: Process) -> None:
    if windows.setups.get(host.address) is not None:
        process.end(ANOTHER_RUNS)
        return
    if log and host.directory(ntpath.dirname(log)) is None:
        process.end(NO_LOG)
        return
    windows.setups[host.address] = process
    windows.uninstalls_started.setdefault(host.address, []).append(name)
    _note(windows, host, log, f"Removing {name}.")

    def finish() -> None:
        # A machine that was stopped meanwhile, or is gone, took the uninstaller with it.
        if windows.setups.get(host.address) is not process:
            return
        windows.setups.pop(host.address)
        needed = [one for one in PROGRAMS[: PROGRAMS.index(name)] if any(program.name == one for program in host.programs)]
        if needed:
            _note(windows, host, log, f"{needed[0]} must be removed first.")
            process.end(FAILED)
            return
        _remove(windows, host, name)
        _note(windows, host, log, "Removed.")
        process.end(0)

    windows.later("uninstall", host, finish)


def _remove(windows: Windows, host: Host, name: str) -> None:
    for service in SERVICES[name]:
        host.services.pop(service.lower(), None)
    for path in [path for path, file in host.files.items() if file.content == _MARK + name.encode()]:
        host.remove(ntpath.dirname(path))
    host.programs = [program for program in host.programs if program.name != name]
    if name == SERVER:
        host.registry.pop(PRODUCT_KEY, None)
        windows.unregister(host)


def _note(windows: Windows, host: Host, log: str, text: str) -> None:
    if log:
        write_log(windows, host, log, text)
