"""run_unregister_tool."""

from __future__ import annotations

import ntpath

from tests.azure_simulator.windows.handlers.notation import from_method, thrown
from tests.azure_simulator.windows.handlers.setup import start_program
from tests.azure_simulator.windows.host import Host, WorldHooks


def run_unregister_tool(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    """A program that has not ended when it was started waits: here nothing happens on its own while it is listened to."""
    tool = ntpath.join(host.environment["ProgramData"], "ASR", "home", "svsystems", "bin", "Unregister-ASRComponent.pl")
    if host.file(tool) is None:
        raise thrown(f"{tool} is not there: this is no configuration server")
    process = start_program(host, tool, ["-IPAddress", parameters["ip_address"], "-Component", "PS"])
    if process is None:
        raise from_method("Start", 1, "The system cannot find the file specified", "Win32Exception")
    answered = False
    if process.running and process.stdout and parameters["answer"] is not None and process.stdout == parameters["expected"]:
        process.answer(parameters["answer"])
        answered = True
    exit_code = process.exit_code
    process.end(-1)  # ended by the script, where it had not ended by itself
    return {"output": process.stdout, "errors": process.stderr, "exit_code": exit_code, "answered": answered}
