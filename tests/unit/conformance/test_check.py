"""The conformance check itself: it must let a right answer pass and catch every kind of wrong one."""

from __future__ import annotations

import copy
import json
import os

import pytest

from tests import shared
from tests.conformance import check

SUBSCRIPTION = "/subscriptions/5a1e0000-0000-4000-8000-000000000001"
NETWORK = (
    f"https://management.azure.com{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet?api-version=2026-03-01"
)
PERMISSIONS = (
    f"https://management.azure.com{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/{{}}/providers/Microsoft.Authorization/"
    "permissions?api-version=2022-04-01"
)
TOKEN = "https://login.microsoftonline.com/0e7d/oauth2/v2.0/token"
POLL = (
    f"https://management.azure.com{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations/"
    "0e7d?p=1&api-version=2026-03-02"
)


@pytest.fixture(scope="module")
def oav():
    """The validator, which needs more than the folder `shared`: it is skipped where that is missing, never in CI."""
    shared.needed("azure-specs")
    lacking = check.missing_requirements()
    if lacking and not os.environ.get("CI"):
        pytest.skip(lacking)
    assert not lacking


def exchange(
    url=NETWORK, method="GET", status=200, body=None, content_type="application/json", sent=None, by="tests.azure_simulator.network"
):
    return {
        "answered_by": by,
        "method": method,
        "url": url,
        "request_headers": {"content-type": "application/json"},
        "request_body": sent,
        "status": status,
        "response_headers": {"Content-Type": content_type},
        "response_body": body,
    }


def network(**changes):
    properties = {"addressSpace": {"addressPrefixes": ["192.0.2.0/24"]}, "subnets": [], "provisioningState": "Succeeded"}
    return {
        "id": f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet",
        "name": "vnet",
        "location": "westeurope",
        "properties": properties,
        **changes,
    }


ERROR = {"error": {"code": "ResourceNotFound", "message": "not there"}}
RIGHT = {
    "a network": exchange(body=network()),
    "an operation that goes on": exchange(POLL, body={"startTime": "2026-01-01T00:00:00Z", "status": "InProgress", "name": "0e7d"}),
    "an error": exchange(status=404, body=ERROR),
    "a path that does not exist, refused": exchange(
        NETWORK.replace("virtualNetworks", "noSuchThings"), status=404, body=ERROR, by="application"
    ),
    "an api-version that ARM refuses": exchange(NETWORK.replace("2026-03-01", "1"), status=400, body=ERROR, by="application"),
    "a request for a network": exchange(method="PUT", status=201, body=network(), sent={"location": "westeurope", "properties": {}}),
    "a planned answer of a gateway": exchange(status=502, body="<html></html>", by="planned fault"),
    "a planned answer without a body": exchange(status=503, by="planned fault"),
    "a token": exchange(TOKEN, method="POST", body={"access_token": "********", "token_type": "Bearer", "expires_in": 3599}),
    "no token": exchange(
        TOKEN,
        method="POST",
        status=401,
        body={
            "error": "invalid_client",
            "error_description": "AADSTS7000215: no",
            "error_codes": [7000215],
            "trace_id": "t",
            "correlation_id": "c",
        },
    ),
    "permissions of a resource": exchange(PERMISSIONS.format("virtualNetworks/vnet"), body={"value": [{"actions": ["*"]}]}),
    "permissions of a part of a resource": exchange(PERMISSIONS.format("virtualNetworks/vnet/subnets/a"), body={"value": []}),
    "the end of a deletion": exchange(POLL.replace("p=1", "p=1&monitor=true"), body=None),
}
WRONG = {
    "a number for a text": exchange(body=network(id=5)),
    "a word that is none of the list": exchange(
        body=network(properties={"provisioningState": "Fine", "addressSpace": {"addressPrefixes": [7]}})
    ),
    "a status that is not declared": exchange(status=203, body=network()),
    "no operation of this path": exchange(NETWORK.replace("virtualNetworks", "noSuchThings"), body=network()),
    "an api-version that is not in the table": exchange(NETWORK.replace("2026-03-01", "2031-01-01"), body=network()),
    "a poll without a status": exchange(POLL, body={"startTime": "2026-01-01T00:00:00Z", "name": "0e7d"}),
    "an operation that ended at no time": exchange(POLL, body={"startTime": "2026-01-01T00:00:00Z", "status": "Succeeded", "name": "0e7d"}),
    "an operation that failed for no reason": exchange(
        POLL, body={"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-01T00:00:00Z", "status": "Failed", "name": "0e7d"}
    ),
    "an error in no known shape": exchange(status=404, body={"fault": "x"}),
    "a planned fault in no known shape": exchange(status=404, body={"fault": "x"}, by="planned fault"),
    "a planned success that is wrong": exchange(body=network(id=5), by="planned fault"),
    "a request that is wrong": exchange(method="PUT", status=201, body=network(), sent={"location": 7}),
    "an api-version that a handler refused": exchange(NETWORK.replace("2026-03-01", "2031-01-01"), status=404, body=ERROR),
    "permissions that are a text": exchange(PERMISSIONS.format("virtualNetworks/vnet/subnets/a"), body={"value": "*"}),
    "a token of another kind": exchange(TOKEN, method="POST", body={"access_token": "x", "token_type": "mac", "expires_in": 3599}),
    "a refusal in ARM's manner where Entra ID was asked": exchange(TOKEN, method="POST", status=401, body=ERROR),
    "another host": exchange("https://elsewhere.example/x", body={}),
}


