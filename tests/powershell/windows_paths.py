"""Windows paths as real paths below one directory, and back: the scripts see paths that any system understands.

``C:\\Setup\\x.exe`` becomes ``<root>/drive_c/Setup/x.exe``. As Windows does, a path finds what is there in any case.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

WINDOWS_PATH = re.compile(r"[A-Za-z]:(\\|$)")


class WindowsPaths:
    """The way from Windows paths to real ones below ``root``, and back."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._given: dict[str, str] = {}

    def real(self, path: str) -> str:
        """The real path; remembered, so that an answer is told in the words of the question."""
        drive, _colon, rest = path.partition(":")
        found = self._root / f"drive_{drive.lower()}"
        for part in [part for part in rest.split("\\") if part]:
            found = _entry(found, part)
        # A script that is given "C:\x\" sees that backslash as well.
        text = str(found) + ("/" if rest.endswith("\\") and rest != "\\" else "")
        self._given.setdefault(text, path)
        return text

    def windows(self, path: Path) -> str:
        """The Windows path of something below the root."""
        drive, *parts = path.relative_to(self._root).parts
        return f"{drive.removeprefix('drive_').upper()}:\\" + "\\".join(parts)

    def to_real(self, value: Any) -> Any:
        """``value`` with every text that is a Windows path, keys as well, made real."""
        return _each_text(value, lambda text: self.real(text) if WINDOWS_PATH.match(text) else text)

    def to_windows(self, value: Any) -> Any:
        """``value`` with every text that has real paths in it told with Windows paths."""
        return _each_text(value, self._text_to_windows)

    def _text_to_windows(self, text: str) -> str:
        if text in self._given:
            return self._given[text]
        told = re.sub(re.escape(str(self._root)) + r"/drive_([a-z])", lambda found: found[1].upper() + ":", text)
        return told if told == text else told.replace("/", "\\")


def _entry(directory: Path, name: str) -> Path:
    exact = directory / name
    if exact.exists() or not directory.is_dir():
        return exact
    return next((entry for entry in directory.iterdir() if entry.name.lower() == name.lower()), exact)


def _each_text(value: Any, change) -> Any:
    if isinstance(value, dict):
        return {change(name): _each_text(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
