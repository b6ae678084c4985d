"""The state of one simulated Windows server: what its scripts can read and change.

Names of files, directories, services and registry keys are kept as given and found without regard to case, as Windows
does. ``from_dict`` and ``to_dict`` take and give plain data (a file's content as ``text``, or ``base64`` where it is
not UTF-8), so that a scenario or a fixture can state a server in YAML.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import ntpath
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

HTTPS_PORT = 5986
# When a server was started of which nobody says it.
BOOTED = datetime(2026, 1, 1, 6, 30, tzinfo=timezone.utc)


class ScriptError(Exception):
    """A script that fails as the real one would: becomes ``{"ok": false, "error": {message, type, id, at}}``.

    ``type``: full name of the .NET exception; ``id``: PowerShell's fully qualified error id.
    """

    def __init__(self, message: str, type: str, id: str) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.id = id

    def as_error(self) -> dict:
        """The ``error`` of the envelope."""
        return {"message": self.message, "type": self.type, "id": self.id, "at": "at <ScriptBlock>, <No file>: line 1"}


class DownloadFailed(Exception):
    """A web server that refused, or none that answered: ``status`` is its HTTP status, 0 where none came.

    ``received``: what had arrived before the connection was cut.
    """

    def __init__(self, reason: str, status: int = 0, received: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.received = received


class WorldHooks(Protocol):
    """What a server meets outside itself. Every call but ``now`` may answer at once or be awaited."""

    def now(self) -> datetime:
        """The world's time, aware, UTC; a server adds its own ``clock_offset_seconds``."""

    def download(self, url: str) -> bytes | Awaitable[bytes]:
        """The content behind ``url``, or `DownloadFailed`."""

    def connect(self, host: Host, address: str, port: int, timeout: float) -> str | None | Awaitable[str | None]:
        """`None` where a TCP connection from ``host`` comes about, else the name of .NET's ``SocketError``:
        ``ConnectionRefused``, ``TimedOut``, ``HostNotFound``, ``HostUnreachable``."""

    def new_certificate(self, host: Host, dns_name: str) -> Certificate | Awaitable[Certificate]:
        """A new self-signed certificate, whose private key the world keeps so that the server can show it."""

    def listen(self, host: Host, listener: Listener) -> None | Awaitable[None]:
        """The server has a listener from now on."""

    def restart(self, host: Host, seconds: float) -> None | Awaitable[None]:
        """The server goes down in so many seconds, and starts again."""


class Process:
    """A program that was started; it runs until somebody calls ``end``.

    ``answered(process, line)``: what it does with a line on its standard input; one without it reads nothing.
    """

    def __init__(
        self, exit_code: int | None = None, stdout: str = "", stderr: str = "", answered: Callable[[Process, str], None] | None = None
    ) -> None:
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self._answered = answered
        self._when_ended: list[Callable[[int], None]] = []

    @property
    def running(self) -> bool:
        return self.exit_code is None

    def end(self, exit_code: int) -> None:
        """The program ends with ``exit_code``; a program that has ended stays as it is."""
        if self.exit_code is not None:
            return
        self.exit_code = exit_code
        for callback in self._when_ended:
            callback(exit_code)
        self._when_ended.clear()

    def answer(self, line: str) -> None:
        """A line on the program's standard input."""
        if self._answered is not None and self.running:
            self._answered(self, line)

    def when_ended(self, callback: Callable[[int], None]) -> None:
        """Calls ``callback(exit_code)`` at the end of the program, now where it has ended already."""
        if self.exit_code is None:
            self._when_ended.append(callback)
        else:
            callback(self.exit_code)

    async def wait(self) -> int:
        """The exit code, once the program has ended."""
        if self.exit_code is None:
            ended = asyncio.get_running_loop().create_future()
            self.when_ended(lambda code: None if ended.done() else ended.set_result(code))
            await ended
        return self.exit_code


Executable = Callable[["Host", "list[str]"], Process]


@dataclasses.dataclass
class File:
    """``size`` (bytes) and ``sha256`` (lower-case hex) follow from ``content`` unless given.

    ``acl``: ``SID:right`` entries such as ``S-1-5-18:F`` once inheritance is cut, `None` while it is inherited.
    """

    path: str
    content: bytes = b""
    size: int = -1
    sha256: str = ""
    acl: list[str] | None = None
    modified_utc: datetime | None = None

    def __post_init__(self) -> None:
        if self.size < 0:
            self.size = len(self.content)
        if not self.sha256:
            self.sha256 = hashlib.sha256(self.content).hexdigest()


