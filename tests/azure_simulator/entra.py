"""Entra ID: discovery and tokens by client secret, as the Microsoft Authentication Library asks for them, and the check
of a token where ARM gets it.

Error texts: "reference-error-codes" of the Microsoft identity platform; ARM's answers to bad tokens as its front door
words them. Tokens are opaque to clients; these look like JSON Web Tokens and are known here by their text.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .arm import ArmError, ArmRequest, ArmResponse, Caller, Router

if TYPE_CHECKING:
    from .world import World

HOST = "login.microsoftonline.com"
_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")


@dataclass(frozen=True)
class Token:
    caller: Caller
    audience: str
    expires: datetime


def install(world: World, router: Router) -> None:
    """Serve tokens for the scenario's tenant and clients; `world.token.lifetime_seconds` (default 3599)."""
    world.entra = Entra(world)
    for version in ("", "/v2.0"):
        router.add("GET", "/{tenant}" + version + "/.well-known/openid-configuration",
                   world.entra.openid_configuration, host=HOST)
        path = "/{tenant}/oauth2" + version + "/token"
        router.add("POST", path, world.entra.token, host=HOST)
    router.add("GET", "/common/discovery/instance", world.entra.discovery, host=HOST)


class Entra:
    """The tenant, its applications and the tokens it gave out."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("world")
        self._tenant = section["tenant"]
        self.clients = {client["id"].lower(): dict(client) for client in section.get("clients") or []}
        self.lifetime_seconds = int((section.get("token") or {}).get("lifetime_seconds", 3599))
        self._tokens: dict[str, Token] = {}

    # --- discovery -------------------------------------------------------------------------------------------------

    def discovery(self, request: ArmRequest) -> ArmResponse:
        tenant = request.query.get("authorization_endpoint", "").split(f"https://{HOST}/")[-1].split("/")[0]
        return ArmResponse(200, {
            "tenant_discovery_endpoint":
                f"https://{HOST}/{tenant or self._tenant['id']}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": HOST, "preferred_cache": "login.windows.net",
                          "aliases": [HOST, "login.windows.net", "login.microsoft.com", "sts.windows.net"]}],
        })

    def openid_configuration(self, request: ArmRequest) -> ArmResponse:
        if not self._is_tenant(request.params["tenant"]):
            return self._unknown_tenant(request)
        root = f"https://{HOST}/{self._tenant['id']}"
        return ArmResponse(200, {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{root}/v2.0",
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "http_logout_supported": True, "frontchannel_logout_supported": True,
            "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
            "rbac_url": "https://pas.windows.net",
        })

    # --- tokens ----------------------------------------------------------------------------------------------------

    def token(self, request: ArmRequest) -> ArmResponse:
        form = {name: values[0] for name, values in parse_qs(request.raw_body.decode("utf-8", "replace")).items()}
        if not self._is_tenant(request.params["tenant"]):
            return self._unknown_tenant(request)
        grant = form.get("grant_type", "")
        if grant != "client_credentials":
            return self._error(request, 400, "unsupported_grant_type" if grant else "invalid_request", 70003 if grant
                               else 900144, f"The app requested an unsupported grant type '{grant}'." if grant else
                               "The request body must contain the following parameter: 'grant_type'.")
        client = self.clients.get(form.get("client_id", "").lower())
        if client is None:
            return self._error(
                request, 400, "unauthorized_client", 700016,
                f"Application with identifier '{form.get('client_id', '')}' was not found in the directory "
                f"'{self._tenant.get('name', self._tenant['id'])}'. This can happen if the application has not been "
                "installed by the administrator of the tenant or consented to by any user in the tenant. You may have "
                "sent your authentication request to the wrong tenant.")
        if not form.get("client_secret"):
            return self._error(request, 401, "invalid_client", 7000218, "The request body must contain the following "
                               "parameter: 'client_assertion' or 'client_secret'.")
        if not hmac.compare_digest(form["client_secret"].encode(), client["secret"].encode()):
            return self._error(request, 401, "invalid_client", 7000215,
                               "Invalid client secret provided. Ensure the secret being sent in the request is the "
                               "client secret value, not the client secret ID, for a secret added to app "
                               f"'{client['id']}'.")
        audience = form.get("scope", form.get("resource", "")).strip().removesuffix("/.default").rstrip("/")
        if not audience.startswith("https://"):
            return self._error(request, 400, "invalid_scope", 1002012, "The provided value for scope "
                               f"{form.get('scope', '')} is not valid. Client credential flows must have a scope value "
                               "with /.default suffixed to the resource identifier (application ID URI).")
        return ArmResponse(200, {"token_type": "Bearer", "expires_in": self.lifetime_seconds,
                                 "ext_expires_in": self.lifetime_seconds,
                                 "access_token": self._issue(client, audience)},
                           {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})

    def _issue(self, client: dict[str, Any], audience: str) -> str:
        now = self._world.clock.now()
        expires = now + timedelta(seconds=self.lifetime_seconds)
        claims = {"aud": audience, "iss": f"https://sts.windows.net/{self._tenant['id']}/",
                  "iat": int(now.timestamp()), "nbf": int(now.timestamp()), "exp": int(expires.timestamp()),
                  "appid": client["id"], "oid": client["object_id"], "tid": self._tenant["id"], "idtyp": "app",
                  "uti": secrets.token_urlsafe(16), "ver": "1.0"}
        parts = [json.dumps({"typ": "JWT", "alg": "RS256"}).encode(), json.dumps(claims).encode(),
                 secrets.token_bytes(256)]
        text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self._tokens[text] = Token(Caller(client["id"], client["object_id"], self._tenant["id"]), audience, expires)
        return text

    def expire_tokens(self) -> None:
        """Let every token given out so far be past its end."""
        past = self._world.clock.ago(60)
        self._tokens = {text: Token(token.caller, token.audience, past) for text, token in self._tokens.items()}

    # --- what ARM does with a token ----------------------------------------------------------------------------------

    def caller(self, request: ArmRequest) -> Caller:
        """The caller behind the request's bearer token, or ARM's 401."""
        scheme, unused, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise self._refused("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.",
                                "The authentication failed because of missing 'Authorization' header.")
        token = self._tokens.get(text.strip())
        if token is None:
            raise self._refused("InvalidAuthenticationToken", "The access token is invalid.",
                                "Could not parse JWT token.")
        if token.audience not in _AUDIENCES:
            raise self._refused(
                "InvalidAuthenticationTokenAudience",
                f"The access token has been obtained for wrong audience or resource '{token.audience}'. It should "
                f"exactly match with one of the allowed audiences '{','.join(_AUDIENCES)}'.",
                "The access token has the wrong audience.")
        now = self._world.clock.now()
        if token.expires <= now:
            raise self._refused(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{token.expires:%m/%d/%Y %I:%M:%S %p}' is earlier than current UTC "
                f"time '{now:%m/%d/%Y %I:%M:%S %p}'.", "The access token expiry UTC time is earlier than current time.")
        return token.caller

    def _refused(self, code: str, message: str, description: str) -> ArmError:
        return ArmError(401, code, message, headers={
            "WWW-Authenticate": f'Bearer authorization_uri="https://{HOST}/{self._tenant["id"]}", '
                                f'error="invalid_token", error_description="{description}"'})

    # --- errors of Entra ID ------------------------------------------------------------------------------------------

    def _is_tenant(self, name: str) -> bool:
        return name.lower() in (self._tenant["id"].lower(), str(self._tenant.get("domain", "")).lower())

    def _unknown_tenant(self, request: ArmRequest) -> ArmResponse:
        return self._error(request, 400, "invalid_tenant" if request.method == "GET" else "invalid_request", 90002,
                           f"Tenant '{request.params['tenant']}' not found. Check to make sure you have the correct "
                           "tenant ID and are signing into the correct cloud. Check with your subscription "
                           "administrator, this may happen if there are no active subscriptions for the tenant.")

    def _error(self, request: ArmRequest, status: int, error: str, code: int, text: str) -> ArmResponse:
        trace = str(uuid.uuid4())
        correlation = request.headers.get("client-request-id") or str(uuid.uuid4())
        moment = f"{self._world.clock.now():%Y-%m-%d %H:%M:%SZ}"
        return ArmResponse(status, {
            "error": error,
            "error_description": f"AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} "
                                 f"Timestamp: {moment}",
            "error_codes": [code], "timestamp": moment, "trace_id": trace, "correlation_id": correlation,
            "error_uri": f"https://{HOST}/error?code={code}",
        })
