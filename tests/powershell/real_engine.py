"""Runs one case's script in a real PowerShell: files and programs are real, what only Windows has is stood in for.

The script and the envelope are the product's own, to the letter. Only paths, and addresses that a case states connections
for, are other ones in the parameters, and are told back in the answer.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import shlex
import subprocess
from pathlib import Path

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, scripts
from tests.azure_simulator.windows.host import File, Host
from tests.powershell.cases import Case, comparable, content_of, file_at
from tests.powershell.connections import real_connections
from tests.powershell.windows_paths import WindowsPaths

# Not named .ps1: it is no script that could be run on its own, and linters of PowerShell 7 would judge it as one.
STAND_INS = Path(__file__).with_name("stand_ins.txt")
LIMIT_SECONDS = 120


@dataclasses.dataclass
class Outcome:
    """``envelope``: the parsed answer, told in Windows paths; ``state``: comparable with a case's ``after()``."""

    envelope: dict
    state: dict
    stdout: str
    stderr: str


class Stage:
    """One server below a directory: its files are there, the rest of it is in a JSON file for the stand-ins."""

    def __init__(self, case: Case, directory: Path) -> None:
        self._case = case
        self._before = case.before()
        self._root = directory / "root"
        self._aside = directory / "aside"
        self._state = directory / "state.json"
        self.paths = WindowsPaths(self._root)
        self._programs: dict[str, tuple[bytes, bytes]] = {}
        self._kept: dict[Path, File] = {}
        self._lay_out()

    def _lay_out(self) -> None:
        self._aside.mkdir(parents=True)
        for letter in {"c", *[volume.drive_letter.lower() for volume in self._before.volumes() if volume.drive_letter]}:
            (self._root / f"drive_{letter}").mkdir(parents=True)
        for directory in sorted(self._before.directories.values(), key=lambda item: len(item.path)):
            Path(self.paths.real(directory.path)).mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(self._before.files.values()):
            self._write(file, number)
        for number, (path, program) in enumerate(self._case.world.get("programs", {}).items()):
            self._write_program(file_at(self._before, path), program, number)
        self._write_state()

    def _write(self, file: File, number: int) -> None:
        path = Path(self.paths.real(file.path))
        path.write_bytes(file.content)
        if file.modified_utc:
            os.utime(path, (file.modified_utc.timestamp(),) * 2)
        # A second name keeps the file's identity, which its rights go with, from being given to another file.
        kept = self._aside / f"file{number}"
        os.link(path, kept)
        self._kept[kept] = file

    def _write_program(self, file: File, program: dict, number: int) -> None:
        """A program that does what the case says, in the place of the file's bytes."""
        lines = ["#!/bin/sh", *self._printing(program, f"program{number}")]
        for made_number, made in enumerate(program.get("makes", [])):
            source, target = self._aside / f"program{number}-{made_number}", self.paths.real(made["path"])
            source.write_bytes(content_of(made))
            lines.append(f"mkdir -p {shlex.quote(os.path.dirname(target))} && cp {shlex.quote(str(source))} {shlex.quote(target)}")
        if "answers" in program:
            lines += ["IFS= read -r line", "line=$(printf %s \"$line\" | tr -d '\\r')"]
            for answer_number, (answer, outcome) in enumerate(program["answers"].items()):
                goes_on = self._printing(outcome, f"program{number}-answer{answer_number}")
                # One without an exit code waits for more, which nobody says.
                end = "read -r more" if outcome.get("exit_code") is None else f"exit {outcome['exit_code'] & 0xFF}"
                lines += [f"if [ \"$line\" = {shlex.quote(answer)} ]; then", *goes_on, end, "fi"]
            lines.append("exit 1")
        lines.append(f"exit {(program.get('exit_code') or 0) & 0xFF}")
        path = Path(self.paths.real(file.path))
        text = ("\n".join(lines) + "\n").encode("utf-8")
        path.write_bytes(text)
        path.chmod(0o755)
        self._programs[str(path)] = (text, file.content)

    def _printing(self, program: dict, name: str) -> list[str]:
        """Commands that write what a program, or the rest of one, prints and complains."""
        lines = []
        for kind, redirection in (("prints", ""), ("complains", " >&2")):
            if program.get(kind):
                text = self._aside / f"{name}-{kind}"
                text.write_text(program[kind], encoding="utf-8", newline="")
                lines.append(f"cat {shlex.quote(str(text))}{redirection}")
        return lines

    def _write_interpreter(self) -> Path:
        """A `perl` that runs the case's program of that name, whatever it is written in; returns the folder to find it in."""
        folder = self._aside / "bin"
        folder.mkdir(exist_ok=True)
        perl = folder / "perl"
        perl.write_text('#!/bin/sh\nprogram=$1\nshift\nexec "./$program" "$@"\n', encoding="utf-8")
        perl.chmod(0o755)
        return folder

    def _write_state(self) -> None:
        host = self._before.to_dict()
        del host["files"], host["directories"]
        world = self._case.world
        pages = {url: self._page(page) for url, page in world.get("web", {}).items()}
        state = {
            "host": self.paths.to_real(host),
            "now": world["now"],
            "new_certificate": world.get("new_certificate", ""),
            "programs": {self.paths.real(path): {"exit_code": program.get("exit_code")} for path, program in world.get("programs", {}).items()},
            "web": pages,
            "acls": {},
        }
        self._state.write_text(json.dumps(state), encoding="utf-8")

    @staticmethod
    def _page(page: dict) -> dict:
        return page if "reason" in page else {"base64": base64.b64encode(content_of(page)).decode("ascii")}

    # -- running -----------------------------------------------------------------------------------------------------
    def run(self, pwsh: str, through_run_command: bool = False) -> Outcome:
        """The script's outcome: over standard input as WinRM brings it, or as Azure Run Command runs it."""
        parameters = self.paths.to_real(self._case.parameters)
        with real_connections(self._case.world.get("connections", {})) as addresses:
            target = addresses.get(f"{parameters.get('host')}:{parameters.get('port')}")
            if target:
                parameters["host"], parameters["port"] = target
            done = self._run_command(pwsh, parameters) if through_run_command else self._winrm(pwsh, parameters)
        lines = done.stdout.splitlines()
        if done.returncode != 0 or len(lines) != 1 or not done.stdout.isascii():
            raise AssertionError(f"not one line of ASCII: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return Outcome(self.paths.to_windows(json.loads(lines[0])), self._after(), done.stdout, done.stderr)

    def _winrm(self, pwsh: str, parameters: dict) -> subprocess.CompletedProcess:
        text = STAND_INS.read_text(encoding="utf-8") + envelope.BOOTSTRAP
        encoded = base64.b64encode(text.encode("utf-16-le")).decode("ascii")
        return self._start([pwsh, *envelope.OPTIONS, encoded], envelope.document(scripts.ALL[self._case.script], parameters))

    def _run_command(self, pwsh: str, parameters: dict) -> subprocess.CompletedProcess:
        script, runner, stand_ins = (self._aside / f"{name}.ps1" for name in ("script", "runner", "stand_ins"))
        stand_ins.write_text(STAND_INS.read_text(encoding="utf-8"), encoding="utf-8")
        script.write_text(envelope.run_command_script(scripts.ALL[self._case.script]), encoding="utf-8")
        argument = envelope.run_command_argument(parameters)
        # The stand-ins belong to the session, as the commands they stand for do; the script is a file with arguments.
        runner.write_text(f". '{stand_ins}'\n& '{script}' -{envelope.RUN_COMMAND_PARAMETER} '{argument}'\n", encoding="utf-8")
        return self._start([pwsh, *envelope.OPTIONS[:-1], "-File", str(runner)], "")

    def _start(self, command: list[str], standard_input: str) -> subprocess.CompletedProcess:
        environment = {
            **os.environ,
            **{name: self.paths.to_real(value) for name, value in self._before.environment.items()},
            "STAND_INS_STATE": str(self._state),
            "PATH": os.pathsep.join([str(self._write_interpreter()), os.environ.get("PATH", "")]),
            "POWERSHELL_TELEMETRY_OPTOUT": "1",
            "POWERSHELL_UPDATECHECK": "Off",
            "NO_COLOR": "1",
        }
        return subprocess.run(
            command,
            input=standard_input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    # -- the state afterwards ----------------------------------------------------------------------------------------
    def _after(self) -> dict:
        state = json.loads(self._state.read_text(encoding="utf-8"))
        late = [path for path, acl in state["acls"].items() if acl["late"]]
        if late:
            raise AssertionError(f"closed only after something was written: {late}")
        granted = {path: acl["granted"] for path, acl in state["acls"].items()}
        found = sorted(path for path in self._root.rglob("*") if path.parent != self._root)
        files = [self._file(path, granted) for path in found if path.is_file()]
        directories = [self._directory(path, granted) for path in found if path.is_dir()]
        return comparable(Host.from_dict({**self.paths.to_windows(state["host"]), "files": files, "directories": directories}))

    def _file(self, path: Path, granted: dict) -> dict:
        program, content = self._programs.get(str(path), (None, b""))
        raw = path.read_bytes()
        content = content if raw == program else raw
        inherited = next((file.acl for kept, file in self._kept.items() if kept.samefile(path)), None)
        acl = granted.get(str(path), inherited)
        return {"path": self.paths.windows(path), "base64": base64.b64encode(content).decode("ascii"), "acl": acl}

    def _directory(self, path: Path, granted: dict) -> dict:
        name = self.paths.windows(path)
        before = self._before.directory(name)
        return {"path": name, "acl": granted.get(str(path), before.acl if before else None)}
