"""Token buckets and Compute's counters."""

from __future__ import annotations

import json

import pytest
from tests.azure_simulator.arm import ArmError
from tests.azure_simulator.buckets import Buckets, TokenBucket, compute_group

from .support import ROOT, VERSION, session, small_world

SUB = "/subscriptions/s"
COMPUTE = SUB + "/resourceGroups/g/providers/Microsoft.Compute"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_bucket_is_refilled_evenly_up_to_its_size():
    clock = Clock()
    bucket = TokenBucket(3, 0.5, clock)
    assert [bucket.take() for unused in range(4)] == [True, True, True, False]
    assert bucket.seconds_until() == 2
    clock.now = 1.9
    assert not bucket.take() and bucket.seconds_until() == 1
    clock.now = 2.0
    assert bucket.take() and not bucket.take()
    clock.now = 1000
    assert bucket.remaining == 3


@pytest.mark.parametrize("method, kind, size, refill", [
    ("GET", "reads", 250, 25), ("HEAD", "reads", 250, 25), ("PUT", "writes", 200, 10), ("POST", "writes", 200, 10),
    ("PATCH", "writes", 200, 10), ("DELETE", "deletes", 200, 10),
])
def test_arm_has_the_documented_buckets(method, kind, size, refill):
    clock = Clock()
    buckets = Buckets({}, clock)
    header = f"x-ms-ratelimit-remaining-subscription-{kind}"
    remaining = [int(buckets.admit(method, SUB, "s", "me")[header]) for unused in range(size)]
    assert remaining == list(range(size - 1, -1, -1))
    with pytest.raises(ArmError) as refused:
        buckets.admit(method, SUB, "s", "me")
    assert refused.value.status == 429 and refused.value.headers == {"Retry-After": "1", header: "0"}
    assert refused.value.code == "SubscriptionRequestsThrottled" and "actor 'me' exceeded" in refused.value.message
    # Others are not held back, and a second later there is a second's worth again.
    buckets.admit(method, SUB, "s", "somebody else")
    buckets.admit(method, SUB, "other", "me")
    clock.now = 1.0
    assert int(buckets.admit(method, SUB, "s", "me")[header]) == refill - 1


@pytest.mark.parametrize("method, path, group", [
    ("GET", COMPUTE + "/virtualMachines/v", "LowCostGet"),
    ("GET", COMPUTE + "/virtualMachines/v/instanceView", "LowCostGet"),
    ("GET", COMPUTE + "/virtualMachines/v/runCommands/r", "LowCostGet"),
    ("GET", SUB + "/providers/Microsoft.Compute/virtualMachines", "HighCostGet"),
    ("GET", COMPUTE + "/virtualMachines", "HighCostGet"),
    ("PUT", COMPUTE + "/VirtualMachines/v", "PutVM"),
    ("PATCH", COMPUTE + "/virtualMachines/v", "UpdateVM"),
    ("DELETE", COMPUTE + "/virtualMachines/v", "DeleteVM"),
    ("PUT", COMPUTE + "/virtualMachines/v/runCommands/r", "UpdateVM"),
    ("DELETE", COMPUTE + "/virtualMachines/v/runCommands/r", "UpdateVM"),
    ("POST", COMPUTE + "/virtualMachines/v/runCommand", "UpdateVM"),
    ("GET", SUB + "/providers/Microsoft.Compute/locations/w/operations/o", "GetOperation"),
    ("GET", SUB + "/providers/Microsoft.Compute/locations/w/usages", "GetSubscriptionInfo"),
    ("PUT", COMPUTE + "/disks/d", "CreateUpdateDisks"),
    ("GET", SUB + "/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n", None),
    ("GET", SUB, None),
])
def test_how_compute_groups_requests(method, path, group):
    assert compute_group(method, path) == group


def test_lists_are_dear_and_single_reads_cheap():
    clock = Clock()
    buckets = Buckets({"arm": {"reads": {"size": 100_000, "refill": 1}}}, clock)
    path = SUB + "/providers/Microsoft.Compute/virtualMachines"
    shown = buckets.admit("GET", path, "s", "me")["x-ms-ratelimit-remaining-resource"]
    assert shown == "Microsoft.Compute/HighCostGet3Min;239,Microsoft.Compute/HighCostGet30Min;1199"
    for unused in range(239):
        buckets.admit("GET", path, "s", "me")
    with pytest.raises(ArmError) as refused:
        buckets.admit("GET", path, "s", "me")
    assert refused.value.status == 429 and refused.value.code == "OperationNotAllowed"
    (detail,) = refused.value.details
    assert detail["code"] == "TooManyRequests" and detail["target"] == "HighCostGet3Min"
    assert json.loads(detail["message"])["allowedRequestCount"] == 240
    assert int(refused.value.headers["Retry-After"]) >= 1
    # The principal does not matter here, and single machines have a counter of their own.
    with pytest.raises(ArmError):
        buckets.admit("GET", path, "s", "somebody else")
    buckets.admit("GET", COMPUTE + "/virtualMachines/v", "s", "me")
    assert buckets.refused == ["compute HighCostGet"] * 2


def test_requests_that_are_refused_do_not_reach_a_handler():
    changes = {"world": {"buckets": {"arm": {"writes": {"size": 2, "refill": 0.01}}}}}
    done = []

    def routes(world):
        world.router.add("PUT", "/subscriptions/{sub}/things/{thing}", lambda request: done.append(1) or {})

    with small_world(changes, routes) as world, session(world) as http:
        answers = [http.put(f"{ROOT}/things/{number}", params=VERSION, json={}) for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429] and len(done) == 2
        assert answers[0].headers["x-ms-ratelimit-remaining-subscription-writes"] == "1"
        assert int(answers[2].headers["Retry-After"]) > 1
