"""The WinRM service of one host: WS-Management over HTTPS at the host's own address, with its self-signed certificate."""

from __future__ import annotations

import asyncio
import base64
import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from aiohttp import web

from .. import connections
from ..arm import ArmRequest
from ..certificates import Certificate
from . import commands
from .authentication import OFFERED, Authenticator
from .host import Host, WorldHooks

if TYPE_CHECKING:
    from ..world import World

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
RESOURCE = f"{SHELL}/cmd"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
STATE = f"{SHELL}/CommandState"

# winrm get winrm/config on a server as it is delivered: MaxEnvelopeSizekb, MaxShellsPerUser, IdleTimeout.
MOST_ENVELOPE_BYTES = 500 * 1024
MOST_SHELLS = 30
IDLE_LIMIT = timedelta(hours=2)

# wsmerror.h, by their names there: RESOURCE_NOT_FOUND, INVALID_ACTIONURI, OPERATION_TIMEDOUT, INVALID_RESOURCE_URI,
# SCHEMA_VALIDATION_ERROR, SERVER_ENVELOPE_LIMIT, UNEXPECTED_SELECTORS, QUOTA_MAX_SHELLS.
NO_SUCH_COMMAND = 2150858752
NO_SUCH_ACTION = 2150858753
OPERATION_TIMED_OUT = 2150858793
NO_SUCH_RESOURCE = 2150858811
NOT_VALID = 2150858817
ENVELOPE_TOO_LARGE = 2150858825
SHELL_NOT_FOUND = 2150858843
TOO_MANY_SHELLS = 2150859173

OPERATIONS = {
    f"{TRANSFER}/Create": "Create",
    f"{TRANSFER}/Delete": "Delete",
    **{f"{SHELL}/{name}": name for name in ("Command", "Send", "Receive", "Signal")},
}


class Command:
    """A started command: it runs from the end of its input, and its output is handed out once."""

    def __init__(self, line: str, arguments: str) -> None:
        self.line = line
        self.arguments = arguments
        self.stdin = bytearray()
        self.task: asyncio.Task | None = None
        self.ended = asyncio.Event()

    def run(self, host: Host, hooks: WorldHooks) -> None:
        self.task = asyncio.ensure_future(commands.run_command_line(host, hooks, self.line, self.arguments, bytes(self.stdin)))
        self.task.add_done_callback(lambda _task: self.ended.set())

    def end(self) -> None:
        if self.task:
            self.task.cancel()
        self.ended.set()


@dataclass
class Shell:
    """Belongs to the account that made it."""

    owner: str
    used: datetime
    commands: dict[str, Command] = field(default_factory=dict)

    def end(self) -> None:
        for command in self.commands.values():
            command.end()


@dataclass
class Message:
    """A request of WS-Management; ``operation`` is empty for an action that the service does not know."""

    header: ET.Element
    content: ET.Element
    action: str
    message_id: str
    operation: str

    @property
    def shell_id(self) -> str:
        return next((node.text for node in self.header.iter(f"{{{WSMAN}}}Selector") if node.get("Name") == "ShellId"), "") or ""

    @property
    def seconds(self) -> float:
        match = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", _text(self.header, f"{{{WSMAN}}}OperationTimeout"))
        return float(match[1]) if match else 60.0


class Fault(Exception):
    def __init__(self, code: int, reason: str, subcode: str = "w:InvalidSelectors"):
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.subcode = subcode


