"""Which credentials are used, and what is said when they are missing or wrong."""

from __future__ import annotations

import threading
import types

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import credentials as subject
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

ALL = {"tenant": "t", "client_id": "c", "secret": "s"}


@pytest.mark.parametrize(
    "params, environment, cli, in_azure, source",
    [
        (ALL, {}, True, True, "client_secret"),
        ({**ALL, "auth_source": "managed_identity"}, {}, False, False, "managed_identity"),
        ({"auth_source": "azure_cli"}, {}, False, False, "azure_cli"),
        ({"client_id": "c"}, {}, True, True, "azure_cli"),
        ({"client_id": "c"}, {}, False, True, "managed_identity"),
        ({}, {"IDENTITY_ENDPOINT": "http://x"}, False, False, "managed_identity"),
    ],
)
def test_source(params, environment, cli, in_azure, source):
    assert subject.check(params, environment, lambda name: cli, lambda: in_azure) == source


@pytest.mark.parametrize(
    "params, words",
    [
        ({}, "there are none: tenant is not given, client_id is not given, secret is not given"),
        ({"tenant": "t", "client_id": "c"}, "tenant is given, client_id is given, secret is not given"),
        ({"secret": "canary"}, "tenant and client_id not given"),
        ({"auth_source": "client_secret", "tenant": "t"}, "client_id and secret not given"),
    ],
)
def test_missing(params, words):
    with pytest.raises(Refusal, match=words) as caught:
        subject.check(params, {}, lambda name: None, lambda: False)
    assert "AZURE_SECRET" in caught.value.cure and "canary" not in str(caught.value)


def test_wrong_secret_is_told_in_entras_own_words():
    text = (
        "Authentication failed: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent "
        "is the value. "
        "Trace ID: 1b2c Correlation ID: 0a1b2c3d-0000-4000-8000-123456789abc Timestamp: 2026-01-01 00:00:00Z"
    )
    error = subject.authentication_error(ValueError(text), "tenant t as application c")
    assert error.code == "AADSTS7000215"
    assert error.correlation_id == "0a1b2c3d-0000-4000-8000-123456789abc"
    assert error.said == "Invalid client secret provided. Ensure the secret being sent is the value."
    assert "not its id" in error.cure


class Credential:
    def __init__(self, lifetimes, clock):
        self.lifetimes = lifetimes
        self.clock = clock
        self.asked = 0

    def get_token(self, scope):
        self.asked += 1
        return types.SimpleNamespace(token=f"{scope}-{self.asked}", expires_on=self.clock() + self.lifetimes)


def test_many_threads_fetch_one_token():
    credential = Credential(3600, lambda: 0.0)
    token = subject.SharedToken(lambda: credential, "scope", "x", clock=lambda: 0.0)
    barrier, seen = threading.Barrier(64), []

    def ask():
        barrier.wait()
        seen.append(token.get())

    threads = [threading.Thread(target=ask) for _unused in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {"scope-1"} and credential.asked == 1


@pytest.mark.parametrize("lifetime, still_good, too_old", [(3600, 3299, 3300), (100, 79, 80)])
def test_a_token_is_renewed_before_its_end(lifetime, still_good, too_old):
    now = [0.0]
    token = subject.SharedToken(lambda: Credential(lifetime, lambda: now[0]), "s", "x", clock=lambda: now[0])
    first = token.get()
    now[0] = still_good
    assert token.get() == first
    now[0] = too_old
    assert token.get() != first


def test_a_refused_token_is_fetched_anew_from_a_fresh_credential_once():
    made = []

    def make():
        made.append(Credential(3600, lambda: 0.0))
        return made[-1]

    token = subject.SharedToken(make, "s", "x", clock=lambda: 0.0)
    old = token.get()
    token.refused(old)
    token.get()
    token.refused("another thread's older token")
    token.get()
    assert len(made) == 2 and made[1].asked == 1


def test_any_failure_to_sign_in_is_an_error_of_ours_without_the_librarys_trace():
    class Broken:
        def get_token(self, scope):
            raise RuntimeError("boom")

    with pytest.raises(AsrError) as caught:
        subject.SharedToken(Broken, "s", "tenant t").get()
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
