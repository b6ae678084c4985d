"""The WinRM service of one host: WS-Management over HTTPS at the host's own address, with its self-signed certificate."""

from __future__ import annotations

import asyncio
import base64
import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from aiohttp import web

from ..certificates import Certificate
from . import commands
from .authentication import OFFERED, Authenticator
from .host import Host, WorldHooks

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
RESOURCE = f"{SHELL}/cmd"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
STATE = f"{SHELL}/CommandState"

# winrm get winrm/config on a server as it is delivered: MaxEnvelopeSizekb, MaxShellsPerUser.
MOST_ENVELOPE_BYTES = 500 * 1024
MOST_SHELLS = 30
OPERATION_TIMED_OUT = 2150858793
SHELL_NOT_FOUND = 2150858843
TOO_MANY_SHELLS = 2150859173
COMMAND_NOT_FOUND = 2150858843
NOT_UNDERSTOOD = 2150858752


@dataclass
class Command:
    line: str
    arguments: str
    stdin: bytearray = field(default_factory=bytearray)
    task: asyncio.Task | None = None
    sent: bool = False


class Fault(Exception):
    def __init__(self, code: int, reason: str, subcode: str = "w:InvalidSelectors"):
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.subcode = subcode


class WinRmServer:
    """Listens from `start` to `stop`; the connections are cut then, as when a machine is switched off."""

    def __init__(self, host: Host, port: int, certificate: Certificate, hooks: WorldHooks, folder: Path, errors: list[BaseException]):
        self._host = host
        self._port = port
        self._certificate = certificate
        self._hooks = hooks
        self._errors = errors
        self._authenticator = Authenticator(host, certificate.sha256, folder)
        self._connections: dict[int, dict] = {}
        self._shells: dict[str, dict[str, Command]] = {}
        self._listener: asyncio.AbstractServer | None = None
        self._server: web.Server | None = None
        self.requests = 0
        self.refused = 0

    async def start(self) -> None:
        self._server = web.Server(self._handle)
        self._listener = await asyncio.get_running_loop().create_server(self._server, self._host.address, self._port, ssl=self._certificate.server_context(), reuse_address=True)

    async def stop(self) -> None:
        if self._listener is None:
            return
        self._listener.close()
        for connection in list(self._connections.values()):
            connection["transport"].abort()
        for shell in list(self._shells.values()):
            _end_all(shell)
        self._shells.clear()
        await self._server.shutdown(0)
        self._listener = None

    # --- HTTP --------------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests += 1
        body = await request.read()
        state = self._connection(request)
        if request.path != "/wsman" or request.method != "POST":
            return web.Response(status=404 if request.path != "/wsman" else 405)
        authenticated, challenge = self._authenticator.step(state, request.headers.get("Authorization", ""))
        if not authenticated:
            self.refused += 1
            response = web.Response(status=401)
            for offer in [challenge] if challenge else OFFERED:
                response.headers.add("WWW-Authenticate", offer)
            return response
        if len(body) > MOST_ENVELOPE_BYTES:
            return web.Response(status=413)
        try:
            return _soap(200, await self._answer(body))
        except Fault as fault:
            return _soap(500, _fault(fault))
        except Exception as error:
            self._errors.append(error)
            raise

    def _connection(self, request: web.BaseRequest) -> dict:
        transport = request.transport
        key = id(transport)
        known = self._connections.get(key)
        if known is None or known["transport"] is not transport:
            for old in [name for name, entry in self._connections.items() if entry["transport"].is_closing()]:
                del self._connections[old]
            known = self._connections[key] = {"transport": transport, "authentication": {}}
        return known["authentication"]

    # --- WS-Management -----------------------------------------------------------------------------------------------

    async def _answer(self, body: bytes) -> str:
        try:
            root = ET.fromstring(body)
        except ET.ParseError:
            raise Fault(NOT_UNDERSTOOD, "The WS-Management service cannot process the request. The XML is not well formed.", "w:SchemaValidationError") from None
        header, content = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
        if header is None or content is None:
            raise Fault(NOT_UNDERSTOOD, "The SOAP header or body is missing.", "w:SchemaValidationError")
        action = _text(header, f"{{{ADDRESSING}}}Action")
        message = _text(header, f"{{{ADDRESSING}}}MessageID")
        if _text(header, f"{{{WSMAN}}}ResourceURI") != RESOURCE:
            raise Fault(NOT_UNDERSTOOD, "The WS-Management service cannot process the request. The resource URI is missing or it has an incorrect format.", "a:DestinationUnreachable")
        if action == f"{TRANSFER}/Create":
            return _envelope(f"{TRANSFER}/CreateResponse", message, self._create())
        shell = next((node.text for node in header.iter(f"{{{WSMAN}}}Selector") if node.get("Name") == "ShellId"), "") or ""
        if shell not in self._shells:
            raise Fault(SHELL_NOT_FOUND, f"The request for the Windows Remote Shell with ShellId {shell} failed because the shell was not found on the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the server.")
        if action == f"{TRANSFER}/Delete":
            _end_all(self._shells.pop(shell))
            return _envelope(f"{TRANSFER}/DeleteResponse", message, "")
        commands_of = self._shells[shell]
        if action == f"{SHELL}/Command":
            return _envelope(f"{SHELL}/CommandResponse", message, _start(commands_of, content))
        if action == f"{SHELL}/Send":
            self._take_input(commands_of, content)
            return _envelope(f"{SHELL}/SendResponse", message, "<rsp:SendResponse/>")
        if action == f"{SHELL}/Receive":
            return _envelope(f"{SHELL}/ReceiveResponse", message, await self._receive(commands_of, content, _timeout(header)))
        if action == f"{SHELL}/Signal":
            found = content.find(f"{{{SHELL}}}Signal")
            command = commands_of.pop(found.get("CommandId") if found is not None else "", None)
            if command and command.task:
                command.task.cancel()
            return _envelope(f"{SHELL}/SignalResponse", message, "<rsp:SignalResponse/>")
        raise Fault(NOT_UNDERSTOOD, f"The action {action} is not supported by the service.", "a:ActionNotSupported")

    def _create(self) -> str:
        if len(self._shells) >= MOST_SHELLS:
            raise Fault(TOO_MANY_SHELLS, "The WS-Management service cannot process the request. This user is allowed a maximum number of 30 concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user.", "w:QuotaLimit")
        shell = str(uuid.uuid4()).upper()
        self._shells[shell] = {}
        return f'<x:ResourceCreated><a:Address>https://{self._host.address}:{self._port}/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>{RESOURCE}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>{shell}</rsp:ShellId><rsp:ResourceUri>{RESOURCE}</rsp:ResourceUri><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>'

    def _take_input(self, commands_of: dict[str, Command], content: ET.Element) -> None:
        stream = content.find(f"{{{SHELL}}}Send/{{{SHELL}}}Stream")
        command = _command(commands_of, stream)
        if command.task is not None:
            raise Fault(NOT_UNDERSTOOD, "The pipe has been ended.", "w:InternalError")
        command.stdin += base64.b64decode(stream.text or "")
        if (stream.get("End") or "").lower() == "true":
            work = commands.run_command_line(self._host, self._hooks, command.line, command.arguments, bytes(command.stdin))
            command.task = asyncio.ensure_future(work)

    async def _receive(self, commands_of: dict[str, Command], content: ET.Element, seconds: float) -> str:
        wanted = content.find(f"{{{SHELL}}}Receive/{{{SHELL}}}DesiredStream")
        identifier = wanted.get("CommandId") if wanted is not None else ""
        command = _command(commands_of, wanted)
        if command.task is None:
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait([command.task], timeout=seconds)
        if command.task is None or not command.task.done():
            raise Fault(OPERATION_TIMED_OUT, "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.", "w:TimedOut")
        if command.task.cancelled():
            raise Fault(COMMAND_NOT_FOUND, "The command was ended.")
        result = command.task.result()
        streams = "".join(f'<rsp:Stream Name="{name}" CommandId="{identifier}">{base64.b64encode(text.encode()).decode()}</rsp:Stream>' for name, text in (("stdout", result.output), ("stderr", result.error)) if text)
        ends = "".join(f'<rsp:Stream Name="{name}" CommandId="{identifier}" End="true"/>' for name in ("stdout", "stderr"))
        state = f'<rsp:CommandState CommandId="{identifier}" State="{STATE}/Done"><rsp:ExitCode>{result.exit_code}</rsp:ExitCode></rsp:CommandState>'
        return f"<rsp:ReceiveResponse>{streams}{ends}{state}</rsp:ReceiveResponse>"