@dataclasses.dataclass
class Directory:
    path: str
    acl: list[str] | None = None


@dataclasses.dataclass
class Service:
    """``status``: Running, Stopped, …; ``start_type``: Automatic, Manual, Disabled; ``fails_with``: why it does not start."""

    name: str
    status: str = "Running"
    start_type: str = "Automatic"
    fails_with: str | None = None


@dataclasses.dataclass
class Volume:
    drive_letter: str | None
    label: str = ""
    file_system: str = "NTFS"
    size_bytes: int = 0
    free_bytes: int = 0


@dataclasses.dataclass
class Disk:
    """``partition_style``: RAW, GPT or MBR."""

    number: int
    size_bytes: int
    partition_style: str = "RAW"
    is_boot: bool = False
    is_offline: bool = False
    is_read_only: bool = False
    volumes: list[Volume] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Program:
    name: str
    version: str | None = None
    uninstall_string: str | None = None


@dataclasses.dataclass
class Task:
    """A scheduled task; ``last_result`` is Task Scheduler's number: 267009 runs, 267011 has not run, else the exit code."""

    name: str
    program: str = ""
    arguments: str = ""
    working_directory: str = ""
    user: str = ""
    state: str = "Ready"
    last_result: int = 267011
    last_run_utc: datetime | None = None
    process: Process | None = dataclasses.field(default=None, repr=False, compare=False)


@dataclasses.dataclass
class Certificate:
    """In the machine's personal store. ``raw`` is its DER; the fingerprints follow from it unless given.

    ``thumbprint``: SHA-1, upper-case hex, as Windows names it; ``sha256``: lower-case hex.
    """

    subject: str
    raw: bytes = b""
    thumbprint: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        if not self.thumbprint:
            self.thumbprint = hashlib.sha1(self.raw).hexdigest().upper()  # Windows' own name for it, not a protection
        if not self.sha256:
            self.sha256 = hashlib.sha256(self.raw).hexdigest()


@dataclasses.dataclass
class Listener:
    """A WinRM listener; ``thumbprint`` names a certificate of the store, ``sha256`` is that certificate's."""

    transport: str
    port: int
    thumbprint: str = ""
    sha256: str = ""


@dataclasses.dataclass
class FirewallRule:
    name: str
    display_name: str = ""
    direction: str = "Inbound"
    action: str = "Allow"
    protocol: str = "TCP"
    local_port: str = "Any"


