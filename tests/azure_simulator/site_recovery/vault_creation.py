"""Making a vault: PUT answers at once with the vault, and its operation is asked under the vault's own URL."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING

from ..arm import ARM_HOST, ArmError, ArmRequest, ArmResponse, Router
from ..operations import RECORDED_RETRY_AFTER
from .errors import require_group
from .vaults import Vault

if TYPE_CHECKING:
    from ..world import World

SKUS = ("RS0", "Standard")


def put(world: World, router: Router, request: ArmRequest) -> ArmResponse:
    """Create a vault (201), or set the tags of one that is there (200)."""
    params = request.params
    require_group(world, request)
    body = request.body if isinstance(request.body, dict) else {}
    sku, location = body.get("sku") or {}, body.get("location")
    if not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if sku.get("name") not in SKUS:
        raise ArmError(400, "InvalidRestAPIParameter", f"The sku of a vault must be one of {', '.join(SKUS)}.")
    vault = world.site_recovery.vault(params["sub"], params["group"], params["vault"])
    if vault is not None:
        if vault.location.lower() != location.lower():
            raise ArmError(409, "InvalidResourceLocation", f"The resource '{vault.name}' already exists in location "
                           f"'{vault.location}' in resource group '{vault.group}'. A resource with the same name "
                           f"cannot be created in location '{location}'. Please select a new resource name.")
        vault.tags = dict(body.get("tags") or {})
        return ArmResponse(200, vault.body())
    vault = Vault(params["sub"], params["group"], params["vault"], location, world.clock.now(),
                  tags=body.get("tags"), sku=sku)
    vault.provisioning_state = "Provisioning"
    world.site_recovery.add_vault(vault)
    return ArmResponse(201, vault.body(), _operation(world, router, request, vault))


def _operation(world: World, router: Router, request: ArmRequest, vault: Vault) -> dict[str, str]:
    name = base64.b64encode(f"2047;{uuid.uuid4()}".encode()).decode()
    path = f"{vault.id}/operationStatus/{name}"
    started = world.clock.now()

    def done() -> None:
        vault.provisioning_state = "Succeeded"

    def status(_request: ArmRequest) -> ArmResponse:
        busy = vault.provisioning_state == "Provisioning"
        answer = {"id": path, "name": name, "status": "InProgress" if busy else "Succeeded",
                  "startTime": world.clock.text(started)}
        return ArmResponse(200, answer, _wait(world, first=False) if busy else {})

    world.later(world.latency("vault", vault.name), done)
    router.add_exact("GET", path, status, permission="Microsoft.RecoveryServices/vaults/operationStatus/read")
    return {"Azure-AsyncOperation": f"https://{ARM_HOST}{path}?api-version={request.api_version}",
            **_wait(world, first=True)}


def _wait(world: World, first: bool) -> dict[str, str]:
    return {"Retry-After": str(world.retry_after("recovery", first=first, default=RECORDED_RETRY_AFTER["recovery"]))}
