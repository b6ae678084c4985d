# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who we are to Azure: one token for all threads and clients. Private to this collection."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _loading
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

# A token is renewed this long before its end, or after four fifths of a short life.
RENEW_SECONDS = 300

# Where a virtual machine in Azure asks for its identity; elsewhere nothing answers there.
METADATA_SERVICE = ("169.254.169.254", 80)

# Microsoft's "Microsoft Entra authentication and authorization error codes".
CURES = {
    "AADSTS7000215": "The secret is wrong: give the secret's value, not its id, as secret or AZURE_SECRET",
    "AADSTS7000222": "The secret has expired: create a new one for the application and give it as secret or "
    "AZURE_SECRET",
    "AADSTS700016": "The tenant has no such application: correct client_id or tenant",
    "AADSTS90002": "There is no such tenant: correct tenant or AZURE_TENANT",
    "AADSTS900023": "The tenant is neither an id nor a domain name: correct tenant or AZURE_TENANT",
    "AADSTS7000112": "The application is disabled: enable it in Entra ID",
    "AADSTS7000229": "The application has no service principal in this tenant: create one, or correct tenant",
    "AADSTS50079": "This account needs a second factor: use a service principal",
    "AADSTS53003": "A conditional access policy blocks the identity: ask its owner",
}


def check(params, environment=None, find=shutil.which, in_azure=None):
    """Which source of credentials to use: ``client_secret``, ``azure_cli`` or ``managed_identity``; `Refusal` for none.

    ``params``: ``auth_source``, ``tenant``, ``client_id``, ``secret``. ``auto`` takes the client secret when one is
    given, else a signed-in Azure CLI, else the managed identity of the machine.
    """
    environment = os.environ if environment is None else environment
    source = params.get("auth_source") or "auto"
    given = {name: bool(params.get(name)) for name in ("tenant", "client_id", "secret")}
    if source == "client_secret" or (source == "auto" and given["secret"]):
        lacking = [name for name, there in given.items() if not there]
        if lacking:
            raise _refusal(
                f"{' and '.join(lacking)} not given",
                "Give tenant, client_id and secret, or set AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET",
            )
        return "client_secret"
    if source != "auto":
        return source
    if find("az"):
        return "azure_cli"
    if any(environment.get(name) for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT")) or (in_azure or _answers)():
        return "managed_identity"
    partly = ", ".join(f"{name} is {'given' if there else 'not given'}" for name, there in given.items())
    raise _refusal(
        f"there are none: {partly}; there is no Azure CLI, and this machine has no managed identity",
        "Give tenant, client_id and secret, or set AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET",
    )


def _refusal(said, cure):
    return Refusal("finding credentials for Azure", code="no credentials", said=said, cure=cure)


def _answers():
    try:
        with socket.create_connection(METADATA_SERVICE, timeout=1):
            return True
    except OSError:
        return False


def open_credential(source, params, authority, transport):
    """The credential object of azure-identity for one ``source`` of `check`."""
    with _loading.quickly():
        import azure.identity

    if source == "client_secret":
        return azure.identity.ClientSecretCredential(
            params["tenant"], params["client_id"], params["secret"], authority=authority, transport=transport
        )
    if source == "azure_cli":
        return azure.identity.AzureCliCredential(tenant_id=params.get("tenant") or "")
    return azure.identity.ManagedIdentityCredential(client_id=params.get("client_id") or None)


class SharedToken:
    """One token for all threads: while one thread fetches it, the others wait instead of asking too.

    ``make_credential``: makes a fresh credential, so that a token the service no longer takes is not answered again
    from its cache. ``describe``: names the identity in errors.
    """

    def __init__(self, make_credential, scope, describe, clock=time.time):
        self._make_credential = make_credential
        self._scope = scope
        self._describe = describe
        self._clock = clock
        self._credential = None
        self._token = None
        self._renew_at = 0.0
        self._lock = threading.Lock()

    def get(self):
        """The token as text."""
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                self._fetch()
            return self._token

    def refused(self, token):
        """The service did not take ``token``; unless another thread was faster, the next `get` fetches a new one."""
        with self._lock:
            if token == self._token:
                self._token = self._credential = None

    def _fetch(self):
        try:
            if self._credential is None:
                self._credential = self._make_credential()
            answer = self._credential.get_token(self._scope)
        except ImportError:
            raise
        except Exception as exc:
            raise authentication_error(exc, self._describe) from None
        left = answer.expires_on - self._clock()
        self._renew_at = self._clock() + left - min(RENEW_SECONDS, left / 5)
        self._token = answer.token


def authentication_error(exc, on):
    """The `AsrError` for a refused or impossible sign-in: Entra ID's code, text and correlation id, and what to do.

    The exception itself is not chained: the library's traceback holds the request with the secret.
    """
    text = " ".join(str(exc).split())
    code = re.search(r"AADSTS\d+", text)
    correlation = re.search(r"Correlation ID:? ?([0-9a-fA-F-]{36})", text, re.IGNORECASE)
    # Trace id, correlation id and timestamp follow the sentence; the correlation id is told on its own.
    said = re.sub(r"\s*Trace ID:.*$", "", text, flags=re.IGNORECASE)
    # The library's own preface and the code are told already or tell nothing.
    said = re.sub(r"^(Authentication failed: )?(AADSTS\d+: )?", "", said)
    name = code[0] if code else type(exc).__name__
    remedy = CURES.get(
        name,
        "Check tenant, client_id and secret, and that the sign-in service can be reached (HTTPS_PROXY, "
        "REQUESTS_CA_BUNDLE)",
    )
    return AsrError(
        "signing in to Azure",
        on=on,
        code=name,
        said=said[:600],
        correlation_id=correlation[1] if correlation else "",
        cure=remedy,
    )


class TokenPolicy:
    """Signs each request; a token that was refused is replaced once. A step of an Azure library's pipeline."""

    next = None

    def __init__(self, token):
        self._token = token

    def send(self, request):
        token = self._sign(request)
        response = self.next.send(request)
        if response.http_response.status_code != 401:
            return response
        self._token.refused(token)
        self._sign(request)
        return self.next.send(request)

    def _sign(self, request):
        token = self._token.get()
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        return token