@dataclasses.dataclass
class Host:
    """One server. ``executables``: what stands behind a program's file, by its path in lower case."""

    computer_name: str
    address: str = ""
    os_version: str = "10.0.14393"
    vm_id: str = ""
    powered_on: bool = True
    booted_utc: datetime = BOOTED
    restart_scheduled: bool = False
    clock_offset_seconds: float = 0.0
    accounts: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    environment: dict[str, str] = dataclasses.field(default_factory=lambda: {"ProgramData": "C:\\ProgramData"})
    files: dict[str, File] = dataclasses.field(default_factory=dict)
    directories: dict[str, Directory] = dataclasses.field(default_factory=dict)
    services: dict[str, Service] = dataclasses.field(default_factory=dict)
    registry: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    disks: list[Disk] = dataclasses.field(default_factory=list)
    programs: list[Program] = dataclasses.field(default_factory=list)
    tasks: dict[str, Task] = dataclasses.field(default_factory=dict)
    certificates: list[Certificate] = dataclasses.field(default_factory=list)
    listeners: list[Listener] = dataclasses.field(default_factory=list)
    firewall_rules: dict[str, FirewallRule] = dataclasses.field(default_factory=dict)
    executables: dict[str, Executable] = dataclasses.field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Windows is never without it.
        self.services.setdefault("winrm", Service("WinRM"))

    # -- files -------------------------------------------------------------------------------------------------------
    def file(self, path: str) -> File | None:
        return self.files.get(key(path))

    def directory(self, path: str) -> Directory | None:
        """The directory; a drive that is there is one."""
        wanted = key(path)
        return Directory(ntpath.normpath(path)) if self._is_drive(wanted) else self.directories.get(wanted)

    def _is_drive(self, path: str) -> bool:
        letters = {volume.drive_letter.lower() for volume in self.volumes() if volume.drive_letter}
        return path.rstrip("\\") in {letter + ":" for letter in letters | {"c"}}

    def make_directory(self, path: str, acl: list[str] | None = None) -> Directory:
        """The directory with every directory above it; ``acl`` is set on a new one only."""
        found = self.directory(path)
        if found is None:
            parent = ntpath.dirname(ntpath.normpath(path))
            if parent and key(parent) != key(path):
                self.make_directory(parent)
            found = self.directories[key(path)] = Directory(ntpath.normpath(path), acl)
        return found

    def put_file(self, path: str, content: bytes, acl: list[str] | None = None, modified_utc: datetime | None = None) -> File:
        """Writes the file anew, with the directories above it."""
        self.make_directory(ntpath.dirname(ntpath.normpath(path)))
        file = self.files[key(path)] = File(ntpath.normpath(path), content, acl=acl, modified_utc=modified_utc)
        return file

    def remove(self, path: str) -> bool:
        """Removes the file, or the directory with all in it; says whether anything was there."""
        wanted = key(path)
        found = False
        for store in (self.files, self.directories):
            for name in [name for name in store if name == wanted or name.startswith(wanted + "\\")]:
                del store[name]
                found = True
        return found

    # -- the rest ----------------------------------------------------------------------------------------------------
    def service(self, name: str) -> Service | None:
        return self.services.get(name.lower())

    def put_service(self, service: Service) -> Service:
        self.services[service.name.lower()] = service
        return service

    def registry_value(self, path: str, name: str) -> Any:
        """The value, or `None`; ``path`` such as ``HKLM:\\SOFTWARE\\…``."""
        for known, values in self.registry.items():
            if key(known) == key(path):
                return {field.lower(): value for field, value in values.items()}.get(name.lower())
        return None

    def account_password(self, user: str) -> str | None:
        """The local account's password, `None` where there is no such account; ``.\\name`` and ``SERVER\\name`` are local."""
        domain, _separator, name = user.rpartition("\\")
        if domain.lower() not in ("", ".", self.computer_name.lower()):
            return None
        return {known.lower(): password for known, password in self.accounts.items()}.get(name.lower())

    def volumes(self) -> list[Volume]:
        return [volume for disk in self.disks for volume in disk.volumes]

    def disk(self, number: int) -> Disk | None:
        return next((disk for disk in self.disks if disk.number == number), None)

    def task(self, name: str) -> Task | None:
        return next((task for known, task in self.tasks.items() if known.lower() == name.lower()), None)

    def certificate(self, thumbprint: str) -> Certificate | None:
        return next((found for found in self.certificates if found.thumbprint.upper() == (thumbprint or "").upper()), None)

    def add_listener(self, transport: str, port: int, certificate: Certificate | None = None) -> Listener:
        """A listener, its certificate put into the store with it."""
        listener = Listener(transport, port)
        if certificate is not None:
            listener.thumbprint, listener.sha256 = certificate.thumbprint, certificate.sha256
            if self.certificate(certificate.thumbprint) is None:
                self.certificates.append(certificate)
        self.listeners.append(listener)
        return listener

    def now(self, hooks: WorldHooks) -> datetime:
        """This server's own idea of the time, UTC."""
        return hooks.now() + timedelta(seconds=self.clock_offset_seconds)

    # -- plain data --------------------------------------------------------------------------------------------------
    @classmethod
    def from_dict(cls, data: dict) -> Host:
        """A server from plain data; lists of files, directories, services, tasks and rules are keyed by their names."""
        data = dict(data)
        files = [_file(item) for item in data.pop("files", [])]
        directories = [Directory(item) if isinstance(item, str) else Directory(**item) for item in data.pop("directories", [])]
        services = [Service(**item) for item in data.pop("services", [])]
        disks = [Disk(**{**item, "volumes": [Volume(**volume) for volume in item.get("volumes", [])]}) for item in data.pop("disks", [])]
        programs = [Program(**item) for item in data.pop("programs", [])]
        tasks = [Task(**{**item, "last_run_utc": _time(item.get("last_run_utc"))}) for item in data.pop("tasks", [])]
        certificates = [_certificate(item) for item in data.pop("certificates", [])]
        listeners = [Listener(**item) for item in data.pop("listeners", [])]
        rules = [FirewallRule(**item) for item in data.pop("firewall_rules", [])]
        booted = _time(data.pop("booted_utc", None)) or BOOTED
        host = cls(
            files={key(file.path): file for file in files},
            directories={key(directory.path): directory for directory in directories},
            services={service.name.lower(): service for service in services},
            disks=disks,
            programs=programs,
            tasks={task.name: task for task in tasks},
            certificates=certificates,
            listeners=listeners,
            firewall_rules={rule.name: rule for rule in rules},
            booted_utc=booted,
            **data,
        )
        for file in files:
            host.make_directory(ntpath.dirname(ntpath.normpath(file.path)))
        for listener in host.listeners:
            known = host.certificate(listener.thumbprint)
            if known is not None and not listener.sha256:
                listener.sha256 = known.sha256
        return host

    def to_dict(self) -> dict:
        """Plain data that ``from_dict`` takes; programs behind files and running processes are not in it."""
        return {
            "computer_name": self.computer_name,
            "address": self.address,
            "os_version": self.os_version,
            "vm_id": self.vm_id,
            "powered_on": self.powered_on,
            "booted_utc": _iso(self.booted_utc),
            "restart_scheduled": self.restart_scheduled,
            "clock_offset_seconds": self.clock_offset_seconds,
            "accounts": dict(self.accounts),
            "environment": dict(self.environment),
            "files": [_plain_file(file) for _name, file in sorted(self.files.items())],
            "directories": [dataclasses.asdict(directory) for _name, directory in sorted(self.directories.items())],
            "services": [dataclasses.asdict(service) for _name, service in sorted(self.services.items())],
            "registry": {name: dict(values) for name, values in sorted(self.registry.items())},
            "disks": [dataclasses.asdict(disk) for disk in self.disks],
            "programs": [dataclasses.asdict(program) for program in self.programs],
            "tasks": [_plain_task(task) for _name, task in sorted(self.tasks.items())],
            "certificates": [_plain_certificate(certificate) for certificate in self.certificates],
            "listeners": [dataclasses.asdict(listener) for listener in self.listeners],
            "firewall_rules": [dataclasses.asdict(rule) for _name, rule in sorted(self.firewall_rules.items())],
        }


