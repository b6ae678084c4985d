"""The way of a request: signed, paced, repeated, and refused where it would leave Azure."""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import textwrap

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import (
    access,
    compute,
    network,
    operations,
    site_recovery,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import session as subject
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from tests.unit.azure.scripted import PARAMS, SUBSCRIPTION, Answer, LostConnection, ScriptedAzure, session

NOT_FOUND = Answer(404, {"error": {"code": "ResourceNotFound", "message": "No such machine."}})
COMPUTE = f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute"
ASYNC = f"{COMPUTE}/locations/westeurope/operations/1?p=2&api-version=2024-01-01&t=signed"


def test_dicts_come_back_as_they_were_on_the_wire():
    wire = {
        "id": "/Subscriptions/x",
        "name": "ps1",
        "properties": {"timeCreated": "2026-01-01T00:00:00.1234567+00:00", "unheardOf": [1]},
    }
    azure = ScriptedAzure(Answer(body=wire))
    assert compute.get_virtual_machine(session(azure), SUBSCRIPTION, "rg", "ps1") == wire
    assert "instanceView" in azure.requests[0].url
    assert azure.requests[0].headers["Authorization"] == "Bearer token-1"


def test_lists_follow_pages():
    link = f"{COMPUTE.replace('Compute', 'Network')}/networkInterfaces?$skiptoken=abc"
    azure = ScriptedAzure(
        Answer(body={"value": [{"name": "a"}], "nextLink": link}), Answer(body={"value": [{"name": "b"}]})
    )
    assert [item["name"] for item in network.list_network_interfaces(session(azure), SUBSCRIPTION)] == ["a", "b"]


def test_what_is_not_there_is_none_and_deleting_it_is_nothing_to_do():
    assert compute.get_virtual_machine(session(ScriptedAzure(NOT_FOUND)), SUBSCRIPTION, "rg", "ps1") is None
    assert compute.delete_virtual_machine(session(ScriptedAzure(NOT_FOUND)), SUBSCRIPTION, "rg", "ps1") is None
    assert site_recovery.get_vault(session(ScriptedAzure(NOT_FOUND)), "rg", "v") is None


@pytest.mark.parametrize("code", ["SubscriptionNotFound", "InvalidResourceType"])
def test_a_wrong_question_is_not_taken_for_an_absent_thing(code):
    azure = ScriptedAzure(Answer(404, {"error": {"code": code, "message": "No."}}))
    with pytest.raises(AsrError, match=code):
        compute.get_virtual_machine(session(azure), SUBSCRIPTION, "rg", "ps1")


def test_forbidden_is_told_with_the_services_words():
    azure = ScriptedAzure(
        Answer(
            403, {"error": {"code": "AuthorizationFailed", "message": "The client 'x' does not have authorization."}}
        )
    )
    with pytest.raises(AsrError) as caught:
        network.list_virtual_networks(session(azure), SUBSCRIPTION)
    error = caught.value
    assert (error.code, error.correlation_id) == ("AuthorizationFailed", "c0ffee00-1111-2222-3333-444444444444")
    assert "does not have authorization" in str(error) and "role" in error.cure


def test_reads_are_repeated_and_follow_retry_after():
    azure = ScriptedAzure(
        Answer(503, "<html>Busy</html>"),
        LostConnection(),
        Answer(429, {}, Retry_After="7"),
        Answer(body={"name": "ps1", "properties": {}}),
    )
    opened = session(azure)
    assert compute.get_virtual_machine(opened, SUBSCRIPTION, "rg", "ps1")["name"] == "ps1"
    assert len(azure.requests) == 4
    assert any(7 <= pause <= 8 for pause in opened.pauses)


def test_a_write_is_repeated_only_where_azure_did_not_take_it():
    azure = ScriptedAzure(Answer(429, {}, Retry_After="1"), Answer(201, {"properties": {}}))
    assert compute.create_virtual_machine(session(azure), SUBSCRIPTION, "rg", "ps1", {"location": "x"}) is None
    assert len(azure.requests) == 2 and azure.requests[0].body == azure.requests[1].body
    for lost in (LostConnection(), Answer(503, "<html>Busy</html>")):
        azure = ScriptedAzure(lost, Answer(201, {"properties": {}}))
        with pytest.raises(AsrError):
            compute.create_virtual_machine(session(azure), SUBSCRIPTION, "rg", "ps1", {"location": "x"})
        assert len(azure.requests) == 1


def test_an_end_of_patience():
    azure = ScriptedAzure(Answer(503, "<html><h1>Service Unavailable</h1></html>"))
    with pytest.raises(AsrError, match="HTTP 503: Service Unavailable"):
        network.list_virtual_networks(session(azure), SUBSCRIPTION)
    assert len(azure.requests) == 8


def test_a_token_that_expired_early_is_replaced_once():
    expired = Answer(401, {"error": {"code": "ExpiredAuthenticationToken", "message": "The access token expired."}})
    azure = ScriptedAzure(expired, Answer(body={"value": []}))
    assert network.list_virtual_networks(session(azure), SUBSCRIPTION) == []
    assert [request.headers["Authorization"] for request in azure.requests] == ["Bearer token-1", "Bearer token-2"]
    azure = ScriptedAzure(expired)
    with pytest.raises(AsrError, match="ExpiredAuthenticationToken"):
        network.list_virtual_networks(session(azure), SUBSCRIPTION)
    assert len(azure.requests) == 2


def test_a_wrong_secret_is_told_clearly_and_never_quoted():
    text = (
        "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: "
        "0a1b2c3d-0000-4000-8000-123456789abc Timestamp: 2026"
    )
    azure = ScriptedAzure(
        Answer(), sign_in=Answer(401, {"error": "invalid_client", "error_description": text, "error_codes": [7000215]})
    )
    with pytest.raises(AsrError) as caught:
        network.list_virtual_networks(session(azure), SUBSCRIPTION)
    assert (
        caught.value.code == "AADSTS7000215" and caught.value.correlation_id == "0a1b2c3d-0000-4000-8000-123456789abc"
    )
    assert PARAMS["secret"] not in str(caught.value) and azure.requests == []


def test_sixty_four_threads_share_one_token_and_one_session():
    azure = ScriptedAzure(Answer(body={"value": []}))
    opened = session(azure)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda number: network.list_virtual_networks(opened, SUBSCRIPTION), range(64)))
        list(pool.map(lambda number: compute.list_virtual_machines(opened, SUBSCRIPTION), range(64)))
    assert len(azure.requests) == 128 and azure.tokens == 1


