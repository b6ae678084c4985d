"""compare_passphrase."""

from __future__ import annotations

import ntpath

from tests.azure_simulator.windows.handlers.notation import thrown
from tests.azure_simulator.windows.handlers.setup import start_program
from tests.azure_simulator.windows.host import Host, ScriptError, WorldHooks


async def compare_passphrase(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    program = ntpath.join(host.environment["ProgramData"], "ASR", "home", "svsystems", "bin", "genpassphrase.exe")
    if host.file(program) is None:
        raise thrown(f"{program} is not there: this is no configuration server")
    process = start_program(host, program, ["-n"])
    if process is None:
        raise ScriptError(
            "Program 'genpassphrase.exe' failed to run: The specified executable is not a valid application for this OS platform.",
            "System.Management.Automation.ApplicationFailedException",
            "NativeCommandFailed",
        )
    exit_code = await process.wait()
    if exit_code != 0:
        raise thrown(f"genpassphrase.exe ended with exit code {exit_code}")
    return {"equal": parameters["passphrase"] in [line.strip() for line in process.stdout.splitlines()]}
