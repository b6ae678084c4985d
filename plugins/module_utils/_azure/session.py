# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to Azure: identity, cloud, clients, connections and pace. Private to this collection."""

from __future__ import annotations

import logging
import threading
import urllib.parse

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _loading
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import credentials, pacing
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.errors import guarded, translate
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

# One connection for each server that works, and some for what is shared between them.
MOST_CONNECTIONS = 160

# Seconds until a connection must stand, and between two bytes of an answer.
CONNECT_SECONDS = 30
READ_SECONDS = 120

# Our name for a cloud -> azure-core's name for it, and where it signs in.
CLOUDS = {
    "public": ("AZURE_PUBLIC_CLOUD", "login.microsoftonline.com"),
    "us_government": ("AZURE_US_GOVERNMENT", "login.microsoftonline.us"),
    "china": ("AZURE_CHINA_CLOUD", "login.partner.microsoftonline.cn"),
}

USER_AGENT = "ansible-azure_dr.site_recovery"

# The first major versions whose models hold the names of the wire; older ones rename everything, and no code serves
# both.
OLDEST = {"azure.mgmt.compute": 39, "azure.mgmt.network": 33, "azure.mgmt.recoveryservicessiterecovery": 2}


class AzureSession:
    """All that requests to Azure share; safe to use from many threads.

    ``params``: ``subscription_id``, ``tenant``, ``client_id``, ``secret``, ``auth_source``, ``cloud`` and, where the
    vault is elsewhere, ``vault_subscription_id``. Raises `Refusal` for missing credentials; wrong ones are an
    `AsrError` of the first request, with Entra ID's own code.
    """

    translate = staticmethod(translate)

    def __init__(self, params):
        self._params = params
        self.subscription_id = params.get("subscription_id") or ""
        self.vault_subscription_id = params.get("vault_subscription_id") or self.subscription_id
        self._cloud_name, self._authority = CLOUDS[params.get("cloud") or "public"]
        source = credentials.check(params)
        self._pacer = pacing.Pacer()
        self._clients = {}
        self._lock = threading.Lock()
        try:
            with _loading.quickly():
                self._open(source)
        except ImportError as exc:
            raise _missing_library(exc) from exc

    def _open(self, source):
        _quieten()
        from azure.core import AzureClouds
        from azure.mgmt.core.tools import get_arm_endpoints

        self._cloud = AzureClouds[self._cloud_name]
        endpoints = get_arm_endpoints(self._cloud)
        self.base_url = endpoints["resource_manager"].rstrip("/")
        self._scopes = endpoints["credential_scopes"]
        self._transport = _transport()
        self._token = credentials.SharedToken(
            lambda: credentials.open_credential(source, self._params, self._authority, self._transport),
            self._scopes[0],
            _describe(source, self._params),
        )

    def compute(self, subscription_id):
        """azure-mgmt-compute's client for a subscription."""
        return self._client("azure.mgmt.compute", "ComputeManagementClient", subscription_id)

    def network(self, subscription_id):
        """azure-mgmt-network's client for a subscription."""
        return self._client("azure.mgmt.network", "NetworkManagementClient", subscription_id)

    def site_recovery(self, subscription_id):
        """azure-mgmt-recoveryservicessiterecovery's client for a subscription."""
        return self._client("azure.mgmt.recoveryservicessiterecovery", "SiteRecoveryManagementClient", subscription_id)

    def _client(self, package, name, subscription_id):
        if not subscription_id:
            raise Refusal(
                "choosing the subscription",
                said="no subscription is named",
                cure="Give subscription_id, or set AZURE_SUBSCRIPTION_ID",
            )
        with self._lock:
            key = (name, subscription_id.lower())
            if key not in self._clients:
                self._clients[key] = self._new_client(package, name, subscription_id)
            return self._clients[key]

    def _new_client(self, package, name, subscription_id):
        import importlib

        try:
            with _loading.quickly():
                factory = getattr(importlib.import_module(package), name)
        except ImportError as exc:
            raise _missing_library(exc) from exc
        _refuse_old_library(package, importlib.import_module(f"{package}._version").VERSION)
        # The credential is never asked: the token is set by our own policy. The clients only insist on having one.
        return factory(
            _NoCredential(),
            subscription_id,
            base_url=self.base_url,
            credential_scopes=self._scopes,
            policies=self._policies(),
            transport=self._transport,
        )

    def _policies(self):
        """The steps of a request, fresh for each client, since the library links them to each other.

        Left out on purpose: the libraries' logging of bodies (they hold passwords), and their registering of resource
        providers on a refusal (a write nobody asked for). There is no following of redirects: ARM sends none, and a
        token must not follow one.
        """
        from azure.core.pipeline import policies

        return [
            policies.RequestIdPolicy(),
            policies.UserAgentPolicy(base_user_agent=USER_AGENT),
            policies.ContentDecodePolicy(),
            pacing.RetryPolicy(),
            credentials.TokenPolicy(self._token),
            pacing.PacingPolicy(self._pacer),
            policies.CustomHookPolicy(),
        ]

    def send(self, method, url_or_path, api_version=None, body=None):
        """One request to ARM as it is, for what the libraries lack; returns the response whatever its status.

        ``url_or_path``: a path below ARM's address, or a whole URL of ARM, which is sent word for word (an operation's
        URL carries a signature). ``api_version`` is added where given.
        """
        from azure.core.rest import HttpRequest

        request = HttpRequest(
            method, self._url(url_or_path), params={"api-version": api_version} if api_version else None, json=body
        )
        return self._raw().send_request(request)

    def get(self, url_or_path, api_version=None, tried="reading", on=""):
        """The JSON that a GET answers, or `None` where the thing is not there; other refusals raise `AsrError`."""

        def request():
            response = self.send("GET", url_or_path, api_version)
            response.raise_for_status()
            return response.json()

        return guarded(tried, on or urllib.parse.urlsplit(url_or_path).path, request, absent=True)

    def _url(self, url_or_path):
        if url_or_path.startswith("/"):
            return self.base_url + url_or_path
        # The service names this URL and our token goes there: only to ARM itself, or one of its regions.
        parts = urllib.parse.urlsplit(url_or_path)
        home = urllib.parse.urlsplit(self.base_url).hostname
        if parts.scheme != "https" or not (parts.hostname == home or (parts.hostname or "").endswith(f".{home}")):
            raise AsrError(
                "following a link of Azure",
                on=parts.hostname or "",
                said="it leads away from Azure Resource Manager",
                cure="This is not expected of Azure: look for a proxy in between",
            )
        return url_or_path

    def _raw(self):
        from azure.mgmt.core import ARMPipelineClient

        with self._lock:
            if "raw" not in self._clients:
                self._clients["raw"] = ARMPipelineClient(
                    self.base_url, policies=self._policies(), transport=self._transport
                )
            return self._clients["raw"]


