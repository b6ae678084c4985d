# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long-running operations: handed over, asked about, waited for. Private to this collection."""

from __future__ import annotations

import dataclasses
import urllib.parse

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import errors
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.pacing import retry_after
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

SUCCEEDED = "succeeded"
ENDED = frozenset({SUCCEEDED, "failed", "canceled", "cancelled"})


@dataclasses.dataclass(frozen=True)
class Operation:
    """What Azure accepted. ``url`` may carry a signature: it is sent word for word and shown to nobody."""

    url: str = dataclasses.field(repr=False)
    retry_after: float | None
    correlation_id: str
    what: str


def name_of(operation):
    """The last part of the operation's path; Site Recovery's jobs bear it as their name. `None` without an operation."""
    return None if operation is None else urllib.parse.urlsplit(operation.url).path.rstrip("/").rpartition("/")[2]


def submit(begin, *args, what="", on="", absent=False, **kwargs):
    """Call a library's ``begin_…`` without its own waiting; returns ``(Operation or None, body)``.

    ``None``: the service was done at once. ``body``: the first answer's JSON, ``{}`` where it has none. ``what`` and
    ``on`` word the error. With ``absent`` a thing that is not there is ``(None, {})``.
    """
    seen = []

    def begin_it():
        begin(*args, polling=False, raw_response_hook=lambda answer: seen.append(answer.http_response), **kwargs)
        return seen[-1]

    response = errors.guarded(what, on, begin_it, absent=absent)
    if response is None:
        return None, {}
    return from_headers(response.headers, f"{what} {on}".strip()), _json(response)


def from_headers(headers, what):
    """The `Operation` an answer names, or `None`. ``Azure-AsyncOperation`` tells states, ``Location`` only the end."""
    url = headers.get("Azure-AsyncOperation") or headers.get("Location")
    return Operation(url, retry_after(headers), errors.correlation_id(headers), what) if url else None


def poll(session, operation):
    """How the operation stands: ``{"status", "error", "retry_after"}``; ``status`` is the service's own word."""

    def request():
        response = session.send("GET", operation.url)
        response.raise_for_status()
        return response

    response = errors.guarded("asking about", operation.what, request)
    body = _json(response)
    return {
        "status": status_of(response.status_code, body),
        "error": body.get("error"),
        "retry_after": retry_after(response.headers),
    }


def status_of(http_status, body):
    """An operation's body has ``status``; what ``Location`` names answers 202 until it is done."""
    if isinstance(body.get("status"), str):
        return body["status"]
    return "InProgress" if http_status == 202 else "Succeeded"


def has_ended(state):
    return state["status"].lower() in ENDED


def wait(session, operation, timeout, interval):
    """Until the operation has succeeded; `AsrError` with the service's code and text where it did not.

    ``operation``: `None` for work that was done at once. ``timeout`` and ``interval``: seconds; the service's own
    ``Retry-After`` goes before ``interval``.
    """
    if operation is None:
        return
    # A Retry-After of the first answer is honoured before the first question.
    pending = (
        [{"status": "InProgress", "error": None, "retry_after": operation.retry_after}] if operation.retry_after else []
    )
    state = wait_for(
        lambda: pending.pop() if pending else poll(session, operation),
        has_ended,
        operation.what,
        timeout,
        lambda seen: seen["retry_after"] or interval,
        describe=lambda seen: seen["status"],
    )
    if state["status"].lower() != SUCCEEDED:
        raise errors.from_error(state["error"], operation.what, correlation=operation.correlation_id)


def _json(response):
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
