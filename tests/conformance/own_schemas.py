"""What no OpenAPI file describes: a closed list, each with a schema of our own from the sheets of facts."""

from __future__ import annotations

import re
import urllib.parse

_TEXT = {"type": "string", "minLength": 1}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_URL = {"type": "string", "pattern": "^https://"}
_NOTHING = {"type": "null"}
_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": _TEXT, "message": {"type": "string"}, "details": {"type": "array"}, "target": {"type": ["string", "null"]}},
}
_ENDED = ("Succeeded", "Failed", "Cancelled", "Canceled")
_STATUS = {"enum": ["NotStarted", "InProgress", *_ENDED]}
# An operation that has ended tells when, and one that failed tells why.
_ENDS = {"if": {"properties": {"status": {"enum": list(_ENDED)}}}, "then": {"properties": {"endTime": _TIME}, "required": ["endTime"]}}
_FAILS = {"if": {"properties": {"status": {"const": "Failed"}}}, "then": {"properties": {"error": _ERROR}, "required": ["error"]}}

_COMPUTE_POLL = {
    "type": "object",
    "required": ["startTime", "status", "name"],
    "properties": {
        "startTime": _TIME,
        "endTime": _TIME,
        "status": _STATUS,
        "name": _TEXT,
        "error": _ERROR,
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
    "allOf": [_ENDS, _FAILS],
}
_NETWORK_POLL = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": _STATUS, "error": _ERROR},
    "additionalProperties": False,
    "allOf": [_FAILS],
}
_RECOVERY_POLL = {
    "type": "object",
    "required": ["id", "name", "status", "startTime", "endTime", "error"],
    "properties": {"name": _TEXT, "status": _STATUS, "startTime": _TIME, "error": {"anyOf": [_NOTHING, _ERROR]}},
    "allOf": [_ENDS, _FAILS],
}
# Nothing while it lasts; at the end nothing, or what the operation gave.
_RESULT = {"anyOf": [_NOTHING, {"type": "object"}]}
_TOKEN = {
    "type": "object",
    "required": ["access_token", "expires_in", "token_type"],
    "properties": {"access_token": _TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer", "minimum": 1}},
}
_ENTRA_ERROR = {
    "type": "object",
    "required": ["error", "error_description", "error_codes", "trace_id", "correlation_id"],
    "properties": {
        "error": _TEXT,
        "error_description": {"type": "string", "pattern": "^AADSTS[0-9]+: "},
        "error_codes": {"type": "array", "items": {"type": "integer"}},
    },
}
_OPENID = {
    "type": "object",
    "required": ["token_endpoint", "issuer", "authorization_endpoint", "jwks_uri"],
    "properties": {"token_endpoint": _URL, "issuer": _URL, "authorization_endpoint": _URL, "jwks_uri": _URL},
}
_DISCOVERY = {
    "type": "object",
    "required": ["tenant_discovery_endpoint", "metadata"],
    "properties": {
        "tenant_discovery_endpoint": _URL,
        "metadata": {"type": "array", "items": {"type": "object", "required": ["preferred_network", "preferred_cache", "aliases"]}},
    },
}
_SECRET = {"type": "object", "required": ["id", "value"], "properties": {"id": _URL, "value": _TEXT}}

_ENTRA = r"login\.microsoftonline\.com"
_ARM = r"management\.azure\.com"

# (name, host, path, what the query has, schema of a success, schema of an error); the first that fits counts.
CLOSED_LIST = (
    ("token", _ENTRA, r"^/[^/]+/oauth2/v2\.0/token$", {}, _TOKEN, _ENTRA_ERROR),
    ("openid configuration", _ENTRA, r"/\.well-known/openid-configuration$", {}, _OPENID, _ENTRA_ERROR),
    ("instance discovery", _ENTRA, r"^/common/discovery/instance$", {}, _DISCOVERY, _ENTRA_ERROR),
    (
        "result of a Compute operation",
        _ARM,
        r"/Microsoft\.Compute/locations/[^/]+/(Disk)?Operations/[^/]+$",
        {"monitor": "true"},
        _RESULT,
        None,
    ),
    ("status of a Compute operation", _ARM, r"/Microsoft\.Compute/locations/[^/]+/(Disk)?Operations/[^/]+$", {}, _COMPUTE_POLL, None),
    ("status of a Network operation", _ARM, r"/Microsoft\.Network/locations/[^/]+/operations/[^/]+$", {}, _NETWORK_POLL, None),
    ("result of a Network operation", _ARM, r"/Microsoft\.Network/locations/[^/]+/operationResults/[^/]+$", {}, _RESULT, None),
    ("result of a Resources operation", _ARM, r"^/subscriptions/[^/]+/operationresults/[^/]+$", {}, _RESULT, None),
    ("status of a Site Recovery operation", _ARM, r"/vaults/[^/]+/replicationOperationStatus/[^/]+$", {}, _RECOVERY_POLL, None),
    ("result of a Site Recovery operation", _ARM, r"/vaults/[^/]+/.*operationresults/[^/]+$", {}, _RESULT, None),
    ("secret of a Key Vault", r"[^.]+\.vault\.azure\.net", r"^/secrets/", {}, _SECRET, None),
)

# The shapes in which the providers send errors (compute-network-api, "Errors"; site-recovery-api, section 8).
ERROR_SHAPES = {
    "anyOf": [
        {"type": "object", "required": ["error"], "properties": {"error": _ERROR}},
        _ERROR,
        {"type": "string", "pattern": "^\\s*<(!DOCTYPE )?html", "description": "a gateway's page"},
    ]
}


def find(url):
    """The line of the closed list for a split URL: (name, schema of a success, schema of an error), or `None`."""
    query = {name.lower(): value.lower() for name, value in urllib.parse.parse_qsl(url.query)}
    for name, host, path, wanted, success, error in CLOSED_LIST:
        if not (re.fullmatch(host, url.netloc, re.IGNORECASE) and re.search(path, url.path, re.IGNORECASE)):
            continue
        if wanted.items() <= query.items():
            return name, success, error or ERROR_SHAPES
    return None
