"""What a host does with a command line: it runs the product's scripts, known by their exact text, and nothing else."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, scripts

from ..secrets_masking import MASK, Mask
from . import script_handlers
from .host import Host, ScriptError, WorldHooks

NOT_FOUND = "System.Management.Automation.CommandNotFoundException"


@dataclass
class Result:
    exit_code: int
    output: str = ""
    error: str = ""


def known_texts() -> dict[str, str]:
    """Text of a script -> its name."""
    return {text: name for name, text in scripts.ALL.items()}


async def run_command_line(host: Host, hooks: WorldHooks, command: str, arguments: str, stdin: bytes) -> Result:
    """A command of a WinRM shell, when its input is complete."""
    if command != envelope.PROGRAM or arguments != " ".join(envelope.command_arguments()):
        return Result(1, "", f"'{command}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n")
    try:
        document = json.loads(stdin.decode("ascii"))
        text, parameters = document["script"], document["parameters"]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        return _answer(
            {
                "ok": False,
                "error": {
                    "message": f"Invalid JSON primitive: {error}.",
                    "type": "System.ArgumentException",
                    "id": ("System.ArgumentException,Microsoft.PowerShell.Commands.ConvertFromJsonCommand"),
                    "at": "",
                },
            }
        )
    return await _run(host, hooks, known_texts().get(text), text, parameters)


def summary(stdin: bytes, mask: Mask) -> dict | None:
    """What a log may keep of a script's input: its name and its parameters without secrets."""
    try:
        document = json.loads(stdin.decode("ascii"))
        parameters = {name: MASK if name in envelope.SECRET_PARAMETERS else value for name, value in document["parameters"].items()}
        return {"script": known_texts().get(document["script"]), "parameters": mask.value(parameters)}
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
        return None


async def run_managed_script(host: Host, hooks: WorldHooks, script: str, parameters: list[dict[str, str]]) -> Result:
    """What Azure Run Command hands to the agent: a script and arguments that stand on its command line."""
    names = {envelope.run_command_script(text): name for text, name in known_texts().items()}
    given = {entry["name"]: entry["value"] for entry in parameters}
    if script not in names:
        return Result(
            1,
            "",
            (
                f"The term '{script.strip().splitlines()[0][:60] if script.strip() else ''}' is not recognized as the name of a cmdlet, "
                "function, script file, or operable program."
            ),
        )
    try:
        document = json.loads(base64.b64decode(given[envelope.RUN_COMMAND_PARAMETER], validate=True))
    except (KeyError, binascii.Error, ValueError) as error:
        return _answer({"ok": False, "error": {"message": str(error), "type": "System.FormatException", "id": "FormatException", "at": ""}})
    return await _run(host, hooks, names[script], script, document)


async def _run(host: Host, hooks: WorldHooks, name: str | None, text: str, parameters: dict) -> Result:
    if name is None:
        first = next(iter(text.strip().split()), "") if isinstance(text, str) else ""
        message = f"The term '{first}' is not recognized as the name of a cmdlet, function, script file, or operable program."
        return _answer({"ok": False, "error": {"message": message, "type": NOT_FOUND, "id": "CommandNotFoundException", "at": ""}})
    try:
        return _answer({"ok": True, "result": await script_handlers.run(name, host, parameters, hooks)})
    except ScriptError as error:
        return _answer({"ok": False, "error": error.as_error()})


def _answer(answer: dict) -> Result:
    # ASCII only, as the bootstrap writes it.
    return Result(0, json.dumps(answer, separators=(",", ":")) + "\r\n")
