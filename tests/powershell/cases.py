"""The shared cases of the Windows scripts: a server's state and parameters before, the answer and the state after.

A case is one YAML file, ``<script>/<case>.yml``:

    what: one sentence about the case
    host: {…}            the server before, as `Host.from_dict` takes it
    world:               what is outside the server, all of it optional
      now: "2026-01-05T10:00:00.123456Z"
      programs: {'C:\\x.exe': {exit_code: 0, prints: "…", makes: [{path: …, text: …}]}}     no exit_code: it runs on
                {'C:\\x.pl': {prints: "…", answers: {'1': {exit_code: 0, prints: "…"}}}}      it waits for a line, and goes on as
                                                       stated for it; any other line ends it with exit code 1
                complains: "…"                         what a program writes to its error output
      web: {'https://…': {text: …} or {status: 404, reason: Not Found} or {reason: …, received: …}}
      connections: {'10.0.0.10:443': open, or a name of .NET's SocketError}
      new_certificate: base64 of the next self-signed certificate
    parameters: {…}
    answer: {…}          or  error: {type: …, id: …, message: …}, each of them optional
    changes: {…}         sections of `host` that are other than before; none by default

Cases are found by their place: under ``tests/fixtures/windows_scripts``, and under every directory named in the environment
variable WINDOWS_SCRIPT_FIXTURES (separated as in PATH).
"""

from __future__ import annotations

import base64
import dataclasses
import os
from datetime import datetime
from pathlib import Path

import yaml

from tests.azure_simulator.windows.host import Certificate, DownloadFailed, File, Host, Listener, Process, key

SHARED = Path(__file__).resolve().parents[1] / "fixtures" / "windows_scripts"
EXTRA_VARIABLE = "WINDOWS_SCRIPT_FIXTURES"
KEYS = {"what", "host", "world", "parameters", "answer", "error", "changes"}
NOW = "2026-01-05T10:00:00.123456Z"


@dataclasses.dataclass
class Case:
    """One case as it stands in its file."""

    name: str
    script: str
    host: dict
    world: dict
    parameters: dict
    answer: dict | None
    error: dict | None
    changes: dict

    def before(self) -> Host:
        """A new server in the state before."""
        host = Host.from_dict(self.host)
        for path, program in self.world.get("programs", {}).items():
            host.executables[key(path)] = _executable(program)
        return host

    def after(self) -> dict:
        """The state that is expected, comparable with `comparable`."""
        return comparable(Host.from_dict({**self.host, **self.changes}))


def find(directories: list[Path] | None = None) -> list[Case]:
    """All cases, by default of the shared directory and of the extra ones; `ValueError` names a file that is no case."""
    cases = []
    for directory in directories if directories is not None else [SHARED, *_extra()]:
        paths = sorted(directory.glob("*/*.yml"))
        if not paths:
            raise ValueError(f"no case of a Windows script under {directory}")
        cases += [load(path) for path in paths]
    return cases


def _extra() -> list[Path]:
    return [Path(item) for item in os.environ.get(EXTRA_VARIABLE, "").split(os.pathsep) if item]


def load(path: Path) -> Case:
    """The case in a file; its directory's name is the script's."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = set(data) - KEYS
    if unknown or ("answer" in data) == ("error" in data) or "what" not in data:
        raise ValueError(f"{path}: unknown keys {sorted(unknown)}, or not exactly one of answer and error, or no 'what'")
    return Case(
        name=f"{path.parent.name}/{path.stem}",
        script=path.parent.name,
        host={"computer_name": "PS-01", **(data.get("host") or {})},
        world={"now": NOW, **(data.get("world") or {})},
        parameters=data.get("parameters") or {},
        answer=data.get("answer"),
        error=data.get("error"),
        changes=data.get("changes") or {},
    )


def comparable(host: Host) -> dict:
    """A server's state without what two runs of one script cannot share: when a file was written, and the case of paths."""
    state = host.to_dict()
    for file in state["files"]:
        del file["modified_utc"]
        file["path"] = file["path"].lower()
    for directory in state["directories"]:
        directory["path"] = directory["path"].lower()
    return state


def content_of(item: dict) -> bytes:
    """The bytes of something stated as ``text`` or ``base64``."""
    return base64.b64decode(item["base64"]) if "base64" in item else item.get("text", "").encode("utf-8")


def _executable(program: dict):
    def start(host: Host, _argv: list[str]) -> Process:
        for made in program.get("makes", []):
            host.put_file(made["path"], content_of(made))
        answered = _answered(program["answers"]) if "answers" in program else None
        return Process(program.get("exit_code"), program.get("prints", ""), program.get("complains", ""), answered)

    return start


def _answered(answers: dict):
    def take(process: Process, line: str) -> None:
        outcome = answers.get(line, {"exit_code": 1})
        process.stdout += outcome.get("prints", "")
        if outcome.get("exit_code") is not None:
            process.end(outcome["exit_code"])

    return take


class CaseWorld:
    """What is outside the server, as the case states it."""

    def __init__(self, case: Case) -> None:
        self._world = case.world
        self.listening: list[Listener] = []
        self.restarts: list[float] = []

    def now(self) -> datetime:
        return datetime.fromisoformat(self._world["now"].replace("Z", "+00:00"))

    def download(self, url: str) -> bytes:
        found = self._world.get("web", {}).get(url)
        if found is None:
            raise DownloadFailed(f"The remote name could not be resolved: '{url.split('/')[2]}'")
        if "reason" in found:
            raise DownloadFailed(found["reason"], found.get("status", 0), found.get("received", "").encode("utf-8"))
        return content_of(found)

    def connect(self, _host: Host, address: str, port: int, _timeout: float) -> str | None:
        outcome = self._world.get("connections", {}).get(f"{address}:{port}", "HostUnreachable")
        return None if outcome == "open" else outcome

    def new_certificate(self, _host: Host, dns_name: str) -> Certificate:
        return Certificate(f"CN={dns_name}", base64.b64decode(self._world["new_certificate"]))

    def listen(self, _host: Host, listener: Listener) -> None:
        self.listening.append(listener)

    def restart(self, _host: Host, seconds: float) -> None:
        self.restarts.append(seconds)


def file_at(host: Host, path: str) -> File:
    """The file, which the case says is there."""
    file = host.file(path)
    if file is None:
        raise ValueError(f"the case has a program without a file: {path}")
    return file
