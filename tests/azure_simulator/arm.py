"""What a request to Azure Resource Manager is, what answers it, and which handler is meant.

Subsystems register handlers at a :class:`Router`; everything that all of ARM has in common (tokens, throttling,
permissions, headers) happens around the handlers, in application.py.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union
from urllib.parse import parse_qsl, quote, unquote, urlencode

from multidict import CIMultiDict

ARM_HOST = "management.azure.com"


# --- requests and answers ------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Caller:
    """Who asks: the service principal behind the access token."""

    client_id: str
    object_id: str
    tenant: str


@dataclass
class ArmRequest:
    """One request as a handler sees it. `query` and `headers` are read without regard to case, `params` are the values
    of the template's placeholders, in the case in which they were sent. `answered_by` is the module of the handler, or
    "application" for what is refused before one is found, or "planned fault"."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=CIMultiDict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=CIMultiDict)
    caller: Caller | None = None
    api_version: str = ""
    host: str = ARM_HOST
    raw_path: str = ""
    raw_query: str = ""
    raw_body: bytes = b""
    correlation_id: str = ""
    template: str = ""
    answered_by: str = "application"

    @property
    def url(self) -> str:
        """The URL as it was sent."""
        path = quote(self.path, safe="/:@!$&'()*+,;=~")
        return f"https://{self.host}{path}" + (f"?{self.raw_query}" if self.raw_query else "")


@dataclass
class ArmResponse:
    """An answer: `body` is sent as JSON when it is a dict or a list, as it is when it is bytes or text, and piece by
    piece when it is an (asynchronous) iterator of bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        """The body as bytes; not for bodies that are streamed."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body).encode()

    @property
    def streamed(self) -> bool:
        return isinstance(self.body, (AsyncIterable, Iterable)) and not isinstance(
            self.body, (dict, list, tuple, str, bytes))


