"""Who may do what: the roles of the scenario's clients, with wildcards, at their scopes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .arm import Caller, authorization_failed
from .errors import ScenarioError


@lru_cache(maxsize=4096)
def _pattern(action: str) -> re.Pattern:
    return re.compile(re.escape(action).replace(r"\*", ".*"), re.IGNORECASE)


def _covers(actions: list[str], action: str) -> bool:
    return any(_pattern(entry).fullmatch(action) for entry in actions)


class Access:
    """Permissions, from `world.clients[].roles` and `world.roles`."""

    def __init__(self, world_section: Mapping[str, Any]):
        self._roles = world_section.get("roles") or {}
        self._assignments: dict[str, list[tuple[str, dict]]] = {}
        for client in world_section.get("clients") or []:
            for assignment in client.get("roles") or []:
                self.assign(client["id"], assignment["role"], assignment["scope"])

    def assign(self, client_id: str, role: str, scope: str) -> None:
        """Give a client a role of the scenario at a scope."""
        if role not in self._roles:
            raise ScenarioError(f"client {client_id} has the role {role!r}, which the scenario does not describe")
        self._assignments.setdefault(client_id.lower(), []).append((_scope(scope), self._roles[role]))

    def withdraw(self, client_id: str, scope: str | None = None) -> None:
        """Take away a client's roles at a scope, or all."""
        kept = [] if scope is None else [
            entry for entry in self._assignments.get(client_id.lower(), []) if entry[0] != _scope(scope)]
        self._assignments[client_id.lower()] = kept

    def permissions(self, caller: Caller, scope: str) -> list[dict[str, list[str]]]:
        """What the caller's roles allow at `scope`, one entry per role, as ARM tells it."""
        wanted = _scope(scope)
        return [
            {"actions": list(role.get("actions") or []), "notActions": list(role.get("not_actions") or [])}
            for at, role in self._assignments.get(caller.client_id.lower(), [])
            if wanted == at or wanted.startswith(at + "/") or at == ""
        ]

    def allowed(self, caller: Caller, action: str, scope: str) -> bool:
        """True when one role has the action and does not take it away again in its own notActions."""
        return any(_covers(role["actions"], action) and not _covers(role["notActions"], action)
                   for role in self.permissions(caller, scope))

    def require(self, caller: Caller, action: str, scope: str) -> None:
        """Raise ARM's 403 when the action is not allowed."""
        if not self.allowed(caller, action, scope):
            raise authorization_failed(caller, action, scope)


def _scope(scope: str) -> str:
    return scope.rstrip("/").lower()
