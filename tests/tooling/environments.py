"""Makes the environments that the make targets run in, side by side, and only what changed since the last time.

Usage: ``python3 environments.py NAME ...``; needs nothing but the standard library.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / ".cache" / "logs"
# 4.0.x of oav was published without one of its own files.
OAV = "oav@3.6.2"


class Environment:
    """A folder of installed packages. ``made_from``: what it is made anew for when it changes."""

    def __init__(self, name, folder, programs, made_from, commands):
        self.name = name
        self.folder = ROOT / folder
        self.programs = programs
        self._made_from = made_from
        self._commands = commands

    @property
    def stamp(self):
        return self.folder / "made-from.sha256"

    def fingerprint(self):
        """Of all that decides what is in the folder."""
        parts = [str(ROOT).encode(), sys.version.encode()]
        parts += [(ROOT / part).read_bytes() if (ROOT / part).exists() else part.encode() for part in self._made_from]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def is_current(self):
        return self.stamp.exists() and self.stamp.read_text(encoding="utf-8") == self.fingerprint()

    def make(self):
        """Make it if it is not current; return the seconds it took. Its log is .cache/logs/setup-NAME.log."""
        if self.is_current():
            return 0.0
        begin = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        with open(LOGS / f"setup-{self.name}.log", "w", encoding="utf-8") as log:
            for command in self._commands(self.folder):
                subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        # Last, so that an environment that was left half made is made anew.
        self.stamp.write_text(self.fingerprint(), encoding="utf-8")
        return time.monotonic() - begin


def _virtualenv(requirements):
    def commands(folder):
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"]
        return [[sys.executable, "-m", "venv", str(folder)], [*pip, "-r", requirements]]

    return commands


def _node(folder):
    return [["npm", "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund", "--loglevel", "error", OAV]]


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment("python", ".venv", (), ("requirements.txt", "requirements-test.txt"), _virtualenv("requirements-test.txt")),
        Environment("importer", ".venv-importer", (), ("requirements-importer.txt",), _virtualenv("requirements-importer.txt")),
        Environment("node", ".node", ("node", "npm"), (OAV,), _node),
    )
}


def missing_programs(environments):
    """What must be installed on the machine before anything else, each named with the Debian package that has it."""
    wanted = {"git": "git"}
    for environment in environments:
        wanted.update({program: {"node": "nodejs"}.get(program, program) for program in environment.programs})
    missing = [f"{program} (Debian package {package})" for program, package in wanted.items() if not shutil.which(program)]
    try:
        import ensurepip  # noqa: F401  # Debian leaves it out of python3; without it venv makes no pip
    except ImportError:
        missing.append("the module ensurepip of this python3 (Debian package python3-venv)")
    return missing


def make(names):
    """Make these environments side by side; end the program with the failing one's log when one cannot be made."""
    environments = [ENVIRONMENTS[name] for name in names]
    LOGS.mkdir(parents=True, exist_ok=True)
    missing = missing_programs(environments)
    if missing:
        raise SystemExit("This machine lacks: " + ", ".join(missing))
    todo = [environment for environment in environments if not environment.is_current()]
    if todo:
        print(f"Setting up {', '.join(environment.folder.name for environment in todo)} ...", flush=True)
    with concurrent.futures.ThreadPoolExecutor(len(environments)) as pool:
        outcomes = [(environment, pool.submit(environment.make)) for environment in environments]
    for environment, outcome in outcomes:
        if outcome.exception() is not None:
            log = LOGS / f"setup-{environment.name}.log"
            print(log.read_text(encoding="utf-8")[-6000:] if log.exists() else "", file=sys.stderr)
            raise SystemExit(f"{environment.folder.name} could not be set up: {outcome.exception()}")
        if environment in todo:
            print(f"  {environment.folder.name}: {outcome.result():.0f} s", flush=True)


if __name__ == "__main__":
    make(sys.argv[1:])
