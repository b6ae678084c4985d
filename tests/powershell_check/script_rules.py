"""What a script that answers with one JSON line must not do, and what PowerShell 4.0 cannot do."""

from __future__ import annotations

from tree_sitter import Node

from tests.powershell_check.grammar import above, below, said, walk, where

# They write to the host, which is in front of the JSON then.
TALKING_COMMANDS = {"write-host", "write-output", "out-host", "out-default"}
# Newer than 4.0, although the grammar takes them.
NEWER = {
    "class_statement": "classes are newer than PowerShell 4.0",
    "enum_statement": "enumerations are newer than PowerShell 4.0",
    "pipeline_chain_tail": "&& and || are newer than Windows PowerShell",
}
# What has no output, so that it may stand alone.
SILENT_COMMANDS = {"set-location"}
SILENT_METHODS = {"close", "delete", "dispose", "move", "writealltext"}
# Their output is a value of what they stand in, or is thrown away with it.
TAKES_OUTPUT = {"array_expression", "sub_expression", "parenthesized_expression", "script_block_expression", "assignment_expression", "hash_literal_expression"}


def problems(root: Node) -> list[str]:
    """Everything against the rules."""
    return [f"{where(node)}: {text}" for node in walk(root) for text in _broken(node)]


def _broken(node: Node) -> list[str]:
    if node.type in NEWER:
        return [NEWER[node.type]]
    if node.type == "flow_control_statement" and below(node, "exit"):
        return ["exit ends PowerShell before there is an answer"]
    if node.type == "merging_redirection_operator":
        return [f"{said(node)} turns what a program says into an error"]
    if node.type == "command_name" and said(node).lower() in TALKING_COMMANDS:
        return [f"{said(node)} writes in front of the answer"]
    if node.type == "command_name" and said(node).lower() == "using":
        return ["using is newer than PowerShell 4.0"]
    if node.type == "invokation_expression" and _method(node) == "new" and below(node, "type_literal"):
        return ["::new() is newer than PowerShell 4.0"]
    if node.type == "pipeline" and _is_statement(node) and _is_stray(node):
        return [f"{said(node).splitlines()[0][:60]!r} puts a value beside the answer"]
    return []


def _method(node: Node) -> str:
    name = below(node, "member_name")
    return said(name).lower() if name else ""


def _is_statement(pipeline: Node) -> bool:
    return pipeline.parent is not None and pipeline.parent.type == "statement_list"


def _is_stray(pipeline: Node) -> bool:
    """Whether a statement's value goes to the script's output without being its answer."""
    if any(holder.type in TAKES_OUTPUT for holder in above(pipeline)) or _is_silent(pipeline):
        return False
    return not (_is_last(pipeline) and _is_one_value(pipeline))


def _is_silent(pipeline: Node) -> bool:
    if below(pipeline, "assignment_expression"):
        return True
    command = next((node for node in walk(pipeline) if node.type in ("command", "invokation_expression")), None)
    if command is None:
        return said(pipeline).endswith(("++", "--"))
    if command.type == "command":
        name = below(command, "command_name")
        return name is not None and said(name).lower() in SILENT_COMMANDS
    return _method(command) in SILENT_METHODS


def _is_last(pipeline: Node) -> bool:
    """Whether nothing runs after it: the last statement, also inside an if that is one."""
    node = pipeline
    for holder in above(pipeline):
        if holder.type == "statement_list" and holder.named_children[-1] != node:
            return False
        if holder.type in ("while_statement", "for_statement", "foreach_statement", "do_statement", "switch_statement", "try_statement", "function_statement"):
            return False
        node = holder
    return True


def _is_one_value(pipeline: Node) -> bool:
    """The answer: one hashtable, a variable that holds it, or the one line of JSON that the envelope writes."""
    text = said(pipeline)
    return text.startswith("@{") or (text.startswith("$") and text[1:].isalnum()) or text.startswith("[Regex]::Replace(")