def test_an_accepted_request_is_an_operation_whose_url_is_sent_word_for_word():
    azure = ScriptedAzure(
        Answer(201, {"properties": {"provisioningState": "Creating"}}, Azure_AsyncOperation=ASYNC, Retry_After="3"),
        Answer(body={"status": "InProgress"}, Retry_After="9"),
        Answer(body={"status": "Succeeded"}),
    )
    opened = session(azure)
    operation = compute.create_virtual_machine(opened, SUBSCRIPTION, "rg", "ps1", {})
    assert (operation.retry_after, operation.correlation_id) == (3, "c0ffee00-1111-2222-3333-444444444444")
    assert "signed" not in repr(operation)
    assert operations.poll(opened, operation) == {"status": "InProgress", "error": None, "retry_after": 9.0}
    assert operations.poll(opened, operation)["status"] == "Succeeded"
    assert [request.url for request in azure.requests[1:]] == [ASYNC, ASYNC]


@pytest.mark.parametrize(
    "status, body, word",
    [
        (202, {}, "InProgress"),
        (200, {}, "Succeeded"),
        (204, {}, "Succeeded"),
        (200, {"status": "Canceled"}, "Canceled"),
        (200, {"properties": {}}, "Succeeded"),
    ],
)
def test_status_of(status, body, word):
    assert operations.status_of(status, body) == word


def test_an_operation_that_fails_raises_its_own_error(monkeypatch):
    failed = {"status": "Failed", "error": {"code": "AllocationFailed", "message": "No capacity."}}
    azure = ScriptedAzure(Answer(202, None, Location=ASYNC), Answer(202), Answer(body=failed))
    opened = session(azure)
    operation = compute.delete_virtual_machine(opened, SUBSCRIPTION, "rg", "ps1")
    monkeypatch.setattr(operations, "wait_for", lambda *args, **kwargs: _wait_without_time(*args))
    with pytest.raises(AsrError, match="deleting virtual machine rg/ps1: AllocationFailed: No capacity"):
        operations.wait(opened, operation, 100, 1)


