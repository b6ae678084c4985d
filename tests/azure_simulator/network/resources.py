"""Resources of one type, found without regard to case, and what all of them have in common."""

from __future__ import annotations

import uuid
from typing import Any

from ..arm import ArmError

PROVIDER = "Microsoft.Network"


class Resources:
    """`kind`: such as ``virtualNetworks``. Bodies are kept as the service shows them."""

    def __init__(self, kind: str):
        self.kind = kind
        self._items: dict[str, dict[str, Any]] = {}

    @property
    def type(self) -> str:
        return f"{PROVIDER}/{self.kind}"

    def put(self, resource: dict[str, Any]) -> dict[str, Any]:
        self._items[resource["id"].lower()] = resource
        return resource

    def find(self, identifier: str) -> dict[str, Any] | None:
        return self._items.get(identifier.rstrip("/").lower())

    def pop(self, identifier: str) -> None:
        self._items.pop(identifier.rstrip("/").lower(), None)

    def all(self, prefix: str = "") -> list[dict[str, Any]]:
        wanted = prefix.lower()
        return [item for key, item in self._items.items() if key.startswith(wanted)]


def etag() -> str:
    return f'W/"{uuid.uuid4()}"'


def refusal(code: str, message: str) -> ArmError:
    """400 as this provider sends it, with an empty list of details (recorded)."""
    return ArmError(400, code, message, details=[])


def missing_reference(identifier: str, user: str) -> ArmError:
    """400 for something referred to that is not there, or not in the same region."""
    return refusal("InvalidResourceReference", f"Resource {identifier} referenced by resource {user} was not found. "
                   "Please make sure that the referenced resource exists, and that both resources are in the same "
                   "region.")
