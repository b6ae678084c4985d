"""Imports go one way: modules, then what they decide and do, then the ways to Azure and Windows, then the foundation."""

from __future__ import annotations

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[3]
PLUGINS = ROOT / "plugins"
PREFIX = "ansible_collections.azure_dr.site_recovery.plugins.module_utils."
FOUNDATION = {"_errors", "_plan", "_wait", "_progress", "_fleet", "_arguments", "_loading"}
# Who may import whom; Run Command goes through Azure, so the ways to Windows stand above it.
ALLOWED = {
    "_errors": set(),
    "_plan": set(),
    "_arguments": set(),
    "_wait": {"_errors"},
    "_loading": set(),
    "_progress": {"_errors"},
    "_fleet": {"_errors"},
    "_azure": {"_azure", "_errors", "_wait", "_loading"},
    "_windows": {"_windows", "_azure", "_errors", "_wait", "_loading"},
    "_process_server": {"_process_server", "_windows", "_azure"} | FOUNDATION,
    "_module": {"_errors"},
    "_runner": {"_azure", "_module"} | FOUNDATION,
}


def layers(path):
    """Which of our layers a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.removeprefix(PREFIX).split(".")[0] for name in names if name.startswith(PREFIX)}
    return found


FILES = sorted((PLUGINS / "module_utils").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PLUGINS / "module_utils")) for path in FILES])
def test_one_way(path):
    layer = path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")
    assert layers(path) <= ALLOWED[layer], layer
