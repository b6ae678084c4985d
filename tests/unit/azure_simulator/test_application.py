"""What all of ARM's answers have in common, and in which order a request is judged."""

from __future__ import annotations

import json
import re
import socket
import ssl

import pytest
import requests
from tests.azure_simulator.arm import ArmResponse
from tests.azure_simulator.errors import WorldError

from .support import CLIENT, ROOT, SECRET, SUBSCRIPTION, TENANT, VERSION, ask_token, session, small_world

THING = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{vm}"
URL = f"{ROOT}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v"


def things(world):
    world.done = []

    def write(request):
        world.done.append((request.method, request.params["vm"], request.body))
        return ArmResponse(200, {"made": request.body}, {"x-own": "1"})

    world.router.add("GET", THING, lambda request: {"query": dict(request.query)})
    for method in ("PUT", "DELETE"):
        world.router.add(method, THING, write)


def test_every_answer_carries_arms_headers():
    with small_world(routes=things) as world, session(world) as http:
        answer = http.get(URL, params=VERSION, headers={"x-ms-client-request-id": "mine",
                                                        "x-ms-return-client-request-id": "true"})
        assert answer.json() == {"query": VERSION}
        headers = answer.headers
        guid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        assert re.fullmatch(guid, headers["x-ms-request-id"])
        assert re.fullmatch(guid, headers["x-ms-correlation-request-id"])
        assert re.fullmatch(rf"WESTEUROPE:\d{{8}}T\d{{6}}Z:{guid}", headers["x-ms-routing-request-id"])
        assert headers["x-ms-client-request-id"] == "mine"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert int(headers["x-ms-ratelimit-remaining-subscription-reads"]) == 249
        assert headers["x-ms-ratelimit-remaining-resource"].startswith("Microsoft.Compute/LowCostGet3Min;3999,")
        refused = http.get(f"{ROOT}/nowhere", params=VERSION, headers={"x-ms-correlation-request-id": "of the caller"})
        assert refused.status_code == 404 and refused.headers["x-ms-correlation-request-id"] == "of the caller"
        assert "x-ms-client-request-id" not in refused.headers


@pytest.mark.parametrize("path, status, code", [
    (URL, 400, "MissingApiVersionParameter"),
    (URL + "x?api-version=1", 200, None),
    (f"{ROOT}/providers/Microsoft.Nothing/things?api-version=1", 404, "InvalidResourceType"),
    (f"{ROOT}/unheard-of?api-version=1", 404, "NotFound"),
    ("https://management.azure.com/subscriptions/0/resourceGroups?api-version=1", 404, "SubscriptionNotFound"),
])
def test_requests_that_arm_itself_refuses(path, status, code):
    with small_world(routes=things) as world, session(world) as http:
        answer = http.get(path)
        assert answer.status_code == status and answer.json().get("error", {}).get("code") == code


def test_a_method_that_is_not_known_there():
    with small_world(routes=things) as world, session(world) as http:
        answer = http.patch(URL, params=VERSION, json={})
        assert answer.status_code == 405 and answer.headers["Allow"] == "DELETE, GET, PUT"
        assert world.log.unknown == [f"PATCH {URL}"]


def test_a_token_comes_before_everything_else():
    with small_world(routes=things) as world, session(world, token=False) as http:
        answer = http.get(URL)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "AuthenticationFailed"
        challenge = answer.headers["WWW-Authenticate"]
        assert f'authorization_uri="https://login.microsoftonline.com/{TENANT}"' in challenge
        assert 'error="invalid_token"' in challenge
        wrong = http.get(URL, headers={"Authorization": "Bearer e30.e30.x"})
        assert wrong.json()["error"]["code"] == "InvalidAuthenticationToken"
        elsewhere = ask_token(http, scope="https://vault.azure.net/.default").json()["access_token"]
        wrong = http.get(URL, headers={"Authorization": f"Bearer {elsewhere}"})
        assert wrong.status_code == 401 and wrong.json()["error"]["code"] == "InvalidAuthenticationTokenAudience"
        assert [entry["caller"] for entry in world.log.select()] == [None] * 3


