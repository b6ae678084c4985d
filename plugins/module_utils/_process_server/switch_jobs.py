# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vault's jobs say of switches: which run, how they ended, and why they failed. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.configuration_servers import friendly_name
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_checks import SCENARIO

# A job refused because another runs on the item fails as a job, with this code.
ANOTHER_JOB_RUNS = "532"
# Final states of a job (replicationJobs); the last two are ends with remarks.
ENDED = frozenset({"succeeded", "failed", "cancelled", "completedwithinformation", "partiallysucceeded"})


def switches_of(jobs, fabric, fabrics):
    """The jobs that change process servers of a fabric.

    Which process server a job is about is not documented. One that names another fabric of the vault is left out, and
    every other counts: to wait for one too many does no harm.
    """
    others = set().union(*(_names(other) for other in fabrics if other.get("id") != fabric.get("id"))) - _names(fabric)
    return [job for job in jobs if _scenario(job) == SCENARIO.lower() and not _told(job) & others]


def _names(fabric):
    names = (fabric.get("name"), fabric.get("id"), friendly_name(fabric), fabric.get("properties", {}).get("internalIdentifier"))
    return {name.lower() for name in names if name}


def _told(job):
    """Everything a job says it is about."""
    properties = job.get("properties") or {}
    affected = (properties.get("customDetails") or {}).get("affectedObjectDetails") or {}
    return {str(value).lower() for value in (*affected.values(), properties.get("targetObjectId"), properties.get("targetObjectName")) if value}


def _scenario(job):
    return ((job.get("properties") or {}).get("scenarioName") or "").lower()


def state(job):
    """The state of a job in the service's own word; only this tells whether it has ended, never that of its tasks."""
    return ((job or {}).get("properties") or {}).get("state") or "not there any more"


def has_ended(job):
    return job is None or state(job).lower() in ENDED


def failure(job, error, on):
    """The error for a job that failed, with the causes it tells; ``error``: what the operation said."""
    code, said, actions = _told_of_errors(job)
    if not said:
        return AsrError(error.tried, on=on, code=error.code, said=error.said, correlation_id=error.correlation_id, cure=error.cure)
    return AsrError("changing the process server", on=on, code=code or error.code, said=said, correlation_id=error.correlation_id, cure=actions)


def unproven(job, late, on):
    """The error for machines that have not arrived since a job ended, with what the job says of it; ``late``: what was seen of them.

    An operation can have succeeded where its job ended in part, or with remarks.
    """
    code, said, actions = _told_of_errors(job)
    if job is None or (not said and state(job).lower() == "succeeded"):
        return late
    ended = f"the job ended as {state(job)}" + (f": {said}" if said else "")
    cure = ". ".join(filter(None, (actions, "Run again, which moves what is left")))
    return AsrTimeout(late.tried, on=on, code=code or late.code, said=f"{late.said}; {ended}", cure=cure)


def _told_of_errors(job):
    """``(code, text, what to do)`` of all errors of a job; empty texts where it tells none."""
    causes = [cause for entry in ((job or {}).get("properties") or {}).get("errors") or [] for cause in _causes(entry) if cause["message"]]
    said = "; ".join(dict.fromkeys(text for cause in causes for text in (cause["message"], cause["causes"]) if text))
    actions = ". ".join(dict.fromkeys(cause["action"].rstrip(".") for cause in causes if cause["action"]))
    return next((cause["code"] for cause in causes if cause["code"]), ""), said, actions


def _causes(entry):
    """What the service and what the provider behind it say of one error of a job."""
    service, provider = entry.get("serviceErrorDetails") or {}, entry.get("providerErrorDetails") or {}
    yield _cause(service, "code", "message")
    # Both are there in every error, with nothing in them where one has nothing to say (recorded).
    yield _cause(provider, "errorCode", "errorMessage")


def _cause(details, code, message):
    return {
        "code": str(details.get(code) or ""),
        "message": details.get(message) or "",
        "causes": details.get("possibleCauses") or "",
        "action": details.get("recommendedAction") or "",
    }
