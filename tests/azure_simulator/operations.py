"""Long-running operations: the first answer's headers, the polls and the end, in each service's own manner.

| style     | status                                   | result                                     |
|-----------|------------------------------------------|--------------------------------------------|
| compute   | Azure-AsyncOperation (name, times)       | Location with monitor=true, where asked for |
| network   | Azure-AsyncOperation (status only)       | Location operationResults, where asked for |
| resources | none                                     | Location operationresults: 202 until 200   |
| recovery  | Azure-AsyncOperation (or none), signed   | Location operationresults of the resource  |
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import urlencode

from .arm import ARM_HOST, DERIVED, ArmError, ArmRequest, ArmResponse, Router

if TYPE_CHECKING:
    from .world import World

Finish = Callable[[], Union[Any, Awaitable[Any]]]

# What each service is recorded to ask for, in seconds: (first answer, polls). A scenario may say otherwise.
RECORDED_RETRY_AFTER = {"compute": (10, 30), "network": (3, 10), "resources": (15, 15), "recovery": (30, 30)}


@dataclass
class Operation:
    """One operation. It ends when `finish` has run: with `output` (what finish returned), or with `error`."""

    id: str
    style: str
    started: datetime
    headers: dict[str, str] = field(default_factory=dict)
    status: str = "InProgress"
    ended: datetime | None = None
    output: Any = None
    error: dict | None = None
    result: Callable[[], ArmResponse] | None = None
    signature: dict[str, str] = field(default_factory=dict)
    polls: int = 0

    @property
    def done(self) -> bool:
        return self.status in ("Succeeded", "Failed", "Canceled", "Cancelled")


class Operations:
    """All operations of the world."""

    def __init__(self, world: World, router: Router):
        self._world = world
        self._router = router
        self.all: dict[str, Operation] = {}
        for method, template, code in (
            ("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/operations/{id}",
             "NotFound"),
            ("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/DiskOperations/{id}",
             "NotFound"),
            ("GET", "/subscriptions/{sub}/providers/Microsoft.Network/locations/{location}/operations/{id}",
             "OperationNotFound"),
            ("GET", "/subscriptions/{sub}/providers/Microsoft.Network/locations/{location}/operationResults/{id}",
             "OperationNotFound"),
        ):
            router.add(method, template, _unknown(code), permission=None)

    def begin(self, style: str, seconds: float, finish: Finish | None = None, **where: Any) -> dict[str, str]:
        """Start an operation and return the headers of the answer that says so; see :meth:`start`."""
        return self.start(style, seconds, finish, **where).headers

    def start(self, style: str, seconds: float, finish: Finish | None = None, *, request: ArmRequest | None = None,
              subscription: str = "", location: str = "", resource: str = "", api_version: str = "",
              name: str = "", kind: str = "operations", monitor: bool = False, status: bool = True,
              signed: bool = True, result: Callable[[], ArmResponse] | None = None,
              on_retry: str = "") -> Operation:
        """Start an operation that ends after `seconds`.

        finish       what happens at the end, plain or async. What it returns is the operation's `output`; an ArmError
                     ends the operation as Failed with that code and message.
        request      the request that starts it: gives subscription and api-version unless they are given.
        location     region, for compute and network.
        resource     for recovery: the path under which `operationresults` stands (a fabric, a provider …).
        name         the operation's id; for recovery the name of the job.
        kind         for compute: `operations` or `DiskOperations`.
        monitor      compute, network: also a Location (deletions and actions have one, creations do not).
        status       recovery: False leaves out Azure-AsyncOperation and leaves the Location alone.
        signed       recovery: the URLs carry the parts t, c, s and h, which must come back as they are.
        result       what the Location answers at the end, when it is not empty and not the output.
        on_retry     the scenario's name for Retry-After when it is not the style's own.
        """
        if style not in RECORDED_RETRY_AFTER:
            raise ValueError(f"unknown style of operation: {style}")
        if request is not None:
            subscription = subscription or request.params.get("sub") or _subscription(request.path)
            api_version = api_version or request.api_version
        operation = Operation(name or str(uuid.uuid4()), style, self._world.clock.now(), result=result)
        self.all[operation.id] = operation
        wait = on_retry or style
        if style == "compute":
            self._compute(operation, subscription, location, api_version, kind, monitor, wait)
        elif style == "network":
            self._network(operation, subscription, location, api_version, monitor, wait)
        elif style == "resources":
            self._resources(operation, subscription, api_version, wait)
        else:
            self._recovery(operation, resource, api_version, status, signed, wait)
        if seconds <= 0 and not inspect.iscoroutinefunction(finish):
            self._end_now(operation, finish)
        else:
            self._world.later(seconds, lambda: self._end(operation, finish))
        return operation

    def fail(self, operation_id: str, error: ArmError, status: str = "Failed") -> None:
        """End an operation from outside: cancelled, or failed before its time. Its `finish` is not run any more."""
        operation = self.all[operation_id]
        operation.status, operation.error, operation.ended = status, error.error(), self._world.clock.now()

    def _end_now(self, operation: Operation, finish: Finish | None) -> None:
        try:
            output = finish() if finish else None
        except ArmError as error:
            self.fail(operation.id, error)
            return
        if inspect.isawaitable(output):
            self._world.spawn(self._end(operation, lambda: output))
            return
        operation.output, operation.status, operation.ended = output, "Succeeded", self._world.clock.now()

    async def _end(self, operation: Operation, finish: Finish | None) -> None:
        if operation.done:
            return
        try:
            output = finish() if finish else None
            if inspect.isawaitable(output):
                output = await output
        except ArmError as error:
            if not operation.done:
                self.fail(operation.id, error)
        except Exception as error:
            self.fail(operation.id, ArmError(500, "InternalServerError", "An error occurred."))
            self._world.errors.append(error)
        else:
            if not operation.done:
                operation.output, operation.status = output, "Succeeded"
                operation.ended = self._world.clock.now()

    def _wait(self, kind: str, style: str, first: bool) -> dict[str, str]:
        seconds = self._world.retry_after(kind, first=first, default=RECORDED_RETRY_AFTER[style])
        return {"Retry-After": str(seconds)}

    # --- compute: names and times in the status; p must come back -------------------------------------------------

    def _compute(self, operation, subscription, location, api_version, kind, monitor, wait) -> None:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/{kind}/{operation.id}"
        operation.signature = {"p": str(uuid.uuid4())}
        query = {**operation.signature, "api-version": api_version}
        operation.headers = {"Azure-AsyncOperation": _url(path, query), "Azure-AsyncNotification": "Enabled",
                             **self._wait(wait, "compute", True)}
        if monitor:
            operation.headers["Location"] = _url(path, {**operation.signature, "monitor": "true",
                                                        "api-version": api_version})

        def poll(request: ArmRequest) -> ArmResponse:
            _check_signature(operation, request)
            operation.polls += 1
            if request.query.get("monitor", "").lower() == "true":
                return self._result(operation, 200, wait)
            body: dict[str, Any] = {"startTime": self._world.clock.text_with_offset(operation.started)}
            if operation.done:
                body["endTime"] = self._world.clock.text_with_offset(operation.ended)
            body["status"] = operation.status
            if operation.output is not None:
                body["properties"] = {"output": operation.output}
            if operation.error is not None:
                body["error"] = operation.error
            body["name"] = operation.id
            return ArmResponse(200, body, {} if operation.done else self._wait(wait, "compute", False))

        self._router.add_exact("GET", path, poll, permission=None)

    # --- network: the bare status ----------------------------------------------------------------------------------

    def _network(self, operation, subscription, location, api_version, monitor, wait) -> None:
        root = f"/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}"
        query = {"api-version": api_version}
        operation.headers = {
            "Azure-AsyncOperation": _url(f"{root}/operations/{operation.id}", query),
            "Azure-AsyncNotification": "Enabled"}
        if not monitor:
            operation.headers.update(self._wait(wait, "network", True))

        def poll(request: ArmRequest) -> ArmResponse:
            operation.polls += 1
            body: dict[str, Any] = {"status": operation.status}
            if operation.error is not None:
                body["error"] = operation.error
            return ArmResponse(200, body, {} if operation.done else self._wait(wait, "network", False))

        self._router.add_exact("GET", f"{root}/operations/{operation.id}", poll, permission=None)
        if monitor:
            operation.headers["Location"] = _url(f"{root}/operationResults/{operation.id}", query)
            operation.headers.update(self._wait(wait, "network", True))
            self._router.add_exact("GET", f"{root}/operationResults/{operation.id}",
                                   lambda request: self._result(operation, 204, wait), permission=None)

    # --- resources: the result's own status code is the status ------------------------------------------------------

    def _resources(self, operation, subscription, api_version, wait) -> None:
        token = base64.b64encode(f'{{"jobId":"{operation.id}"}}'.encode()).decode().rstrip("=")
        path = f"/subscriptions/{subscription}/operationresults/{token}"
        operation.headers = {"Location": _url(path, {"api-version": api_version}),
                             **self._wait(wait, "resources", True)}
        self._router.add_exact("GET", path, lambda request: self._result(operation, 200, wait), permission=None)

    # --- recovery: a job's name as id, signed URLs ------------------------------------------------------------------

    def _recovery(self, operation, resource, api_version, status, signed, wait) -> None:
        vault = resource
        lower = resource.lower()
        if "/vaults/" in lower:
            end = lower.index("/vaults/") + len("/vaults/")
            vault = resource[:end] + resource[end:].split("/")[0]
        if signed:
            operation.signature = _sign(operation)
        query = {"api-version": api_version, **operation.signature}
        operation.headers = self._wait(wait, "recovery", True)

        def poll(request: ArmRequest) -> ArmResponse:
            _check_signature(operation, request)
            operation.polls += 1
            end = self._world.clock.text(operation.ended) if operation.ended else None
            body = {"id": None, "name": operation.id, "status": operation.status,
                    "startTime": self._world.clock.text(operation.started), "endTime": end,
                    "percentComplete": None, "properties": None, "error": operation.error}
            return ArmResponse(200, body, {} if operation.done else self._wait(wait, "recovery", False))

        def results(request: ArmRequest) -> ArmResponse:
            _check_signature(operation, request)
            return self._result(operation, 200 if operation.result else 204, wait)

        if status:
            path = f"{vault}/replicationOperationStatus/{operation.id}"
            operation.headers["Azure-AsyncOperation"] = _url(path, query)
            self._router.add_exact("GET", path, poll, permission=_recovery_action(resource, status=True))
        path = f"{resource}/operationresults/{operation.id}"
        operation.headers["Location"] = _url(path, query)
        self._router.add_exact("GET", path, results, permission=_recovery_action(resource, status=False))

    # --- the end, as Location tells it ------------------------------------------------------------------------------

    def _result(self, operation: Operation, success: int, wait: str) -> ArmResponse:
        operation.polls += 1
        if not operation.done:
            headers = {"Location": operation.headers["Location"], **self._wait(wait, operation.style, False)}
            return ArmResponse(202, None, headers)
        if operation.error is not None:
            return ArmResponse(409 if operation.style != "resources" else 400, {"error": operation.error})
        if operation.result is not None:
            return operation.result()
        if operation.output is not None and operation.style == "compute":
            return ArmResponse(200, operation.output)
        return ArmResponse(success)


def _url(path: str, query: dict[str, str]) -> str:
    return f"https://{ARM_HOST}{path}?{urlencode(query)}"


def _subscription(path: str) -> str:
    parts = path.split("/")
    return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def _sign(operation: Operation) -> dict[str, str]:
    """Parts as the service appends them since 2023: a time, a certificate, a signature and a hash. What they hold is
    the service's own affair; these are only of the same kind and different for each operation."""
    def digest(part: str) -> str:
        seed = f"{part}:{operation.id}:{operation.started.timestamp()}".encode()
        return base64.urlsafe_b64encode(hashlib.sha256(seed).digest()).decode().rstrip("=")

    return {"t": str(int(operation.started.timestamp() * 10_000_000)), "c": digest("c") + digest("c2"),
            "s": digest("s") + digest("s2"), "h": digest("h")}


def _check_signature(operation: Operation, request: ArmRequest) -> None:
    """A poll URL that was rebuilt instead of kept is refused. (The answer is our inference.)"""
    for part, value in operation.signature.items():
        if request.query.get(part) != value:
            raise ArmError(403, "AuthorizationFailed",
                           f"The operation URL for '{operation.id}' is not valid: its query must be sent unchanged.")


def _recovery_action(resource: str, status: bool) -> str:
    if status:
        return "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read"
    segments = [segment for segment in resource.split("/") if segment]
    lower = [segment.lower() for segment in segments]
    if "microsoft.recoveryservices" not in lower:
        return DERIVED
    types = segments[lower.index("microsoft.recoveryservices") + 1::2]
    return "/".join(["Microsoft.RecoveryServices", *types, "operationresults", "read"])


def _unknown(code: str):
    def handler(request: ArmRequest) -> ArmResponse:
        raise ArmError(404, code, f"The operation '{request.params['id']}' was not found.")
    return handler