class WinRmServer:
    """Listens from `start` to `stop`; the connections are cut then, as when a machine is switched off.

    Requests are entered in the world's log, and planned faults meet them, as ``POST /wsman/<operation>`` at the host's
    address: Create, Command, Send, Receive, Signal, Delete.
    """

    def __init__(self, host: Host, port: int, certificate: Certificate, hooks: WorldHooks, world: World):
        self._host = host
        self._port = port
        self._certificate = certificate
        self._hooks = hooks
        self._world = world
        self._authenticator = Authenticator(host, certificate.sha256, world.folder)
        self._connections: dict[int, dict] = {}
        self._shells: dict[str, Shell] = {}
        self._listener: asyncio.AbstractServer | None = None
        self._server: web.Server | None = None
        self.requests = 0
        self.refused = 0

    @property
    def shells(self) -> int:
        """How many shells are open."""
        return len(self._shells)

    async def start(self) -> None:
        self._server = web.Server(self._handle)
        self._listener = await asyncio.get_running_loop().create_server(
            self._server, self._host.address, self._port, ssl=self._certificate.server_context(), reuse_address=True
        )

    async def stop(self) -> None:
        if self._listener is None:
            return
        self._listener.close()
        for connection in list(self._connections.values()):
            connection["transport"].abort()
        self.end_shells()
        await self._server.shutdown(0)
        self._listener = None

    def end_shells(self) -> None:
        """The service ends all shells, as when it is restarted."""
        for shell in self._shells.values():
            shell.end()
        self._shells.clear()

    # --- HTTP --------------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests += 1
        body = await request.read()
        if request.path != "/wsman" or request.method != "POST":
            return web.Response(status=404 if request.path != "/wsman" else 405)
        account, challenge = self._authenticator.step(self._connection(request), request.headers.get("Authorization", ""))
        if account is None:
            return self._unauthorized(challenge)
        try:
            message = _parse(body)
        except Fault as fault:
            return _soap(500, _fault(fault, ""))
        return await self._enter(request, account, message)

    def _unauthorized(self, challenge: str | None) -> web.Response:
        self.refused += 1
        entry = self._world.log.begin(ArmRequest("POST", "/wsman", host=self._host.address))
        entry["status"] = 401
        response = web.Response(status=401)
        for offer in [challenge] if challenge else OFFERED:
            response.headers.add("WWW-Authenticate", offer)
        return response

    async def _enter(self, request: web.BaseRequest, account: str, message: Message) -> web.StreamResponse:
        """Log the request, let planned faults meet it, and serve it."""
        known = ArmRequest("POST", f"/wsman/{message.operation}", host=self._host.address)
        entry = self._world.log.begin(known)
        entry["caller"] = account
        fault = self._world.faults.due(known)
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        response = None
        if fault is None or fault.after or (fault.status is None and not fault.cut):
            response = await self._serve(request, account, message, entry)
        if fault is not None and fault.cut:
            entry["status"] = "cut"
            connections.cut(request.transport)
            return web.Response(status=500)  # The connection is gone; this is written to nobody.
        planned = fault.answer() if fault is not None else None
        if planned is not None:
            response = web.Response(status=planned.status, body=planned.payload(), headers=planned.headers)
        entry["status"] = response.status
        return response

    async def _serve(self, request: web.BaseRequest, account: str, message: Message, entry: dict) -> web.Response:
        try:
            body = await self._perform(request, account, message, entry)
        except Fault as fault:
            return _soap(500, _fault(fault, message.message_id))
        except Exception as error:
            self._world.errors.append(error)
            raise
        return _soap(200, _envelope(f"{message.action}Response", message.message_id, body))

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

    async def _perform(self, request: web.BaseRequest, account: str, message: Message, entry: dict) -> str:
        """The body of the answer."""
        if _text(message.header, f"{{{WSMAN}}}ResourceURI") != RESOURCE:
            raise Fault(
                NO_SUCH_RESOURCE,
                "The WS-Management service cannot process the request. The resource URI is missing or it has an incorrect format.",
                "a:DestinationUnreachable",
            )
        if not message.operation:
            raise Fault(NO_SUCH_ACTION, f"The action {message.action} is not supported by the service.", "a:ActionNotSupported")
        if message.operation == "Create":
            return self._create(account)
        shell = self._shell(account, message.shell_id)
        if message.operation == "Delete":
            self._shells.pop(message.shell_id).end()
            return ""
        if message.operation == "Command":
            return _start(shell, message.content)
        if message.operation == "Send":
            self._take_input(shell, message.content, entry)
            return "<rsp:SendResponse/>"
        if message.operation == "Receive":
            return await self._receive(request, shell, message)
        _signal(shell, message.content)
        return "<rsp:SignalResponse/>"

    def _shell(self, account: str, identifier: str) -> Shell:
        shell = self._shells.get(identifier)
        if shell is None or shell.owner != account or self._is_idle(shell):
            raise Fault(
                SHELL_NOT_FOUND,
                (
                    f"The request for the Windows Remote Shell with ShellId {identifier} failed because the shell was not found on the "
                    "server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the server."
                ),
            )
        shell.used = self._hooks.now()
        return shell

    def _is_idle(self, shell: Shell) -> bool:
        return not shell.commands and self._hooks.now() - shell.used > IDLE_LIMIT

    def _create(self, account: str) -> str:
        for identifier in [identifier for identifier, shell in self._shells.items() if self._is_idle(shell)]:
            del self._shells[identifier]
        if sum(shell.owner == account for shell in self._shells.values()) >= MOST_SHELLS:
            raise Fault(
                TOO_MANY_SHELLS,
                (
                    f"The WS-Management service cannot process the request. This user is allowed a maximum number of {MOST_SHELLS} "
                    "concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user."
                ),
                "w:QuotaLimit",
            )
        identifier = str(uuid.uuid4()).upper()
        self._shells[identifier] = Shell(account, self._hooks.now())
        return (
            f"<x:ResourceCreated><a:Address>https://{self._host.address}:{self._port}/wsman</"
            f"a:Address><a:ReferenceParameters><w:ResourceURI>{RESOURCE}</w:ResourceURI>"
            "<w:SelectorSet><w:Selector "
            f'Name="ShellId">{identifier}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>'
            f"<rsp:Shell><rsp:ShellId>{identifier}</rsp:ShellId><rsp:ResourceUri>{RESOURCE}</"
            f"rsp:ResourceUri><rsp:Owner>{escape(account)}</rsp:Owner>"
            "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
        )

    def _take_input(self, shell: Shell, content: ET.Element, entry: dict) -> None:
        stream = content.find(f"{{{SHELL}}}Send/{{{SHELL}}}Stream")
        _identifier, command = _command(shell, stream)
        if command.task is not None:
            raise Fault(NO_SUCH_COMMAND, "The pipe has been ended.", "w:InternalError")
        command.stdin += base64.b64decode(stream.text or "")
        if (stream.get("End") or "").lower() == "true":
            entry["body"] = commands.summary(bytes(command.stdin), self._world.log.mask)
            command.run(self._host, self._hooks)

    async def _receive(self, request: web.BaseRequest, shell: Shell, message: Message) -> str:
        identifier, command = _command(shell, message.content.find(f"{{{SHELL}}}Receive/{{{SHELL}}}DesiredStream"))
        try:
            await asyncio.wait_for(command.ended.wait(), message.seconds)
        except asyncio.TimeoutError:
            raise Fault(
                OPERATION_TIMED_OUT,
                "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
                "w:TimedOut",
            ) from None
        if command.task is None or command.task.cancelled():
            raise Fault(
                NO_SUCH_COMMAND,
                "The I/O operation has been aborted because of either a thread exit or an application request.",
                "w:InternalError",
            )
        if shell.commands.get(identifier) is not command:
            raise _no_such_command()
        result = command.task.result()
        if request.transport is not None and not request.transport.is_closing():
            # Output is given to one request only; one whose connection broke while it waited takes none of it.
            del shell.commands[identifier]
        streams = "".join(
            (f'<rsp:Stream Name="{name}" ' f'CommandId="{identifier}">{base64.b64encode(text.encode()).decode()}</' "rsp:Stream>")
            for name, text in (("stdout", result.output), ("stderr", result.error))
            if text
        )
        ends = "".join(f'<rsp:Stream Name="{name}" CommandId="{identifier}" End="true"/>' for name in ("stdout", "stderr"))
        state = (
            f'<rsp:CommandState CommandId="{identifier}" '
            f'State="{STATE}/Done"><rsp:ExitCode>{result.exit_code}</rsp:ExitCode></rsp:CommandState>'
        )
        return f"<rsp:ReceiveResponse>{streams}{ends}{state}</rsp:ReceiveResponse>"


