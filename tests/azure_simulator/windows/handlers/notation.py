"""How Windows and PowerShell write and compare things."""

from __future__ import annotations

import fnmatch
import inspect
from collections.abc import Awaitable
from datetime import datetime, timezone
from typing import TypeVar

from tests.azure_simulator.windows.host import File, ScriptError

Value = TypeVar("Value")

# "Task Scheduler Error and Success Constants", learn.microsoft.com.
TASK_RUNNING = 267009
TASK_NOT_YET_RUN = 267011
# HRESULT of ERROR_FILE_NOT_FOUND, which Task Scheduler shows for a program that is not there.
FILE_NOT_FOUND = 0x80070002

# What scripts grant on what only administrators may read, as icacls takes it.
DIRECTORY_ACL = ["S-1-5-32-544:(OI)(CI)F", "S-1-5-18:(OI)(CI)F"]
FILE_ACL = ["S-1-5-32-544:F", "S-1-5-18:F"]


def round_trip(moment: datetime) -> str:
    """.NET's format ``o`` of a UTC time."""
    moment = moment.astimezone(timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def like(text: str, pattern: str) -> bool:
    """The operator ``-like``."""
    return fnmatch.fnmatchcase(text.lower(), pattern.lower())


def text_of(file: File) -> str:
    """The file as a .NET StreamReader reads it: by its byte order mark, else UTF-8."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if file.content.startswith(mark):
            return file.content[len(mark) :].decode(encoding, "replace")
    return file.content.decode("utf-8", "replace")


def last_units(text: str, count: int) -> str:
    """The last ``count`` UTF-16 units, which is what .NET counts."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[max(0, len(raw) - 2 * count) :].decode("utf-16-le", "surrogatepass")


def thrown(text: str) -> ScriptError:
    """What a script's own ``throw`` of a text becomes."""
    return ScriptError(text, "System.Management.Automation.RuntimeException", text)


def from_method(method: str, arguments: int, message: str, exception: str) -> ScriptError:
    """An exception of a .NET method that a script called."""
    return ScriptError(
        f'Exception calling "{method}" with "{arguments}" argument(s): "{message}"',
        "System.Management.Automation.MethodInvocationException",
        exception,
    )


async def settled(value: Value | Awaitable[Value]) -> Value:
    """The value, waited for where it is still to come."""
    return await value if inspect.isawaitable(value) else value
