"""What was asked of the world: every request, with time, caller and masked body."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from .arm import ARM_HOST, ArmRequest
from .clock import Clock
from .secrets_masking import MASK, Mask, secrets_of

EXCHANGES = "AZURE_SIMULATOR_EXCHANGES"
_WITHHELD = frozenset(("authorization", "cookie", "proxy-authorization", "set-cookie"))


def _is_azure(host: str) -> bool:
    return host in (ARM_HOST, "login.microsoftonline.com") or host.endswith(".vault.azure.net")


class RequestLog:
    """`requests` is a list of dicts: time, host, method, path, query, caller, status, body, nth.

    `nth` counts the same method on the same path, from 1. `status` is None while the request is being served, and
    "cut" when the connection was aborted. When the environment variable AZURE_SIMULATOR_EXCHANGES names a folder, every
    exchange with Azure is also appended there, as JSON lines, to one file per process.
    """

    def __init__(self, scenario: Mapping[str, Any], clock: Clock):
        self._clock = clock
        self.requests: list[dict[str, Any]] = []
        self.refused_hosts: list[str] = []
        self.unknown: list[str] = []
        self.mask = Mask(secrets_of(scenario))
        self._counts: Counter = Counter()
        folder = os.environ.get(EXCHANGES)
        self._exchanges = Path(folder) / f"exchanges-{os.getpid()}.jsonl" if folder else None
        self._file = None

    # --- written by the application ----------------------------------------------------------------------------------

    def begin(self, request: ArmRequest) -> dict[str, Any]:
        """Enter a request; the caller of this fills in `caller` and `status` later."""
        key = (request.method, request.host, request.path.lower())
        self._counts[key] += 1
        entry = {"time": self._clock.text(), "host": request.host, "method": request.method, "path": request.path,
                 "query": self.masked_query(request.raw_query), "caller": None, "status": None,
                 "body": self.masked_body(request), "nth": self._counts[key],
                 "correlation_id": request.correlation_id}
        self.requests.append(entry)
        return entry

    def masked_query(self, raw_query: str) -> str:
        """A query without known secrets and without the signatures of operation URLs."""
        return re.sub(r"(^|&)([cs]|sig)=[^&]*", rf"\1\2={MASK}", self.mask.text(raw_query))

    def masked_body(self, request: ArmRequest) -> Any:
        if request.body is not None:
            return self.mask.value(request.body)
        if not request.raw_body:
            return None
        text = request.raw_body.decode("utf-8", "replace")
        if "urlencoded" in request.headers.get("content-type", ""):
            return self.mask.value(dict(parse_qsl(text, keep_blank_values=True)))
        return self.mask.text(text)

    def exchange(self, request: ArmRequest, status: int, headers: Mapping[str, str], payload: bytes) -> None:
        """Keep an exchange with Azure for the check against Microsoft's published API descriptions."""
        if self._exchanges is None or not _is_azure(request.host):
            return
        record = {
            "answered_by": request.answered_by,
            "method": request.method,
            "url": f"https://{request.host}{request.path}" + (f"?{request.raw_query}" if request.raw_query else ""),
            "request_headers": self._headers(request.headers),
            "request_body": self.masked_body(request),
            "status": status,
            "response_headers": self._headers(headers),
            "response_body": self._payload(payload, headers),
        }
        if self._file is None:
            self._exchanges.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._exchanges.open("a", encoding="utf-8")
        # One write for one line: worlds of the same process append to the same file.
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {name.lower(): self.mask.text(value) for name, value in headers.items()
                if name.lower() not in _WITHHELD}

    def _payload(self, payload: bytes, headers: Mapping[str, str]) -> Any:
        if not payload:
            return None
        text = payload.decode("utf-8", "replace")
        if "json" in {name.lower(): value for name, value in headers.items()}.get("content-type", "json"):
            try:
                return self.mask.value(json.loads(text))
            except ValueError:
                pass
        return self.mask.text(text)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    # --- read by whoever wants to know -------------------------------------------------------------------------------

    def select(self, method: str | None = None, path: str | None = None, host: str | None = ARM_HOST) -> list[dict]:
        """Requests of a method, whose path matches the expression (searched without case), at a host (None: any)."""
        pattern = re.compile(path, re.IGNORECASE) if path else None
        return [entry for entry in list(self.requests)
                if (method is None or entry["method"] == method.upper())
                and (pattern is None or pattern.search(entry["path"]))
                and (host is None or entry["host"] == host)]

    def count(self, method: str | None = None, path: str | None = None, host: str | None = ARM_HOST) -> int:
        return len(self.select(method, path, host))

    def writes(self, host: str | None = ARM_HOST) -> list[dict]:
        """Requests that could have changed something."""
        return [entry for entry in self.select(host=host) if entry["method"] not in ("GET", "HEAD")]

    def without_pages(self, host: str | None = ARM_HOST) -> list[dict]:
        """Requests but those that only fetch a further page of a list."""
        return [entry for entry in self.select(host=host)
                if "skiptoken=" not in entry["query"].lower()]

    def clear(self) -> None:
        """Forget what was asked so far; the counts behind `nth` begin anew."""
        self.requests.clear()
        self._counts.clear()