def test_right_answers_pass(oav):
    covered, problems = check.check(list(RIGHT.values()))
    assert problems == []
    assert covered["VirtualNetworks_Get"] == 2 and covered["VirtualNetworks_CreateOrUpdate"] == 1
    assert covered["(own schema) status of a Compute operation"] == 1 and covered["(own schema) token"] == 2


def test_every_wrong_answer_is_caught(oav):
    # All in one call, since starting the validator takes longest; each must be named by a problem of its own.
    wrong = {name: copy.deepcopy(one) for name, one in WRONG.items()}
    for number, one in enumerate(wrong.values()):
        for before, after in (
            ("resourceGroups/rg/", f"resourceGroups/rg{number}-/"),
            ("operations/0e7d", f"operations/rg{number}-"),
            ("com/0e7d/", f"com/rg{number}-/"),
            ("example/x", f"example/rg{number}-"),
        ):
            one["url"] = one["url"].replace(before, after)
    _covered, problems = check.check(list(wrong.values()))
    assert [name for number, name in enumerate(wrong) if not any(f"/rg{number}-" in problem for problem in problems)] == []


def test_what_a_test_answers_in_azures_place_is_counted_and_not_checked(oav):
    covered, problems = check.check(
        [exchange(body={"nonsense": 1}, by="tests.unit.azure_simulator.test_round_trip"), exchange(body=network())]
    )
    assert problems == [] and covered["(not checked: answered by a test's own handler)"] == 1 and covered["VirtualNetworks_Get"] == 1


def test_an_exchange_that_stands_twice_is_checked_once(tmp_path):
    line = json.dumps(exchange(body=network()))
    (tmp_path / "1.jsonl").write_text(f"{line}\n{line}\n")
    (tmp_path / "2.jsonl").write_text(f"{line}\n")
    assert len(check.read(tmp_path)) == 1


def test_nothing_recorded_is_a_failure(tmp_path, oav):
    with pytest.raises(SystemExit, match="no exchange"):
        check.main([str(tmp_path)])


def test_ci_never_skips(monkeypatch, tmp_path):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("AZURE_DR_SHARED", str(tmp_path))
    with pytest.raises(SystemExit, match="cannot be checked"):
        check.main([str(tmp_path)])


def test_elsewhere_it_is_skipped_with_its_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AZURE_DR_SHARED", str(tmp_path))
    assert check.main([str(tmp_path)]) == check.SKIPPED
    assert str(tmp_path) in capsys.readouterr().out
