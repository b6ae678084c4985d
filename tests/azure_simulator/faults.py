"""Planned trouble: this request, the k-th time, gets this answer, this delay, or a cut connection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .arm import ArmError, ArmRequest, ArmResponse

EVERY = "every"


@dataclass
class Fault:
    """One rule. `seen` counts the requests that fit it, `played` those that it met."""

    method: str | None
    path: re.Pattern | None
    host: re.Pattern | None
    when: Callable[[ArmRequest], bool] | None
    nth: Any
    status: int | None
    code: str
    message: str
    headers: dict[str, str]
    body: Any
    delay: float
    cut: bool
    after: bool
    seen: int = 0
    played: int = 0
    requests: list[str] = field(default_factory=list)

    def fits(self, request: ArmRequest) -> bool:
        return ((self.method is None or self.method == request.method)
                and (self.path is None or self.path.search(request.path) is not None)
                and (self.host is None or self.host.fullmatch(request.host) is not None)
                and (self.when is None or self.when(request)))

    def due(self) -> bool:
        """Whether the request that was just counted is one of those meant."""
        if self.nth == EVERY:
            return True
        if isinstance(self.nth, int):
            return self.seen == self.nth
        return self.seen in self.nth

    def answer(self) -> ArmResponse | None:
        """The planned answer, or None when the rule only delays or cuts."""
        if self.status is None:
            return None
        if self.body is not None:
            return ArmResponse(self.status, self.body, dict(self.headers))
        if self.code or self.message:
            return ArmError(self.status, self.code, self.message, headers=self.headers).response()
        return ArmResponse(self.status, None, dict(self.headers))


class Faults:
    """The rules of a world, tried in the order in which they were added; the first that is due is played."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, *, method: str | None = None, path: str | None = None, host: str | None = None,
            when: Callable[[ArmRequest], bool] | None = None, nth: int | Iterable[int] | str = 1,
            status: int | None = None, code: str = "", message: str = "",
            headers: Mapping[str, str] | None = None, body: Any = None, delay: float = 0.0, cut: bool = False,
            after: bool = False) -> Fault:
        """Add a rule.

        method, path, host, when   which requests: `path` is a regular expression searched in the path without case
        nth                        which of them: a number (from 1), a range or list of numbers, or "every"
        status, code, message      the answer, with ARM's error body, or
        status, body, headers      the answer as it is (text and bytes are sent unchanged)
        delay                      seconds before it, also where the request is then served as usual
        cut                        the TCP connection is aborted instead of an answer
        after                      the request has its effect first, and only then is answered so, or cut
        """
        if nth != EVERY and not isinstance(nth, int):
            nth = frozenset(nth)
        rule = Fault(method.upper() if method else None, re.compile(path, re.IGNORECASE) if path else None,
                     re.compile(host, re.IGNORECASE) if host else None, when, nth, status, code, message,
                     dict(headers or {}), body, delay, cut, after)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def due(self, request: ArmRequest) -> Fault | None:
        """Count the request at every rule that it fits, and return the first rule that is due."""
        found = None
        for rule in self.rules:
            if rule.fits(request):
                rule.seen += 1
                if found is None and rule.due():
                    found = rule
        if found is not None:
            found.played += 1
            found.requests.append(f"{request.method} {request.path}")
        return found
