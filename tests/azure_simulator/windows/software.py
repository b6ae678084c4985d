"""The services of a process server, and how Microsoft's set-ups run: one at a time, with a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .host import Host, Process

if TYPE_CHECKING:
    from . import Windows

LOG_DIRECTORY = "C:\\ProgramData\\ASRSetupLogs"
LOG = LOG_DIRECTORY + "\\ASRUnifiedSetup.log"

# vmware-physical-azure-troubleshoot-process-server: of a scale-out process server, as Unified Setup makes it.
# The first five are there on the gallery's image too.
GALLERY_SERVICES = ("ProcessServer", "ProcessServerMonitor", "cxprocessserver", "InMage PushInstall", "LogUpload")
SERVICES = (*GALLERY_SERVICES, "InMage Scout Application Service", "obengine", "svagents", "tmansvc")


def refused(windows: Windows, host: Host, log: str, code: int, text: str) -> Process:
    """A program that ends at once, with a reason in its log."""
    write_log(windows, host, log, text)
    return Process(code)


def run(windows: Windows, host: Host, kind: str, log: str, work: Callable[[], tuple[int, str]]) -> Process:
    """A program that takes its time, one on a host; ``work()`` then says its exit code and what it writes into its log."""
    if windows.setups.get(host.address) is not None:
        return refused(windows, host, log, 1618, "Another instance of the setup is already running.")
    process = windows.setups[host.address] = Process()

    def finish() -> None:
        # A machine that was stopped meanwhile, or is gone, took the set-up with it.
        if windows.setups.get(host.address) is not process:
            return
        windows.setups.pop(host.address)
        code, text = work()
        write_log(windows, host, log, text)
        process.end(code)

    windows.later(kind, host, finish)
    return process


def write_log(windows: Windows, host: Host, path: str, text: str) -> None:
    """One more line of a log, where there is one."""
    if not path:
        return
    now = windows.hooks.now()
    before = host.file(path)
    content = (before.content if before else b"") + f"{now:%Y-%m-%d %H:%M:%S} {text}\r\n".encode()
    host.put_file(path, content, modified_utc=now)