class ArmError(Exception):
    """An error answer. `bare=True` leaves out the `{"error": …}` around it, as some providers do."""

    def __init__(self, status: int, code: str, message: str, details: Sequence[Mapping] | None = None,
                 headers: Mapping[str, str] | None = None, *, target: str | None = None, bare: bool = False):
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details) if details is not None else None
        self.headers = dict(headers or {})
        self.target = target
        self.bare = bare

    def error(self) -> dict:
        """The error object: code, message, and what else there is."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            body["target"] = self.target
        if self.details is not None:
            body["details"] = self.details
        return body

    def response(self) -> ArmResponse:
        return ArmResponse(self.status, self.error() if self.bare else {"error": self.error()}, dict(self.headers))


Handler = Callable[[ArmRequest], Union[ArmResponse, dict, Awaitable[Union[ArmResponse, dict]]]]


# --- routes --------------------------------------------------------------------------------------------------------

DERIVED = "derived from method and path"


@dataclass
class Route:
    """A handler and what it needs. `permission` is the action that the caller's roles must contain: derived from the
    path, given as text, or None where the real service asks for none."""

    method: str
    template: str
    handler: Handler
    names: tuple[str, ...] = ()
    permission: str | None = DERIVED

    def action(self) -> str | None:
        return action_of(self.method, self.template) if self.permission == DERIVED else self.permission


@dataclass
class Match:
    """What the router found: a route with its values, or the methods that the path knows, or nothing."""

    route: Route | None = None
    params: dict[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()


class _Node:
    __slots__ = ("literals", "placeholder", "routes", "tails")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.routes: dict[str, Route] = {}
        self.tails: dict[str, Route] = {}


class Router:
    """Finds the handler of a request. Paths are compared without case, as ARM does; a literal segment goes before a
    placeholder; `{name*}` at the end takes all the rest."""

    def __init__(self) -> None:
        self._roots: dict[str, _Node] = {}
        self._exact: dict[tuple[str, str], dict[str, Route]] = {}

    def add(self, method: str, path_template: str, handler: Handler, host: str = ARM_HOST,
            permission: str | None = DERIVED) -> None:
        """Register `handler` for `method` and `path_template`, e.g. ``/subscriptions/{sub}/resourceGroups/{group}``.
        A later registration of the same path replaces the earlier one."""
        node = self._roots.setdefault(host.lower(), _Node())
        names = []
        segments = _segments(path_template)
        for index, segment in enumerate(segments):
            if segment.startswith("{") and segment.endswith("*}"):
                if index != len(segments) - 1:
                    raise ValueError(f"{segment} must be the end of {path_template}")
                names.append(segment[1:-2])
                node.tails[method.upper()] = Route(method.upper(), path_template, handler, tuple(names), permission)
                return
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.placeholder = node.placeholder or _Node()
                node = node.placeholder
            else:
                node = node.literals.setdefault(segment.lower(), _Node())
        node.routes[method.upper()] = Route(method.upper(), path_template, handler, tuple(names), permission)

    def add_exact(self, method: str, path: str, handler: Handler, host: str = ARM_HOST,
                  permission: str | None = DERIVED) -> None:
        """Register `handler` for one path that exists only now, such as the status of an operation."""
        routes = self._exact.setdefault((host.lower(), path.lower().rstrip("/")), {})
        routes[method.upper()] = Route(method.upper(), path, handler, (), permission)

    def match(self, method: str, host: str, path: str) -> Match:
        """The route for a request; `path` is still percent-encoded."""
        method, host = method.upper(), host.lower()
        exact = self._exact.get((host, unquote(path).lower().rstrip("/")))
        if exact:
            if method in exact:
                return Match(exact[method])
            return Match(methods=tuple(sorted(exact)))
        root = self._roots.get(host) or self._wildcard(host)
        if root is None:
            return Match()
        segments = [unquote(segment) for segment in _segments(path)]
        known: set[str] = set()
        found = _find(root, segments, 0, [], method, known)
        if found is None:
            return Match(methods=tuple(sorted(known)))
        route, values = found
        return Match(route, dict(zip(route.names, values)))

    def _wildcard(self, host: str) -> _Node | None:
        for pattern, node in self._roots.items():
            if pattern.startswith("*.") and host.endswith(pattern[1:]):
                return node
        return None


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _find(node: _Node, segments: list[str], at: int, values: list[str], method: str,
          known: set[str]) -> tuple[Route, list[str]] | None:
    if at == len(segments):
        known.update(node.routes)
        if method in node.routes:
            return node.routes[method], values
    else:
        literal = node.literals.get(segments[at].lower())
        if literal is not None:
            found = _find(literal, segments, at + 1, values, method, known)
            if found is not None:
                return found
        if node.placeholder is not None:
            found = _find(node.placeholder, segments, at + 1, [*values, segments[at]], method, known)
            if found is not None:
                return found
        known.update(node.tails)
        if method in node.tails:
            return node.tails[method], [*values, "/".join(segments[at:])]
    return None


# --- actions and scopes --------------------------------------------------------------------------------------------

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def split_provider(path: str) -> tuple[str, str, list[str]]:
    """`(scope before the last /providers/, namespace, segments after it)`; both empty without a provider."""
    segments = _segments(path)
    lower = [segment.lower() for segment in segments]
    if "providers" not in lower:
        return path, "", []
    at = len(lower) - 1 - lower[::-1].index("providers")
    namespace = segments[at + 1] if at + 1 < len(segments) else ""
    return "/" + "/".join(segments[:at]), namespace, segments[at + 2:]


def action_of(method: str, template: str) -> str:
    """The action that a role must allow: `Microsoft.Compute/virtualMachines/write` for a PUT of a machine. After the
    namespace, types and names take turns; a POST ends with the name of the action."""
    scope, namespace, rest = split_provider(template)
    if not namespace:
        types = ["subscriptions"] + (["resourceGroups"] if "/resourcegroups" in scope.lower() else [])
        return f"Microsoft.Resources/{'/'.join(types)}/{_VERBS[method]}"
    types = rest[0::2]
    if method == "POST" and len(rest) % 2 == 0 and rest:
        types = [*types, rest[-1]]     # an action on a collection: its name stands where a resource's name would
    return "/".join([namespace, *types, _VERBS[method]])


def scope_of(method: str, path: str) -> str:
    """What the permission is asked over: the resource, or, for a collection and for an action, what it belongs to."""
    scope, namespace, rest = split_provider(path)
    if not namespace:
        return path.rstrip("/")
    owned = rest[:-1] if len(rest) % 2 else rest
    if not owned:
        return scope
    return "/".join([scope.rstrip("/"), "providers", namespace, *owned])


# --- pages ---------------------------------------------------------------------------------------------------------

def page(items: Sequence[Any], request: ArmRequest, size: int, parameter: str = "$skiptoken") -> dict:
    """One page of a list: `{"value": […], "nextLink": …}`, the link only while there is more. The token in the link
    is opaque to the caller, as the real ones are."""
    token = request.query.get(parameter, "")
    start = _offset(token) if token else 0
    answer: dict[str, Any] = {"value": list(items[start:start + size])}
    if start + size < len(items):
        query = [(key, value) for key, value in parse_qsl(request.raw_query, keep_blank_values=True)
                 if key.lower() != parameter.lower()]
        query.append((parameter, base64.urlsafe_b64encode(b"offset:%d" % (start + size)).decode()))
        path = quote(request.path, safe="/")
        answer["nextLink"] = f"https://{request.host}{path}?{urlencode(query)}"
    return answer


def _offset(token: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
        return int(re.fullmatch(r"offset:(\d+)", text).group(1))
    except (binascii.Error, ValueError, AttributeError):
        raise ArmError(400, "InvalidSkipToken", "The provided skip token is invalid.") from None


# --- errors that every provider words alike ------------------------------------------------------------------------

def resource_not_found(resource_type: str, name: str, group: str) -> ArmError:
    """404 for a resource; `resource_type` like ``Microsoft.Compute/virtualMachines``."""
    return ArmError(404, "ResourceNotFound",
                    f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. "
                    "For more details please go to https://aka.ms/ARMResourceNotFoundFix")


def resource_group_not_found(group: str) -> ArmError:
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def subscription_not_found(subscription: str) -> ArmError:
    return ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def invalid_resource_type(namespace: str, api_version: str) -> ArmError:
    return ArmError(404, "InvalidResourceType", "The resource type could not be found in the namespace "
                    f"'{namespace}' for api version '{api_version}'.")


def authorization_failed(caller: Caller, action: str, scope: str) -> ArmError:
    return ArmError(403, "AuthorizationFailed",
                    f"The client '{caller.client_id}' with object id '{caller.object_id}' does not have authorization "
                    f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was "
                    "recently granted, please refresh your credentials.")


def linked_authorization_failed(caller: Caller, action: str, scope: str, linked_action: str,
                                linked_scope: str) -> ArmError:
    return ArmError(403, "LinkedAuthorizationFailed",
                    f"The client '{caller.client_id}' with object id '{caller.object_id}' has permission to perform "
                    f"action '{action}' on scope '{scope}'; however, it does not have permission to perform action "
                    f"'{linked_action}' on the linked scope(s) '{linked_scope}'.")
