"""Each service's way with operations, as a client that polls sees it."""

from __future__ import annotations

import re
import time

import pytest
from tests.azure_simulator.arm import ArmError, ArmResponse

from .support import ROOT, SUBSCRIPTION, VERSION, session, small_world

VAULT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/v"
PROVIDER = f"{VAULT}/replicationFabrics/f/replicationRecoveryServicesProviders/p"
GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def begin(world, *args, **kwargs):
    kwargs = {"subscription": SUBSCRIPTION, "location": "westeurope", "api_version": "2024-07-01", **kwargs}
    return world.call(lambda: world.operations.start(*args, **kwargs))


def until_done(http, url, pending=lambda answer: answer.json()["status"] == "InProgress"):
    answers = [http.get(url)]
    while pending(answers[-1]):
        time.sleep(0.02)
        answers.append(http.get(url))
    return answers


def test_compute():
    done = []
    with small_world() as world, session(world) as http:
        operation = begin(world, "compute", 0.5, lambda: done.append(1))
        headers = operation.headers
        assert re.fullmatch(rf"{ROOT}/providers/Microsoft.Compute/locations/westeurope/operations/{GUID}\?p={GUID}"
                            "&api-version=2024-07-01", headers["Azure-AsyncOperation"])
        assert headers["Azure-AsyncNotification"] == "Enabled" and headers["Retry-After"] == "1"
        assert "Location" not in headers
        first, *unused, last = until_done(http, headers["Azure-AsyncOperation"])
        assert set(first.json()) == {"startTime", "status", "name"} and first.headers["Retry-After"] == "2"
        assert last.json()["status"] == "Succeeded" and last.json()["name"] == operation.id
        assert last.json()["endTime"].endswith("+00:00") and "Retry-After" not in last.headers
        assert done == [1]
        # The query must come back as it was given.
        assert http.get(headers["Azure-AsyncOperation"].split("?")[0], params=VERSION).status_code == 403


def test_compute_deletion_has_a_location_that_ends_empty_and_an_action_one_that_has_the_output():
    with small_world() as world, session(world) as http:
        headers = begin(world, "compute", 0.5, monitor=True).headers
        answers = until_done(http, headers["Location"], lambda answer: answer.status_code == 202)
        assert "monitor=true" in headers["Location"]
        assert len(answers) > 1 and answers[0].content == b"" and answers[0].headers["Location"] == headers["Location"]
        assert answers[-1].status_code == 200 and answers[-1].content == b""
        output = {"value": [{"code": "ComponentStatus/StdOut/succeeded", "message": "hi"}]}
        headers = begin(world, "compute", 0, lambda: output, monitor=True).headers
        assert http.get(headers["Location"]).json() == output
        assert http.get(headers["Azure-AsyncOperation"]).json()["properties"] == {"output": output}


def test_disks_have_operations_of_their_own():
    with small_world() as world, session(world) as http:
        headers = begin(world, "compute", 0, lambda: {"name": "d"}, kind="DiskOperations", monitor=True).headers
        assert "/DiskOperations/" in headers["Azure-AsyncOperation"]
        assert http.get(headers["Azure-AsyncOperation"]).json()["properties"]["output"] == {"name": "d"}


def test_network():
    with small_world({"world": {"retry_after": {"network": [3, 10]}}}) as world, session(world) as http:
        headers = begin(world, "network", 0.5).headers
        assert "/Microsoft.Network/locations/westeurope/operations/" in headers["Azure-AsyncOperation"]
        assert headers["Retry-After"] == "3"
        first, *unused, last = until_done(http, headers["Azure-AsyncOperation"])
        assert first.json() == {"status": "InProgress"} and first.headers["Retry-After"] == "10"
        assert last.json() == {"status": "Succeeded"}
        headers = begin(world, "network", 0.5, monitor=True).headers
        assert "/operationResults/" in headers["Location"]
        answers = until_done(http, headers["Location"], lambda answer: answer.status_code == 202)
        assert len(answers) > 1 and answers[-1].status_code == 204