def _parse(body: bytes) -> Message:
    if len(body) > MOST_ENVELOPE_BYTES:
        raise Fault(
            ENVELOPE_TOO_LARGE,
            "The WS-Management service cannot process the request because the envelope is larger than the server allows.",
            "w:EncodingLimit",
        )
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        raise Fault(
            NOT_VALID, "The WS-Management service cannot process the request. The XML is not well formed.", "w:SchemaValidationError"
        ) from None
    header, content = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    if header is None or content is None:
        raise Fault(NOT_VALID, "The SOAP header or body is missing.", "w:SchemaValidationError")
    action = _text(header, f"{{{ADDRESSING}}}Action")
    return Message(header, content, action, _text(header, f"{{{ADDRESSING}}}MessageID"), OPERATIONS.get(action, ""))


def _start(shell: Shell, content: ET.Element) -> str:
    line = content.find(f"{{{SHELL}}}CommandLine")
    if line is None:
        raise Fault(NOT_VALID, "The command line is missing.", "w:SchemaValidationError")
    identifier = str(uuid.uuid4()).upper()
    arguments = " ".join(node.text or "" for node in line.findall(f"{{{SHELL}}}Arguments"))
    shell.commands[identifier] = Command(_text(line, f"{{{SHELL}}}Command"), arguments)
    return f"<rsp:CommandResponse><rsp:CommandId>{identifier}</rsp:CommandId></rsp:CommandResponse>"


def _signal(shell: Shell, content: ET.Element) -> None:
    found = content.find(f"{{{SHELL}}}Signal")
    command = shell.commands.pop(found.get("CommandId", ""), None) if found is not None else None
    if command:
        command.end()


def _command(shell: Shell, node: ET.Element | None) -> tuple[str, Command]:
    identifier = node.get("CommandId", "") if node is not None else ""
    command = shell.commands.get(identifier)
    if command is None:
        raise _no_such_command()
    return identifier, command


def _no_such_command() -> Fault:
    return Fault(
        NO_SUCH_COMMAND,
        "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist.",
    )


def _text(parent: ET.Element, name: str) -> str:
    node = parent.find(name)
    return (node.text or "").strip() if node is not None else ""


def _envelope(action: str, relates_to: str, body: str) -> str:
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}" '
        f'xmlns:rsp="{SHELL}"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{ADDRESSING}/role/anonymous</"
        f"a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def _fault(fault: Fault, relates_to: str) -> str:
    return _envelope(
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
        relates_to,
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></"
        f's:Code><s:Reason><s:Text xml:lang="en-US">{escape(fault.reason)}</s:Text></s:Reason>'
        f'<s:Detail><f:WSManFault xmlns:f="{FAULT}" Code="{fault.code}" '
        f'Machine="localhost"><f:Message>{escape(fault.reason)}</f:Message></f:WSManFault></s:Detail></s:Fault>',
    )


def _soap(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=text.encode(), content_type="application/soap+xml", charset="UTF-8")