def test_a_token_expires_when_the_scenario_says_so():
    with small_world({"world": {"token": {"lifetime_seconds": 7}}}, things) as world, session(world) as http:
        assert ask_token(http).json()["expires_in"] == 7
        assert http.get(URL, params=VERSION).status_code == 200
        world.call(world.entra.expire_tokens)
        answer = http.get(URL, params=VERSION)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "ExpiredAuthenticationToken"
        assert "is earlier than current UTC time" in answer.json()["error"]["message"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("form, status, error", [
    ({}, 400, "invalid_request"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"grant_type": "client_credentials", "client_id": CLIENT}, 401, "invalid_client"),
    ({"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": "x"}, 400,
     "invalid_scope"),
])
def test_token_requests_that_are_wrong_in_themselves(form, status, error):
    with small_world() as world, session(world, token=False) as http:
        answer = http.post(f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token", data=form)
        assert answer.status_code == status and answer.json()["error"] == error
        assert re.match(rf"AADSTS{answer.json()['error_codes'][0]}: ", answer.json()["error_description"])


@pytest.mark.parametrize("role, method, status", [
    ("Owner", "DELETE", 200), ("Reader", "GET", 200), ("Reader", "PUT", 403), ("Machines", "PUT", 200),
    ("Machines", "DELETE", 403),
])
def test_roles_decide_what_a_caller_may_do(role, method, status):
    with small_world(routes=things) as world, session(world) as http:
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG"

        def only():
            world.access.withdraw(CLIENT)
            world.access.assign(CLIENT, role, group)

        world.call(only)
        answer = http.request(method, URL, params=VERSION, json={})
        assert answer.status_code == status
        if status == 403:
            verb = "write" if method == "PUT" else "delete"
            assert world.done == []
            assert answer.json()["error"]["code"] == "AuthorizationFailed"
            assert answer.json()["error"]["message"] == (
                f"The client '{CLIENT}' with object id '0b1ec700-0000-4000-8000-000000000009' does not have "
                f"authorization to perform action 'Microsoft.Compute/virtualMachines/{verb}' over scope "
                f"'{URL.removeprefix('https://management.azure.com')}' or the scope is invalid. If access was "
                "recently granted, please refresh your credentials.")
        # Another group is another matter.
        assert http.get(URL.replace("/rg/", "/rg2/"), params=VERSION).status_code == 403


def test_an_exception_in_a_handler_is_an_error_of_the_world():
    def broken(world):
        world.router.add("GET", THING, lambda request: 1 / 0)

    with pytest.raises(WorldError, match="ZeroDivisionError"):
        with small_world(routes=broken) as world, session(world) as http:
            assert http.get(URL, params=VERSION).status_code == 500


def test_an_exception_in_a_timer_is_an_error_of_the_world():
    with pytest.raises(WorldError, match="in the timer"):
        with small_world() as world:
            world.later(0, lambda: (unused for unused in ()).throw(ValueError("in the timer")))
            world.call(lambda: None)
            while not world.errors:
                pass


# --- planned faults --------------------------------------------------------------------------------------------------

def test_the_second_request_is_refused_in_arms_words():
    with small_world(routes=things) as world, session(world) as http:
        rule = world.faults.add(method="PUT", path=r"/VIRTUALMACHINES/v$", nth=2, status=429, code="RetryableError",
                                message="A retryable error occurred.", headers={"Retry-After": "3"})
        answers = [http.put(URL, params=VERSION, json={}) for unused in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 200]
        assert answers[1].json() == {"error": {"code": "RetryableError", "message": "A retryable error occurred."}}
        assert answers[1].headers["Retry-After"] == "3" and "x-ms-request-id" in answers[1].headers
        assert len(world.done) == 2 and (rule.seen, rule.played) == (3, 1)
        assert [entry["status"] for entry in world.log.select("PUT")] == [200, 429, 200]
        assert [entry["nth"] for entry in world.log.select("PUT")] == [1, 2, 3]


@pytest.mark.parametrize("nth, statuses", [
    ("every", [503, 503, 503]), (range(2, 4), [200, 503, 503]), ([1, 3], [503, 200, 503]),
])
def test_which_requests_are_meant(nth, statuses):
    with small_world(routes=things) as world, session(world) as http:
        world.faults.add(path="/v$", nth=nth, status=503, body="<html><body>Service Unavailable</body></html>",
                         headers={"Content-Type": "text/html"})
        answers = [http.get(URL, params=VERSION) for unused in range(3)]
        assert [answer.status_code for answer in answers] == statuses
        assert all(answer.text.startswith("<html>") for answer in answers if answer.status_code == 503)


@pytest.mark.parametrize("after", [False, True])
def test_a_cut_connection_ends_without_an_answer(after):
    with small_world(routes=things) as world, session(world) as http:
        world.faults.add(method="PUT", cut=True, after=after)
        with pytest.raises(requests.ConnectionError):
            http.put(URL, params=VERSION, json={})
        assert len(world.done) == after
        assert world.log.select("PUT")[0]["status"] == "cut"
        assert http.put(URL, params=VERSION, json={}).status_code == 200


def test_a_cut_connection_is_reset_and_not_closed():
    """Below TLS, since Python's ssl module makes an end of file of a reset."""
    with small_world() as world:
        world.faults.add(method="PUT", cut=True)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=world.environment()["REQUESTS_CA_BUNDLE"])
        tls = context.wrap_bio(incoming, outgoing, server_hostname="management.azure.com")
        with socket.create_connection(world.proxy_address, timeout=10) as connection:
            connection.sendall(b"CONNECT management.azure.com:443 HTTP/1.1\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))
            tls.write(b"PUT /x HTTP/1.1\r\nHost: management.azure.com\r\nContent-Length: 0\r\n\r\n")
            connection.sendall(outgoing.read())
            with pytest.raises(ConnectionResetError):
                # What comes first are the session tickets of the handshake.
                while connection.recv(65536):
                    pass


def test_a_delayed_request_is_served_as_usual_and_holds_up_nobody_else():
    with small_world(routes=things) as world, session(world) as http:
        world.faults.add(path="/slow$", delay=30, nth="every")
        with pytest.raises(requests.ReadTimeout):
            http.get(URL.removesuffix("v") + "slow", params=VERSION, timeout=0.3)
        assert http.get(URL, params=VERSION).status_code == 200


def test_faults_can_ask_for_more_than_the_path():
    with small_world(routes=things) as world, session(world) as http:
        world.faults.add(when=lambda request: (request.body or {}).get("size") == "huge", status=409,
                         code="OperationNotAllowed", message="no")
        world.faults.add(host="login.*", status=503, nth="every")
        assert http.put(URL, params=VERSION, json={"size": "small"}).status_code == 200
        assert http.put(URL, params=VERSION, json={"size": "huge"}).status_code == 409
        assert ask_token(http).status_code == 503


# --- the log ---------------------------------------------------------------------------------------------------------

def test_the_log_tells_everything_but_secrets():
    import base64

    changes = {"windows": {"configuration_servers": [{"name": "CS", "passphrase": "pass phrase/16+chars",
                                                      "accounts": {"asradmin": "Hidden!123"}}]}}
    with small_world(changes, things) as world, session(world) as http:
        ask_token(http, secret="wrong-but-still-a-secret")
        inside = base64.b64encode("x = 'pass phrase/16+chars'".encode("utf-16-le")).decode()
        body = {"properties": {"osProfile": {"adminPassword": "Never+1", "adminUsername": "psadmin"},
                               "source": {"script": f"powershell -enc {inside} # Hidden!123"},
                               "protectedParameters": [{"name": "p", "value": "quite secret"}],
                               "note": "https://x/?sig=pass%20phrase%2F16%2Bchars"}}
        assert http.put(URL, params=VERSION, json=body).status_code == 200
        (entry,) = world.log.select("PUT")
        assert entry["caller"] == CLIENT and entry["status"] == 200 and entry["query"] == "api-version=2024-07-01"
        assert entry["body"]["properties"]["osProfile"] == {"adminPassword": "********", "adminUsername": "psadmin"}
        assert entry["body"]["properties"]["protectedParameters"] == [{"name": "p", "value": "********"}]
        assert entry["body"]["properties"]["source"]["script"] == "powershell -enc ******** # ********"
        text = json.dumps(world.log.requests)
        token = http.headers["Authorization"].split()[1]
        for secret in (SECRET, "wrong-but-still-a-secret", "Never+1", "Hidden!123", "pass%20phrase", inside, token,
                       "quite secret"):
            assert secret not in text
        # The handler got the body as it was sent.
        assert world.done[0][2] == body


def test_exchanges_are_written_for_the_conformance_check(tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_SIMULATOR_EXCHANGES", str(tmp_path / "exchanges"))
    with small_world(routes=things) as world, session(world) as http:
        http.put(URL, params=VERSION, json={"properties": {"adminPassword": "Never+1"}})
        http.get(URL)
        token = http.headers["Authorization"].split()[1]
    (file,) = (tmp_path / "exchanges").iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["method"], line["status"]) for line in lines] == [("POST", 200), ("PUT", 200), ("GET", 400)]
    assert lines[1]["url"] == f"{URL}?api-version=2024-07-01"
    assert lines[1]["request_body"] == {"properties": {"adminPassword": "********"}}
    assert lines[1]["response_body"] == {"made": {"properties": {"adminPassword": "********"}}}
    assert lines[1]["response_headers"]["x-own"] == "1" and lines[1]["request_headers"]["content-type"]
    assert lines[0]["response_body"]["access_token"] == "********"
    text = file.read_text()
    assert SECRET not in text and "Never+1" not in text and token not in text
