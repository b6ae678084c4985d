"""Unregister-ASRComponent.pl on a simulated configuration server.

Documented (site-recovery-vmware-unregister-process-server): its command line, that it lists S.No, IP, name and last
heartbeat of one or more process servers, asks for a serial number, forgets that server, and says "Successfully unregistered"
with name and address. Its picture there is described as showing the words "Please choose one of the above servers to
un-register". How the columns stand, and every other word and exit code, is our inference; `Wording` holds all of them.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .host import Host, Process, key

if TYPE_CHECKING:
    from .estate import Windows

TOOL = "C:\\ProgramData\\ASR\\home\\svsystems\\bin\\Unregister-ASRComponent.pl"
USAGE = "Usage: perl Unregister-ASRComponent.pl -IPAddress <IP_ADDRESS_OF_MACHINE_TO_UNREGISTER> -Component <Source/ PS / MT>\r\n"


@dataclasses.dataclass
class Wording:
    """What the tool says. A scenario states other words under ``unregister_tool`` of its configuration server."""

    heading: str = "\r\nS.No\tIP\t\tName\t\tHeartbeat\r\n-------------------------------------------------------------\r\n"
    row: str = "{number}\t{address}\t{name}\t{heartbeat}\r\n"
    prompt: str = "\r\nPlease choose one of the above servers to un-register : "
    success: str = "\r\nSuccessfully unregistered {name} ({address})\r\n"
    none_found: str = "\r\nNo process server is registered with the IP address {address}.\r\n"
    wrong_choice: str = "\r\nInvalid choice.\r\n"
    # Older revisions of the page know no question.
    asks: bool = True


def install(windows: Windows, host: Host, wording: Wording) -> None:
    """The tool where the page says it is."""
    host.put_file(TOOL, b"#!perl Unregister-ASRComponent.pl")
    host.executables[key(TOOL)] = lambda _host, argv: _run(windows, host, argv[1:], wording)


def _run(windows: Windows, host: Host, arguments: list[str], wording: Wording) -> Process:
    options = {name.lower(): value for name, value in zip(arguments[::2], arguments[1::2])}
    if len(arguments) != 4 or set(options) != {"-ipaddress", "-component"} or options["-component"] != "PS":
        return Process(1, USAGE)
    address = options["-ipaddress"]
    servers = windows.registered_at(host, address)
    if not servers:
        return Process(1, wording.none_found.format(address=address))
    rows = [
        wording.row.format(number=number, address=server.address, name=server.name, heartbeat=server.facts.get("lastHeartbeat"))
        for number, server in enumerate(servers, 1)
    ]

    def forget(process: Process, number: int) -> None:
        server = servers[number - 1]
        windows.forget(host, server)
        process.stdout += wording.success.format(name=server.name, address=server.address)
        process.end(0)

    def answered(process: Process, line: str) -> None:
        if line.strip().isdigit() and 0 < int(line) <= len(servers):
            forget(process, int(line))
        else:
            process.stdout += wording.wrong_choice
            process.end(1)

    process = Process(None, wording.heading + "".join(rows) + wording.prompt, answered=answered)
    if not wording.asks:
        process.stdout = wording.heading + "".join(rows)
        forget(process, 1)
    return process