def _start(commands_of: dict[str, Command], content: ET.Element) -> str:
    line = content.find(f"{{{SHELL}}}CommandLine")
    identifier = str(uuid.uuid4()).upper()
    arguments = " ".join(node.text or "" for node in line.findall(f"{{{SHELL}}}Arguments"))
    commands_of[identifier] = Command(_text(line, f"{{{SHELL}}}Command"), arguments)
    return f"<rsp:CommandResponse><rsp:CommandId>{identifier}</rsp:CommandId></rsp:CommandResponse>"


def _command(commands_of: dict[str, Command], node: ET.Element | None) -> Command:
    command = commands_of.get(node.get("CommandId", "")) if node is not None else None
    if command is None:
        raise Fault(COMMAND_NOT_FOUND, "The command was not found in the shell.")
    return command


def _end_all(shell: dict[str, Command]) -> None:
    for command in shell.values():
        if command.task:
            command.task.cancel()


def _timeout(header: ET.Element) -> float:
    match = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", _text(header, f"{{{WSMAN}}}OperationTimeout"))
    return float(match[1]) if match else 60.0


def _text(parent: ET.Element, name: str) -> str:
    node = parent.find(name)
    return (node.text or "").strip() if node is not None else ""


def _envelope(action: str, relates_to: str, body: str) -> str:
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}" xmlns:rsp="{SHELL}"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{ADDRESSING}/role/anonymous</a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def _fault(fault: Fault) -> str:
    return _envelope(
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
        "",
        f'<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">{escape(fault.reason)}</s:Text></s:Reason>'
        f'<s:Detail><f:WSManFault xmlns:f="{FAULT}" Code="{fault.code}" Machine="localhost"><f:Message>{escape(fault.reason)}</f:Message></f:WSManFault></s:Detail></s:Fault>',
    )


def _soap(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=text.encode(), content_type="application/soap+xml", charset="UTF-8")