def _wait_without_time(read, is_done, what, timeout, interval):
    for _unused in range(10):
        value = read()
        if is_done(value):
            return value
        assert interval(value) > 0
    raise AsrTimeout(what)


def test_a_link_that_leads_away_from_azure_gets_no_token():
    opened = session(ScriptedAzure(Answer()))
    for url in (
        "https://evil.example/subscriptions/x",
        "http://management.azure.com/x",
        "https://management.azure.com.evil.example/x",
    ):
        with pytest.raises(AsrError, match="leads away"):
            opened.send("GET", url)
    opened.send("GET", "https://westeurope.management.azure.com/x")


def test_permissions_follow_pages_and_links_carry_their_version():
    link = f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/x?api-version=2022-04-01&$skiptoken=1"
    azure = ScriptedAzure(
        Answer(body={"value": [{"actions": ["*"]}], "nextLink": link}),
        Answer(body={"value": [{"actions": ["*/read"]}]}),
    )
    assert access.permissions(session(azure), SUBSCRIPTION, "rg") == [{"actions": ["*"]}, {"actions": ["*/read"]}]
    assert azure.requests[1].url.count("api-version") == 1


def test_the_newest_image_is_looked_up_with_its_plan():
    image = {"name": "2.0.0", "properties": {"plan": {"name": "n", "product": "p", "publisher": "q"}}}
    azure = ScriptedAzure(Answer(body=[{"name": "2.0.0", "location": "x"}]), Answer(body=image))
    found = compute.get_image(session(azure), SUBSCRIPTION, "westeurope", "pub", "offer", "sku")
    assert found["properties"]["plan"]["name"] == "n"
    assert azure.requests[1].path_url.partition("?")[0].endswith("/versions/2.0.0")
    assert (
        compute.get_image(session(ScriptedAzure(Answer(body=[]))), SUBSCRIPTION, "westeurope", "pub", "offer", "sku")
        is None
    )


@pytest.mark.parametrize(
    "cloud, arm, login",
    [
        ("us_government", "management.usgovcloudapi.net", "login.microsoftonline.us"),
        ("china", "management.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
    ],
)
def test_sovereign_clouds_have_their_own_addresses(cloud, arm, login):
    opened = subject.AzureSession({**PARAMS, "cloud": cloud})
    assert opened.base_url == f"https://{arm}"
    assert opened._authority == login and opened._scopes[0].startswith("https://management")
    assert opened.compute(SUBSCRIPTION)._config.base_url == f"https://{arm}"


def test_no_subscription_is_said_before_anything_is_asked():
    with pytest.raises(Refusal, match="AZURE_SUBSCRIPTION_ID"):
        session(ScriptedAzure(Answer()), subscription_id=None).compute("")


def test_an_old_library_is_named():
    with pytest.raises(Refusal, match="azure-mgmt-compute.*31.0.0 is installed, 39"):
        subject._refuse_old_library("azure.mgmt.compute", "31.0.0")


def test_nothing_registers_a_resource_provider_on_its_own():
    azure = ScriptedAzure(
        Answer(
            409,
            {
                "error": {
                    "code": "MissingSubscriptionRegistration",
                    "message": "The subscription is not registered to use namespace 'Microsoft.Compute'.",
                }
            },
        )
    )
    with pytest.raises(AsrError) as caught:
        compute.list_virtual_machines(session(azure), SUBSCRIPTION)
    assert "Register the resource provider" in caught.value.cure and len(azure.requests) == 1


def test_importing_loads_no_azure_library():
    script = textwrap.dedent(
        """
        import sys
        from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import access, compute, network
        from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations, session, site_recovery
        from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries, info, vm
        print([name for name in sys.modules if name.split(".")[0] in ("azure", "msal", "requests", "winrm")])
        """
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert answer.stdout.strip() == "[]"
