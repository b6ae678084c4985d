"""get_file_hash, download_file, write_secret_file."""

from __future__ import annotations

import ntpath

from tests.azure_simulator.windows.handlers.notation import DIRECTORY_ACL, FILE_ACL, from_method, settled
from tests.azure_simulator.windows.host import DownloadFailed, File, Host, ScriptError, WorldHooks


def get_file_hash(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    file = host.file(parameters["path"])
    if file is None:
        return {"exists": False, "size_bytes": None, "sha256": None}
    return {"exists": True, "size_bytes": file.size, "sha256": file.sha256}


async def download_file(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    path = parameters["path"]
    _closed_directory(host, path)
    try:
        content = await settled(hooks.download(parameters["url"]))
    except DownloadFailed as failure:
        if failure.received:
            _partial(host, path, failure.received, hooks)
        raise _web_error(failure) from failure
    partial = _partial(host, path, content, hooks)
    _refuse_directory(host, path)
    host.remove(partial.path)
    file = host.put_file(path, content, partial.acl, partial.modified_utc)
    return {"size_bytes": file.size}


def _partial(host: Host, path: str, content: bytes, hooks: WorldHooks) -> File:
    """What was downloaded; a file that is written over keeps its rights, and takes them along when it is moved."""
    left = host.file(path + ".partial")
    return host.put_file(path + ".partial", content, left.acl if left else None, host.now(hooks))


def write_secret_file(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    path = parameters["path"]
    _closed_directory(host, path)
    _refuse_directory(host, path)
    host.put_file(path, parameters["text"].encode("utf-8"), acl=list(FILE_ACL), modified_utc=host.now(hooks))
    return {"path": path}


def _closed_directory(host: Host, path: str) -> None:
    """The directory above, closed to all but administrators where it is new."""
    host.make_directory(ntpath.dirname(ntpath.normpath(path)), acl=list(DIRECTORY_ACL))


def _refuse_directory(host: Host, path: str) -> None:
    if host.directory(path):
        raise from_method("Delete", 1, f"Access to the path '{path}' is denied.", "UnauthorizedAccessException")


def _web_error(failure: DownloadFailed) -> ScriptError:
    message = f"The remote server returned an error: ({failure.status}) {failure.reason}." if failure.status else failure.reason
    return ScriptError(
        message,
        "System.Net.WebException",
        "WebCmdletWebResponseException,Microsoft.PowerShell.Commands.InvokeWebRequestCommand",
    )
