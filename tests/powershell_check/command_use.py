"""Commands and their parameters: both must be there in the oldest and in the newest Windows PowerShell."""

from __future__ import annotations

from tree_sitter import Node

from tests.powershell_check.grammar import below, said, walk, where

# Programs of Windows that scripts may call, each with its page at learn.microsoft.com.
WINDOWS_PROGRAMS = {
    "icacls.exe": "windows-server/administration/windows-commands/icacls",
    "shutdown.exe": "windows-server/administration/windows-commands/shutdown",
}

# "about_CommonParameters" of PowerShell 4.0. Confirm and WhatIf are in the tables, for the commands that have them.
COMMON_PARAMETERS = {
    "debug",
    "erroraction",
    "errorvariable",
    "outbuffer",
    "outvariable",
    "pipelinevariable",
    "verbose",
    "warningaction",
    "warningvariable",
}


def problems(root: Node, tables: dict) -> list[str]:
    """Unknown commands, aliases, and parameters that a command does not have in every version."""
    defined = {said(node).lower() for node in walk(root) if node.type == "function_name"}
    found = []
    for command in [node for node in walk(root) if node.type == "command"]:
        name = _name(command)
        if name is None or name.lower() in defined or name.lower() in WINDOWS_PROGRAMS:
            continue
        for version, table in tables.items():
            found += [f"{where(command)}: {text} in PowerShell {version}" for text in _in_one_version(command, name, table)]
    return found


def _name(command: Node) -> str | None:
    """The command's name; `None` for one that is named by a value, as in ``& $program``."""
    holder = below(command, "command_name_expr") or command
    name = below(holder, "command_name")
    return said(name) if name else None


def _in_one_version(command: Node, name: str, table: dict) -> list[str]:
    facts = {known.lower(): facts for known, facts in table.items()}.get(name.lower())
    if facts is None:
        return [f"there is no command {name}"]
    if facts["type"] == "Alias":
        return [f"{name} is an alias"]
    known = {parameter.lower() for parameter in facts["parameters"]}
    if facts["common_parameters"]:
        known |= COMMON_PARAMETERS
    used = [said(node).lstrip("-").rstrip(":") for node in walk(below(command, "command_elements") or command) if _is_own_parameter(node, command)]
    return [f"{name} has no parameter -{parameter}" for parameter in used if parameter.lower() not in known]


def _is_own_parameter(node: Node, command: Node) -> bool:
    """Whether a parameter belongs to this command, and not to one inside its arguments."""
    if node.type != "command_parameter":
        return False
    holder = node.parent
    while holder is not None and holder.type != "command":
        holder = holder.parent
    return holder == command
