"""extract_installer, start_setup_task, get_setup_task, remove_setup_files."""

from __future__ import annotations

import ntpath
import re
from datetime import datetime, timezone

from tests.azure_simulator.windows.handlers.notation import (
    FILE_NOT_FOUND,
    TASK_NOT_YET_RUN,
    TASK_RUNNING,
    last_units,
    round_trip,
    text_of,
)
from tests.azure_simulator.windows.host import File, Host, Process, ScriptError, Task, WorldHooks, key, split_command_line

NEVER = datetime.min.replace(tzinfo=timezone.utc)
LOG_CHARACTERS = 1500
CIM_EXCEPTION = "Microsoft.Management.Infrastructure.CimException"


def start_program(host: Host, path: str, arguments: list[str]) -> Process | None:
    """The program behind the file, started; `None` where there is no such file or it is no program."""
    program = host.executables.get(key(path))
    return program(host, [path, *arguments]) if program and host.file(path) else None


async def extract_installer(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    arguments = split_command_line('/q /x:"' + parameters["directory"].rstrip("\\") + '"')
    process = start_program(host, parameters["path"], arguments)
    if process is None:
        reason = "%1 is not a valid Win32 application." if host.file(parameters["path"]) else "The system cannot find the file specified."
        raise ScriptError(
            f"This command cannot be run due to the error: {reason}",
            "System.InvalidOperationException",
            "InvalidOperationException,Microsoft.PowerShell.Commands.StartProcessCommand",
        )
    return {"exit_code": await process.wait()}


def start_setup_task(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    _check_account(host, parameters["user"], parameters["password"])
    name = parameters["task_name"]
    known = host.task(name)
    if known is not None:
        del host.tasks[known.name]
    fields = ("program", "arguments", "working_directory", "user")
    task = host.tasks[name] = Task(name, **{field: parameters[field] for field in fields}, last_result=TASK_NOT_YET_RUN)
    _start(host, task, host.now(hooks))
    return {"state": task.state}


def _check_account(host: Host, user: str, password: str) -> None:
    expected = host.account_password(user)
    if expected is None:
        raise ScriptError(
            "No mapping between account names and security IDs was done.",
            CIM_EXCEPTION,
            "HRESULT 0x80070534,Register-ScheduledTask",
        )
    if expected != password:
        raise ScriptError(
            "The user name or password is incorrect.",
            CIM_EXCEPTION,
            "HRESULT 0x8007052e,Register-ScheduledTask",
        )


def _start(host: Host, task: Task, now: datetime) -> None:
    task.last_run_utc = now.replace(microsecond=0)
    task.process = start_program(host, task.program, split_command_line(task.arguments))
    if task.process is None:
        task.state, task.last_result = "Ready", FILE_NOT_FOUND
        return
    task.state, task.last_result = "Running", TASK_RUNNING
    task.process.when_ended(lambda exit_code: _ended(task, exit_code))


def _ended(task: Task, exit_code: int) -> None:
    # Task Scheduler keeps the exit code as a number without a sign.
    task.state, task.last_result = "Ready", exit_code & 0xFFFFFFFF


def get_setup_task(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    return {
        **task_state(host, parameters["task_name"]),
        "log_tail": _log_tail(host, parameters["log_directory"], parameters["log_lines"]),
    }


def task_state(host: Host, name: str) -> dict:
    """The task as scripts describe it."""
    task = host.task(name)
    if task is None:
        return {"exists": False, "state": None, "last_result": None, "last_run_utc": None}
    last_run = round_trip(task.last_run_utc) if task.last_run_utc else None
    return {"exists": True, "state": task.state, "last_result": task.last_result, "last_run_utc": last_run}


def _log_tail(host: Host, directory: str, count: int) -> str | None:
    logs = [file for file in host.files.values() if key(ntpath.dirname(file.path)) == key(directory)]
    if not logs:
        return None
    newest: File = max(logs, key=lambda file: file.modified_utc or NEVER)
    lines = [line for line in re.split(r"\r?\n", text_of(newest)) if line.strip()]
    return last_units("\n".join(lines[-count:]), LOG_CHARACTERS)


def remove_setup_files(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    task = host.task(parameters["task_name"])
    if task is not None:
        del host.tasks[task.name]
    return {"task_removed": task is not None, "removed": [path for path in parameters["paths"] if host.remove(path)]}
