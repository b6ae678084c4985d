"""Checks a PowerShell text without running it: grammar, commands and parameters, and the rules of this project's scripts."""

from __future__ import annotations

from tests.powershell_check import command_use, grammar, script_rules


def check(text: str, tables: dict) -> list[str]:
    """Everything that is wrong with ``text``, each with its line; empty where it may be sent.

    ``tables``: version of PowerShell -> command -> its facts, as in ``commands.json``. A text that does not parse is not
    looked at further.
    """
    root = grammar.parse(text)
    return grammar.problems(root) or [*command_use.problems(root, tables), *script_rules.problems(root)]
