"""The way of a request through the world: log, planned faults, token, throttling, api-version, permission, handler."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web
from multidict import CIMultiDict

from . import connections
from .arm import (
    ARM_HOST,
    ArmError,
    ArmRequest,
    ArmResponse,
    Match,
    invalid_resource_type,
    scope_of,
    split_provider,
    subscription_not_found,
)

if TYPE_CHECKING:
    from .world import World

_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)


class Cut(Exception):
    """The connection is to be aborted instead of answered."""


class Application:
    """Answers requests; one object for all connections."""

    def __init__(self, world: World):
        self._world = world
        self._subscriptions = {entry["id"].lower() for entry in world.section("world").get("subscriptions") or []}
        self._region = str(world.section("world").get("region", "westeurope")).upper()

    async def handle(self, web_request: web.BaseRequest) -> web.StreamResponse:
        """One request, from the HTTP server."""
        request = await self._read(web_request)
        entry = self._world.log.begin(request)
        try:
            response = await self._answer(request, entry)
        except Cut:
            entry["status"] = "cut"
            connections.cut(web_request.transport)
            # The connection is gone; this answer is written to nobody.
            return web.Response(status=500)
        headers = {**self._standard_headers(request), **response.headers}
        entry["status"] = response.status
        if response.streamed:
            return await self._stream(web_request, response, headers)
        payload = response.payload()
        if payload and "content-type" not in {name.lower() for name in headers}:
            json_body = isinstance(response.body, (dict, list, tuple))
            headers["Content-Type"] = "application/json; charset=utf-8" if json_body else "text/html; charset=utf-8"
        self._world.log.exchange(request, response.status, headers, payload)
        return web.Response(status=response.status, body=payload, headers=headers)

    async def _read(self, web_request: web.BaseRequest) -> ArmRequest:
        raw_path, unused, raw_query = web_request.raw_path.partition("?")
        raw_body = await web_request.read()
        body = None
        if raw_body and "json" in web_request.headers.get("Content-Type", "").lower():
            try:
                body = json.loads(raw_body)
            except ValueError:
                body = None
        headers = CIMultiDict(web_request.headers)
        return ArmRequest(
            method=web_request.method, path=web_request.rel_url.path, query=CIMultiDict(web_request.rel_url.query),
            body=body, headers=headers, host=web_request.host.split(":")[0].lower(), raw_query=raw_query,
            raw_path=raw_path, raw_body=raw_body,
            correlation_id=headers.get("x-ms-correlation-request-id") or str(uuid.uuid4()))

    # --- the layers ------------------------------------------------------------------------------------------------

    async def _answer(self, request: ArmRequest, entry: dict[str, Any]) -> ArmResponse:
        fault = self._world.faults.due(request)
        if fault is None:
            return await self._serve(request, entry)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        response = None
        if fault.after or (fault.status is None and not fault.cut):
            response = await self._serve(request, entry)
        if fault.cut:
            raise Cut
        planned = fault.answer()
        if planned is not None:
            request.answered_by = "planned fault"
        return planned or response

    async def _serve(self, request: ArmRequest, entry: dict[str, Any]) -> ArmResponse:
        limits: dict[str, str] = {}
        try:
            match = self._world.router.match(request.method, request.host, request.raw_path)
            if request.host == ARM_HOST:
                request.caller = self._world.entra.caller(request)
                entry["caller"] = request.caller.client_id
                subscription = self._subscription(request)
                limits = self._world.buckets.admit(request.method, request.path, subscription,
                                                   request.caller.object_id)
                self._check_api_version(request)
            self._require_route(request, match)
            request.params, request.template = match.params, match.route.template
            request.answered_by = match.route.handler.__module__
            if request.host == ARM_HOST:
                self._check_permission(request, match)
            response = await self._handled(request, match)
        except ArmError as error:
            response = error.response()
        except Exception as error:
            # A bug of the world: kept, and raised when the world ends.
            self._world.errors.append(error)
            response = ArmError(500, "InternalServerError", "The server encountered an internal error.").response()
        response.headers = {**limits, **response.headers}
        return response

    def _subscription(self, request: ArmRequest) -> str:
        match = _SUBSCRIPTION.match(request.path)
        if match is None:
            return ""
        if match.group(1).lower() not in self._subscriptions:
            raise subscription_not_found(match.group(1))
        return match.group(1).lower()

    def _check_api_version(self, request: ArmRequest) -> None:
        request.api_version = request.query.get("api-version", "")
        if not request.api_version:
            raise ArmError(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is "
                           "required for all requests.")

    def _require_route(self, request: ArmRequest, match: Match) -> None:
        if match.route is not None:
            return
        self._world.log.unknown.append(f"{request.method} https://{request.host}{request.path}")
        if match.methods:
            raise ArmError(405, "HttpMethodNotAllowed", f"The requested resource does not support http method "
                           f"'{request.method}'.", headers={"Allow": ", ".join(match.methods)})
        namespace = split_provider(request.path)[1]
        if request.host == ARM_HOST and namespace:
            raise invalid_resource_type(namespace, request.api_version)
        raise ArmError(404, "NotFound", f"There is nothing at https://{request.host}{request.path}.")

    def _check_permission(self, request: ArmRequest, match: Match) -> None:
        action = match.route.action()
        if action is not None:
            self._world.access.require(request.caller, action, scope_of(request.method, request.path))

    async def _handled(self, request: ArmRequest, match: Match) -> ArmResponse:
        outcome = match.route.handler(request)
        if inspect.isawaitable(outcome):
            outcome = await outcome
        if isinstance(outcome, ArmResponse):
            # Handlers may keep and reuse what they return: the layers above add headers to a copy.
            return ArmResponse(outcome.status, outcome.body, dict(outcome.headers))
        return ArmResponse(200, outcome)

    # --- the answer --------------------------------------------------------------------------------------------------

    def _standard_headers(self, request: ArmRequest) -> dict[str, str]:
        if request.host != ARM_HOST:
            return {}
        now = self._world.clock.now()
        headers = {
            "Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "-1",
            "x-ms-request-id": str(uuid.uuid4()),
            "x-ms-correlation-request-id": request.correlation_id,
            "x-ms-routing-request-id": f"{self._region}:{now:%Y%m%dT%H%M%SZ}:{uuid.uuid4()}",
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
            "X-Content-Type-Options": "nosniff",
        }
        if "x-ms-client-request-id" in request.headers and (
                request.headers.get("x-ms-return-client-request-id", "").lower() == "true"
                or "/microsoft.recoveryservices/" in request.path.lower()):
            headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        return headers

    async def _stream(self, web_request: web.BaseRequest, response: ArmResponse,
                      headers: Mapping[str, str]) -> web.StreamResponse:
        stream = web.StreamResponse(status=response.status, headers=headers)
        await stream.prepare(web_request)
        pieces = response.body
        if hasattr(pieces, "__aiter__"):
            async for piece in pieces:
                await stream.write(piece)
        else:
            for piece in pieces:
                await stream.write(piece)
        await stream.write_eof()
        return stream