def key(path: str) -> str:
    """The name under which a path is kept: normal form, lower case."""
    return ntpath.normpath(path).lower()


def split_command_line(text: str) -> list[str]:
    """The arguments as a Windows program sees them ("Parsing C command-line arguments", learn.microsoft.com)."""
    arguments: list[str] = []
    current, started, quoted, backslashes = "", False, False, 0
    for letter in text:
        if letter == "\\":
            backslashes += 1
            started = True
            continue
        if letter == '"':
            # Backslashes are themselves, unless a quotation mark follows them: then two of them are one.
            current += "\\" * (backslashes // 2)
            if backslashes % 2:
                current += '"'
            else:
                quoted = not quoted
            backslashes, started = 0, True
            continue
        current += "\\" * backslashes
        backslashes = 0
        if letter in " \t" and not quoted:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current += letter
            started = True
    current += "\\" * backslashes
    return [*arguments, current] if started else arguments


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value


def _iso(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None


def _bytes(item: dict) -> bytes:
    if "base64" in item:
        return base64.b64decode(item["base64"])
    return item.get("text", "").encode("utf-8")


def _file(item: dict) -> File:
    rest = {name: value for name, value in item.items() if name not in ("text", "base64", "modified_utc")}
    return File(content=_bytes(item), modified_utc=_time(item.get("modified_utc")), **rest)


def _plain_file(file: File) -> dict:
    plain: dict = {"path": file.path, "size": file.size, "sha256": file.sha256, "acl": file.acl, "modified_utc": _iso(file.modified_utc)}
    try:
        plain["text"] = file.content.decode("utf-8")
    except UnicodeDecodeError:
        plain["base64"] = base64.b64encode(file.content).decode("ascii")
    return plain


def _plain_task(task: Task) -> dict:
    fields = ("name", "program", "arguments", "working_directory", "user", "state", "last_result")
    return {**{name: getattr(task, name) for name in fields}, "last_run_utc": _iso(task.last_run_utc)}


def _certificate(item: dict) -> Certificate:
    rest = {name: value for name, value in item.items() if name != "base64"}
    return Certificate(raw=base64.b64decode(item.get("base64", "")), **rest)


def _plain_certificate(certificate: Certificate) -> dict:
    return {
        "subject": certificate.subject,
        "base64": base64.b64encode(certificate.raw).decode("ascii"),
        "thumbprint": certificate.thumbprint,
        "sha256": certificate.sha256,
    }
