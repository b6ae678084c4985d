"""Throttling: ARM's token buckets per subscription and principal, and Compute's own request counters.

ARM ("request-limits-and-throttling"): reads 250 refilled 25 a second, writes 200 refilled 10, deletes 200 refilled 10.
Compute ("virtual-machines/troubleshooting-throttling-errors", and its own headers in recorded traffic): counted per
group of operations over 3 and 30 minutes. How Compute refills is not documented; an even refill is our inference.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .arm import ArmError, split_provider

ARM = {"reads": (250, 25.0), "writes": (200, 10.0), "deletes": (200, 10.0)}

# Group of operations -> allowed requests in 3 and (where the service has it) in 30 minutes.
COMPUTE = {
    "LowCostGet": (4000, 32000), "HighCostGet": (240, 1200), "PutVM": (240, 1200), "UpdateVM": (240, 1200),
    "DeleteVM": (240, 1200), "GetOperation": (15000, 30000), "GetSubscriptionInfo": (360,),
    "CreateUpdateDisks": (1000, 8000), "LowCostDiskGet": (15000, 120000),
    "GetVMImageFromLocation": (13000, 74000), "ListVMImagesVersionsFromLocation": (8000, 44000),
    "ListVMImageSkusFromLocation": (6000, 30000),
}
# Disks are counted apart from machines, under the same name.
_SHOWN = {"LowCostDiskGet": "LowCostGet"}
_WINDOWS = ((180, "3Min"), (1800, "30Min"))


class TokenBucket:
    """`size` tokens, refilled evenly with `refill` tokens a second."""

    def __init__(self, size: float, refill: float, clock: Callable[[], float] = time.monotonic):
        self.size = size
        self.refill = refill
        self._clock = clock
        self._tokens = float(size)
        self._at = clock()

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self.size, self._tokens + (now - self._at) * self.refill)
        self._at = now

    @property
    def remaining(self) -> int:
        """Whole tokens left."""
        self._fill()
        return int(self._tokens)

    def take(self) -> bool:
        """Take a token if there is one."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def seconds_until(self, tokens: float = 1) -> int:
        """Whole seconds, at least one, until there are so many tokens."""
        self._fill()
        return max(1, math.ceil((tokens - self._tokens) / self.refill))

    def empty(self) -> None:
        """Spend all that is left, as somebody else with the same principal would."""
        self._fill()
        self._tokens = 0.0