def test_resources():
    with small_world() as world, session(world) as http:
        headers = begin(world, "resources", 0.5).headers
        assert set(headers) == {"Location", "Retry-After"} and headers["Retry-After"] == "15"
        assert headers["Location"].startswith(f"{ROOT}/operationresults/eyJqb2JJZCI6")
        answers = until_done(http, headers["Location"], lambda answer: answer.status_code == 202)
        assert len(answers) > 1 and answers[0].headers["Retry-After"] == "15"
        assert answers[-1].status_code == 200 and answers[-1].content == b""


def test_recovery():
    job = {"id": "job", "name": "job-1", "type": "replicationJobs", "properties": {"state": "Succeeded"}}
    with small_world() as world, session(world) as http:
        operation = begin(world, "recovery", 0.5, None, resource=PROVIDER, name="job-1",
                          result=lambda: ArmResponse(200, job))
        status, location = operation.headers["Azure-AsyncOperation"], operation.headers["Location"]
        assert status.startswith(f"https://management.azure.com{VAULT}/replicationOperationStatus/job-1?")
        assert location.startswith(f"https://management.azure.com{PROVIDER}/operationresults/job-1?")
        assert operation.headers["Retry-After"] == "30"
        assert all(f"&{part}=" in status and f"&{part}=" in location for part in "tcsh")
        assert http.get(location).status_code == 202
        first, *unused, last = until_done(http, status)
        assert first.json() == {"id": None, "name": "job-1", "status": "InProgress", "endTime": None, "error": None,
                                "startTime": first.json()["startTime"], "percentComplete": None, "properties": None}
        assert last.json()["status"] == "Succeeded" and last.json()["endTime"].endswith("Z")
        assert http.get(location).json() == job
        for spoilt in (status.replace("&s=", "&s=x"), re.sub("&h=[^&]*", "", status), location.split("&c=")[0]):
            assert http.get(spoilt).status_code == 403
        # Neither the log nor anything else keeps the signature.
        signature = operation.signature["s"]
        assert not any(signature in entry["query"] for entry in world.log.requests)


def test_recovery_polls_need_the_permission_that_reads_need():
    with small_world() as world, session(world) as http:
        operation = begin(world, "recovery", 0, resource=PROVIDER, name="job-2")
        world.call(lambda: world.access.withdraw(world.section("world")["clients"][0]["id"]))
        refused = http.get(operation.headers["Azure-AsyncOperation"])
        assert refused.status_code == 403
        assert "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read" in refused.json()["error"]["message"]


@pytest.mark.parametrize("style", ["compute", "network", "recovery"])
def test_an_operation_that_fails_says_so_in_the_status(style):
    def finish():
        raise ArmError(409, "AllocationFailed", "Not enough capacity.")

    with small_world() as world, session(world) as http:
        operation = begin(world, style, 0.05, finish, resource=PROVIDER)
        *unused, last = until_done(http, operation.headers["Azure-AsyncOperation"])
        assert last.status_code == 200 and last.json()["status"] == "Failed"
        assert last.json()["error"] == {"code": "AllocationFailed", "message": "Not enough capacity."}


def test_finish_may_be_a_coroutine_and_operations_can_be_ended_from_outside():
    done = []

    async def finish():
        done.append(1)
        return {"x": 1}

    with small_world() as world, session(world) as http:
        operation = begin(world, "compute", 0, finish)
        *unused, last = until_done(http, operation.headers["Azure-AsyncOperation"])
        assert last.json()["properties"] == {"output": {"x": 1}} and done == [1]
        operation = begin(world, "compute", 0.1, finish)
        world.call(lambda: world.operations.fail(operation.id, ArmError(409, "Canceled", "Stopped."), "Canceled"))
        time.sleep(0.2)
        assert http.get(operation.headers["Azure-AsyncOperation"]).json()["status"] == "Canceled"
        assert done == [1]


def test_an_unknown_operation_is_not_found():
    with small_world() as world, session(world) as http:
        for provider in ("Microsoft.Compute", "Microsoft.Network"):
            answer = http.get(f"{ROOT}/providers/{provider}/locations/westeurope/operations/0", params=VERSION)
            assert answer.status_code == 404 and "was not found" in answer.json()["error"]["message"]
