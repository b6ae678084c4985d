"""What the world was asked, as the tests count it."""

from __future__ import annotations

ARM = "management.azure.com"


def arm_requests(world, since=0):
    """Requests to Azure Resource Manager after the first ``since``; following pages of a list are not counted."""
    requests = [entry for entry in world.log.requests[since:] if entry["host"] == ARM]
    return [entry for entry in requests if "skiptoken" not in (entry["query"] or "").lower()]


def arm_writes(world, since=0):
    """Requests that change something; `POST` counts as one, whatever it does."""
    return [f"{entry['method']} {entry['path']}" for entry in arm_requests(world, since) if entry["method"] != "GET"]


def throttled(world):
    return [f"{entry['method']} {entry['path']}" for entry in arm_requests(world) if entry["status"] == 429]
