"""Refusals in the shapes of the two services: the vault's resource provider and Site Recovery behind it.

The shapes (which code, which details) are recorded; the sentences are our own.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ..arm import ArmError, ArmRequest, resource_group_not_found, resource_not_found

if TYPE_CHECKING:
    from ..world import World

VAULT_TYPE = "Microsoft.RecoveryServices/vaults"


def vault_not_found(name: str, group: str) -> ArmError:
    """ARM itself does not know the vault: no details."""
    return resource_not_found(VAULT_TYPE, name, group)


def require_group(world: World, request: ArmRequest) -> None:
    """Refuse a URL whose resource group is not there, in a world that knows groups."""
    params = request.params
    if world.resources is not None and world.resources.group(params["sub"], params["group"]) is None:
        raise resource_group_not_found(params["group"])


def does_not_exist(request: ArmRequest, what: str, name: str) -> ArmError:
    """Something in a vault is missing: 404 NotFound, with ArmResourceDoesNotExist in the details."""
    message = f"The {what} '{name}' does not exist in the vault."
    return ArmError(404, "NotFound", message, [_detail(
        request, "ArmResourceDoesNotExist", message, "It was removed, or the name in the request is wrong.",
        "Check the name, and try again.")])


def bad_request(request: ArmRequest, code: str, message: str, causes: str = "", action: str = "") -> ArmError:
    """A request that cannot be meant so: 400 BadRequest, the reason in the details."""
    return ArmError(400, "BadRequest", message, [_detail(request, code, message, causes, action)])


def _detail(request: ArmRequest, code: str, message: str, causes: str, action: str) -> dict:
    client_request_id = request.headers.get("x-ms-client-request-id", "") or str(uuid.uuid4())
    return {"code": code, "message": message, "possibleCauses": causes, "recommendedAction": action,
            "clientRequestId": client_request_id, "activityId": str(uuid.uuid4())}


class JobFailure(Exception):
    """Work that was accepted and then failed: it becomes the error of a job, and of its operation."""

    def __init__(self, code: str, message: str, causes: str = "", action: str = ""):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.causes = causes
        self.action = action
