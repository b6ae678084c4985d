"""An Azure that answers what a test tells it to, below all of the product's own code: at the connection."""

from __future__ import annotations

import io
import json
import threading

import requests
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from urllib3 import HTTPResponse

SUBSCRIPTION = "5a1e0000-0000-4000-8000-000000000001"
PARAMS = {
    "subscription_id": SUBSCRIPTION,
    "tenant": "11111111-aaaa-4bbb-8ccc-000000000001",
    "client_id": "app",
    "secret": "s3cret-canary",
    "auth_source": "client_secret",
}


class Answer:
    """One answer; ``body`` is sent as JSON unless it is text."""

    def __init__(self, status=200, body=None, **headers):
        self.status = status
        self.body = body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class LostConnection:
    """Instead of an answer: the connection breaks after the request was sent."""


class ScriptedAzure(requests.adapters.BaseAdapter):
    """Answers requests to ARM one after the other from ``answers`` and keeps them in ``requests``; signing in always
    works.

    ``sign_in``: an `Answer` of Entra ID in place of a token.
    """

    def __init__(self, *answers, sign_in=None, lifetime=3600):
        super().__init__()
        self.answers = list(answers)
        self.requests = []
        self.tokens = 0
        self._sign_in = sign_in
        self._lifetime = lifetime
        self._lock = threading.Lock()

    def send(self, request, **unused):
        with self._lock:
            if "login.microsoftonline" in request.url:
                answer = self._entra(request)
            else:
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, LostConnection):
            raise requests.exceptions.ConnectionError(
                requests.packages.urllib3.exceptions.ProtocolError("Connection aborted.")
            )
        return _response(request, answer)

    def _entra(self, request):
        if request.method == "GET":
            base = request.url.split("/v2.0/")[0]
            return Answer(
                body={
                    "metadata": [],
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{base}/authorize",
                    "issuer": base,
                }
            )
        self.tokens += 1
        return self._sign_in or Answer(
            body={"token_type": "Bearer", "expires_in": self._lifetime, "access_token": f"token-{self.tokens}"}
        )

    def close(self):
        """Nothing is open."""

    def methods_and_paths(self):
        return [(request.method, request.path_url.partition("?")[0]) for request in self.requests]


def _response(request, answer):
    body = answer.body if isinstance(answer.body, str) else "" if answer.body is None else json.dumps(answer.body)
    headers = {
        "Content-Type": "application/json",
        "x-ms-correlation-request-id": "c0ffee00-1111-2222-3333-444444444444",
        **answer.headers,
    }
    raw = HTTPResponse(io.BytesIO(body.encode()), headers=headers, status=answer.status, preload_content=False)
    response = requests.adapters.HTTPAdapter().build_response(request, raw)
    return response


def session(azure, **params):
    """A session of the product over a `ScriptedAzure`, which waits for nothing; its ``pauses`` tell how long it would
    have."""
    opened = AzureSession({**PARAMS, **params})
    opened._transport.session.mount("https://", azure)
    opened.pauses = []
    opened._pacer._sleep = opened.pauses.append
    policies = opened._policies

    def without_sleep():
        steps = policies()
        for step in steps:
            if hasattr(step, "_sleep"):
                step._sleep = opened.pauses.append
        return steps

    opened._policies = without_sleep
    return opened
