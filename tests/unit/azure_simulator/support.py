"""A small world of the tests' own: one tenant, one client, no servers."""

from __future__ import annotations

import contextlib
import os
from unittest import mock

import requests

from tests.azure_simulator.running import running

TENANT = "11111111-aaaa-4bbb-8ccc-000000000009"
SUBSCRIPTION = "5a1e0000-0000-4000-8000-000000000009"
CLIENT = "c11e0000-0000-4000-8000-000000000009"
SECRET = "Unit+secret/with=odd&characters~9"
ROOT = f"https://management.azure.com/subscriptions/{SUBSCRIPTION}"
VERSION = {"api-version": "2024-07-01"}

WORLD = {
    "world": {
        "region": "westeurope",
        "tenant": {"id": TENANT, "domain": "unit.example", "name": "Unit"},
        "subscriptions": [{"id": SUBSCRIPTION, "name": "Unit"}],
        "clients": [{"id": CLIENT, "object_id": "0b1ec700-0000-4000-8000-000000000009", "secret": SECRET,
                     "roles": [{"role": "Owner", "scope": f"/subscriptions/{SUBSCRIPTION}"}]}],
        "roles": {"Owner": {"actions": ["*"]},
                  "Reader": {"actions": ["*/read"]},
                  "Machines": {"actions": ["Microsoft.Compute/*"],
                               "not_actions": ["Microsoft.Compute/virtualMachines/delete"]}},
        "retry_after": {"compute": [1, 2]},
    },
    "windows": {"installers": [{"url": "https://download.unit.example/setup/Setup%201.exe", "size_bytes": 200_000,
                                "version": "9.1"}]},
}


@contextlib.contextmanager
def small_world(changes=None, routes=None):
    """The world, with `routes(world)` registering handlers on its loop."""
    with running(WORLD, changes, subsystems=("entra", "installer_host")) as world:
        if routes is not None:
            world.call(lambda: routes(world))
        yield world


@contextlib.contextmanager
def environment(world):
    """Only the two variables that lead into the world, and nothing of the machine's own."""
    kept = {name: value for name, value in os.environ.items()
            if "proxy" not in name.lower() and not name.startswith(("AZURE_", "REQUESTS_", "CURL_"))}
    given = {name: world.environment()[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE")}
    with mock.patch.dict(os.environ, {**kept, **given}, clear=True):
        yield


@contextlib.contextmanager
def session(world, token=True):
    """A requests session inside the world, with a bearer token unless told otherwise."""
    with environment(world), requests.Session() as http:
        if token:
            answer = ask_token(http)
            assert answer.status_code == 200, answer.text
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http


def ask_token(http, tenant=TENANT, client=CLIENT, secret=SECRET, scope="https://management.azure.com/.default"):
    return http.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
                     data={"grant_type": "client_credentials", "client_id": client, "client_secret": secret,
                           "scope": scope})