class _NoCredential:
    def get_token(self, *unused_scopes, **unused_options):
        raise AssertionError("requests are signed by the collection's own policy")


def _transport():
    """One pool of connections for all threads and clients; proxy and CA come from the environment as everywhere."""
    import requests
    import urllib3
    from azure.core.pipeline.transport import RequestsTransport

    session = requests.Session()
    no_retries = urllib3.Retry(total=False, redirect=False, raise_on_status=False)
    session.mount(
        "https://",
        requests.adapters.HTTPAdapter(pool_connections=16, pool_maxsize=MOST_CONNECTIONS, max_retries=no_retries),
    )
    return RequestsTransport(
        session=session, session_owner=False, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
    )


def _quieten():
    """What goes wrong is told in our own errors; a library's warnings on a module's standard error tell it twice."""
    for name in ("azure", "msal", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def _describe(source, params):
    if source == "client_secret":
        return f"tenant {params['tenant']} as application {params['client_id']}"
    return {"azure_cli": "the Azure CLI's account", "managed_identity": "the machine's managed identity"}[source]


def _refuse_old_library(package, version):
    if int(version.partition(".")[0]) < OLDEST[package]:
        name = package.replace(".", "-")
        raise Refusal(
            "loading the Azure libraries",
            on=name,
            said=f"version {version} is installed, {OLDEST[package]} is the oldest that serves",
            cure="Install the collection's requirements.txt",
        )


def _missing_library(exc):
    name = (exc.name or "azure").partition(".")[0]
    return Refusal(
        "loading the Azure libraries",
        code="ImportError",
        said=missing_required_lib(name),
        cure="Install the collection's requirements.txt for that Python",
    )
