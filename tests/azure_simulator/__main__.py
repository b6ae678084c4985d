"""Serve a rehearsal world: ``python -m tests.azure_simulator serve --scenario three_networks``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import threading
from pathlib import Path

from . import scenario as scenarios
from .errors import ScenarioError, WorldError
from .running import running
from .world import World


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.azure_simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve_parser = commands.add_parser("serve", help="serve a scenario until interrupted")
    serve_parser.add_argument("--scenario", default="three_networks", help="name or folder (default: %(default)s)")
    serve_parser.add_argument("--servers", type=int, metavar="N", help="a fleet of N servers instead of a scenario")
    serve_parser.add_argument("--environment-file", type=Path, help="where to write the shell's environment variables")
    serve_parser.add_argument("--variables-file", type=Path, help="where to write the playbook's variables")
    options = parser.parse_args(arguments)
    chosen = scenarios.fleet(options.servers) if options.servers else options.scenario
    ended = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: ended.set())
    try:
        with running(chosen) as world:
            environment = options.environment_file or world.folder / "environment"
            variables = options.variables_file or world.folder / "variables.json"
            try:
                _write(environment, "".join(f"export {name}={shlex.quote(value)}\n"
                                            for name, value in world.environment().items()))
                _write(variables, json.dumps(world.playbook_vars(), indent=2) + "\n")
                print(_how_to(world, environment, variables), flush=True)
                ended.wait()
            finally:
                environment.unlink(missing_ok=True)
                variables.unlink(missing_ok=True)
    except (ScenarioError, WorldError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _write(path: Path, text: str) -> None:
    """Both files hold secrets of the scenario: for their owner alone, and complete when they appear."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def _how_to(world: World, environment: Path, variables: Path) -> str:
    return (f"The rehearsal world is being served on 127.{world.octet}.0.0/16, until it is interrupted (Ctrl-C).\n"
            f"In another shell:\n"
            f"    . {shlex.quote(str(environment))}\n"
            f"    ansible-playbook azure_dr.site_recovery.prepare_failback -e @{shlex.quote(str(variables))}")


if __name__ == "__main__":
    sys.exit(main())