class Buckets:
    """All buckets of the world, made when first used.

    Scenario, `world.buckets`: `arm: {reads: {size, refill}}` and `compute: {<group>: [per 3 minutes, per 30 minutes]}`
    replace the documented numbers; `compute: {<group>: null}` leaves that group out.
    """

    def __init__(self, section: Mapping[str, Any], clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._arm_limits = dict(ARM)
        for kind, limit in (section.get("arm") or {}).items():
            self._arm_limits[kind] = (limit["size"], float(limit["refill"]))
        self._compute_limits = {**COMPUTE, **(section.get("compute") or {})}
        self._buckets: dict[tuple, TokenBucket] = {}
        self.refused: list[str] = []

    def arm(self, subscription: str, principal: str, kind: str) -> TokenBucket:
        """ARM's bucket `reads`, `writes` or `deletes` of a principal in a subscription."""
        size, refill = self._arm_limits[kind]
        return self._bucket(("arm", subscription.lower(), principal.lower(), kind), size, refill)

    def compute(self, subscription: str, group: str) -> list[tuple[str, TokenBucket]]:
        """Compute's counters of a group: `(name as in the header, bucket)`."""
        limits = self._compute_limits.get(group) or ()
        return [(f"{_SHOWN.get(group, group)}{suffix}",
                 self._bucket(("compute", subscription.lower(), group, suffix), limit, limit / window))
                for limit, (window, suffix) in zip(limits, _WINDOWS)]

    def _bucket(self, key: tuple, size: float, refill: float) -> TokenBucket:
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(size, refill, self._clock)
        return self._buckets[key]

    def admit(self, method: str, path: str, subscription: str, principal: str) -> dict[str, str]:
        """Count a request: the headers to answer with, or ArmError 429."""
        kind = kind_of(method)
        bucket = self.arm(subscription, principal, kind)
        header = f"x-ms-ratelimit-remaining-subscription-{kind}"
        if not bucket.take():
            self.refused.append(f"arm {kind}")
            wait = bucket.seconds_until()
            raise ArmError(429, "SubscriptionRequestsThrottled",
                           f"Number of '{kind[:-1]}' requests for subscription '{subscription}' actor '{principal}' "
                           f"exceeded. Please try again after '{wait}' seconds after additional tokens are available. "
                           "Refer to https://aka.ms/arm-throttling for additional information.",
                           headers={"Retry-After": str(wait), header: "0"})
        headers = {header: str(bucket.remaining)}
        group = compute_group(method, path)
        if group is not None:
            headers.update(self._admit_compute(subscription, group, headers))
        return headers

    def _admit_compute(self, subscription: str, group: str, headers: Mapping[str, str]) -> dict[str, str]:
        counters = self.compute(subscription, group)
        spent = next(((name, bucket) for name, bucket in counters if bucket.remaining < 1), None)
        shown = ",".join(f"Microsoft.Compute/{name};{max(0, bucket.remaining - (spent is None))}"
                         for name, bucket in counters)
        if spent is not None:
            name, bucket = spent
            self.refused.append(f"compute {group}")
            wait = bucket.seconds_until()
            now = datetime.now(timezone.utc)
            detail = (f'{{"operationGroup":"{name}","startTime":"{now.isoformat()}",'
                      f'"endTime":"{(now + timedelta(seconds=wait)).isoformat()}",'
                      f'"allowedRequestCount":{int(bucket.size)},"measuredRequestCount":{int(bucket.size) + 1}}}')
            raise ArmError(429, "OperationNotAllowed", "The server rejected the request because too many requests have "
                           "been received for this subscription.",
                           [{"code": "TooManyRequests", "target": name, "message": detail}],
                           {**headers, "Retry-After": str(wait), "x-ms-ratelimit-remaining-resource": shown})
        for unused, bucket in counters:
            bucket.take()
        return {"x-ms-ratelimit-remaining-resource": shown} if shown else {}


def kind_of(method: str) -> str:
    """Which of ARM's buckets a method takes from; actions (POST) count as writes."""
    if method in ("GET", "HEAD"):
        return "reads"
    return "deletes" if method == "DELETE" else "writes"


def compute_group(method: str, path: str) -> str | None:
    """The group of operations under which Compute counts a request, or None if it is not one of Compute's."""
    unused, namespace, rest = split_provider(path)
    if namespace.lower() != "microsoft.compute" or not rest:
        return None
    types = [segment.lower() for segment in rest[0::2]]
    collection = len(rest) % 2 == 1
    if types[0] == "virtualmachines":
        if types[1:]:
            return "LowCostGet" if method == "GET" else "UpdateVM"
        if method == "GET":
            return "HighCostGet" if collection else "LowCostGet"
        return {"PUT": "PutVM", "DELETE": "DeleteVM"}.get(method, "UpdateVM")
    if types[0] == "disks":
        if method == "GET":
            return "HighCostGet" if collection else "LowCostDiskGet"
        return "CreateUpdateDisks"
    if types[0] == "skus":
        return "GetSubscriptionInfo"
    if types[0] == "locations":
        last = types[-1]
        if last in ("operations", "diskoperations"):
            return "GetOperation"
        if last in ("usages", "vmsizes"):
            return "GetSubscriptionInfo"
        if last == "versions":
            return "ListVMImagesVersionsFromLocation" if collection else "GetVMImageFromLocation"
        if last == "skus":
            return "ListVMImageSkusFromLocation"
    return None
