"""The conformance check itself: it must let a right answer pass and catch every kind of wrong one."""

from __future__ import annotations

import copy
import json
import os

import pytest

from tests.conformance import check

SUBSCRIPTION = "/subscriptions/5a1e0000-0000-4000-8000-000000000001"
NETWORK = f"https://management.azure.com{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet?api-version=2026-03-01"
POLL = f"https://management.azure.com{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations/0e7d?p=1&api-version=2026-03-02"


@pytest.fixture(scope="module")
def oav():
    lacking = check.missing_requirements()
    if lacking and not os.environ.get("CI"):
        pytest.skip(lacking)
    assert not lacking


def exchange(url=NETWORK, method="GET", status=200, body=None, content_type="application/json"):
    return {
        "method": method,
        "url": url,
        "request_headers": {},
        "request_body": None,
        "status": status,
        "response_headers": {"Content-Type": content_type},
        "response_body": body,
    }


def network(**changes):
    properties = {"addressSpace": {"addressPrefixes": ["192.0.2.0/24"]}, "subnets": [], "provisioningState": "Succeeded"}
    return {"id": f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet", "name": "vnet", "location": "westeurope", "properties": properties, **changes}


ERROR = {"error": {"code": "ResourceNotFound", "message": "not there"}}
RIGHT = {
    "a network": exchange(body=network()),
    "an operation that goes on": exchange(POLL, body={"startTime": "2026-01-01T00:00:00Z", "status": "InProgress", "name": "0e7d"}),
    "an error": exchange(status=404, body=ERROR),
    "a path that does not exist, refused": exchange(NETWORK.replace("virtualNetworks", "noSuchThings"), status=404, body=ERROR),
}
WRONG = {
    "a number for a text": exchange(body=network(id=5)),
    "a word that is none of the list": exchange(body=network(properties={"provisioningState": "Fine", "addressSpace": {"addressPrefixes": [7]}})),
    "a status that is not declared": exchange(status=203, body=network()),
    "no operation of this path": exchange(NETWORK.replace("virtualNetworks", "noSuchThings"), body=network()),
    "an api-version that is not in the table": exchange(NETWORK.replace("2026-03-01", "2031-01-01"), body=network()),
    "a poll without a status": exchange(POLL, body={"startTime": "2026-01-01T00:00:00Z", "name": "0e7d"}),
    "an error in no known shape": exchange(status=404, body={"fault": "x"}),
    "another host": exchange("https://elsewhere.example/x", body={}),
}


def test_right_answers_pass(oav):
    covered, problems = check.check(list(RIGHT.values()))
    assert problems == []
    assert covered["VirtualNetworks_Get"] == 2


def test_every_wrong_answer_is_caught(oav):
    # All in one call, since starting the validator takes longest; each must be named by a problem of its own.
    wrong = {name: copy.deepcopy(one) for name, one in WRONG.items()}
    for number, one in enumerate(wrong.values()):
        one["url"] = one["url"].replace("resourceGroups/rg/", f"resourceGroups/rg{number}/").replace("operations/0e7d", f"operations/0e7d{number}").replace("example/x", f"example/x{number}")
    _covered, problems = check.check(list(wrong.values()))
    silent = [name for number, name in enumerate(wrong) if not any(f"rg{number}/" in problem or f"0e7d{number} " in problem or f"/x{number} " in problem for problem in problems)]
    assert silent == []


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
