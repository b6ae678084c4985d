"""The grammar: tree-sitter-powershell, which rejects the operators of PowerShell 7 that tree-sitter-pwsh takes."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_powershell.language()))


def parse(text: str) -> Node:
    """The root of the text's tree, errors and all."""
    return _PARSER.parse(text.encode("utf-8")).root_node


def problems(root: Node) -> list[str]:
    """What does not parse."""
    found = []
    for node in walk(root):
        if node.is_missing:
            found.append(f"{where(node)}: {node.type} is missing")
        elif node.is_error:
            found.append(f"{where(node)}: does not parse: {said(node)[:60]!r}")
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def above(node: Node) -> Iterator[Node]:
    """What holds the node, the nearest first."""
    while node.parent is not None:
        node = node.parent
        yield node


def below(node: Node, *types: str) -> Node | None:
    """The first child of one of the types."""
    return next((child for child in node.children if child.type in types), None)


def said(node: Node) -> str:
    return node.text.decode("utf-8")


def where(node: Node) -> str:
    return f"line {node.start_point[0] + 1}"
