"""What no OpenAPI file describes: a closed list, each with a schema of our own from the sheets of facts."""

from __future__ import annotations

import re

_TEXT = {"type": "string", "minLength": 1}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}
_NOTHING = {"type": "null"}
_ERROR = {"type": "object", "required": ["code", "message"], "properties": {"code": _TEXT, "message": {"type": "string"}}}
_STATUS = {"enum": ["NotStarted", "InProgress", "Succeeded", "Failed", "Cancelled", "Canceled"]}

_COMPUTE_POLL = {
    "type": "object",
    "required": ["startTime", "status", "name"],
    "properties": {"startTime": _TIME, "endTime": _TIME, "status": _STATUS, "name": _TEXT, "error": _ERROR, "properties": {"type": "object"}},
    "additionalProperties": False,
}
_NETWORK_POLL = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": _STATUS, "error": _ERROR},
    "additionalProperties": False,
}
_RECOVERY_POLL = {
    "type": "object",
    "required": ["id", "name", "status", "startTime", "endTime"],
    "properties": {"name": _TEXT, "status": _STATUS, "error": {"anyOf": [_NOTHING, _ERROR]}},
}
_TOKEN = {
    "type": "object",
    "required": ["access_token", "expires_in", "token_type"],
    "properties": {"token_type": {"const": "Bearer"}, "expires_in": {"type": ["integer", "string"]}},
}
_TOKEN_ERROR = {"type": "object", "required": ["error", "error_description"]}
_DISCOVERY = {"type": "object"}

# (host, path, schema of a success, schema of an error)
CLOSED_LIST = (
    (r"login\.microsoftonline\.com", r"/oauth2/v2\.0/token$", _TOKEN, _TOKEN_ERROR),
    (r"login\.microsoftonline\.com", r"(/\.well-known/openid-configuration|/discovery/instance)$", _DISCOVERY, _TOKEN_ERROR),
    (r"management\.azure\.com", r"/Microsoft\.Compute/locations/[^/]+/(Disk)?Operations/[^/]+$", {"anyOf": [_COMPUTE_POLL, _NOTHING]}, None),
    (r"management\.azure\.com", r"/Microsoft\.Network/locations/[^/]+/operations/[^/]+$", _NETWORK_POLL, None),
    (r"management\.azure\.com", r"/Microsoft\.Network/locations/[^/]+/operationResults/[^/]+$", {}, None),
    (r"management\.azure\.com", r"^/subscriptions/[^/]+/operationresults/[^/]+$", {"anyOf": [_NOTHING, {"type": "object"}]}, None),
    (r"management\.azure\.com", r"/vaults/[^/]+/replicationOperationStatus/[^/]+$", _RECOVERY_POLL, None),
    (r"management\.azure\.com", r"/vaults/[^/]+/.*operationresults/[^/]+$", {"anyOf": [_NOTHING, {"type": "object"}]}, None),
    (r"[^.]+\.vault\.azure\.net", r"^/secrets/", {"type": "object", "required": ["id", "value"]}, None),
)

# The shapes in which the providers send errors (compute-network-api, "Errors"; site-recovery-api, section 8).
ERROR_SHAPES = {
    "anyOf": [
        {"type": "object", "required": ["error"], "properties": {"error": _ERROR}},
        _ERROR,
        {"type": "string", "pattern": "^\\s*<(!DOCTYPE )?html", "description": "a gateway's page"},
    ]
}


def find(host, path):
    """The line of the closed list for a request: (schema of a success, schema of an error), or `None`."""
    for known_host, known_path, success, error in CLOSED_LIST:
        if re.fullmatch(known_host, host, re.IGNORECASE) and re.search(known_path, path, re.IGNORECASE):
            return success, error or ERROR_SHAPES
    return None
