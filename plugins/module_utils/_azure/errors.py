# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns what an Azure library raises into the one family of errors. Requests nothing; private to this collection."""

from __future__ import annotations

import html
import json
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError

# A page of HTML instead of JSON (seen on a 503) says little in its first lines and nothing later.
MOST_HTML = 200

# 404 does not always mean that the thing asked for is absent: these codes say that the question itself was wrong.
WRONG_QUESTION = {
    "subscriptionnotfound",
    "invalidsubscriptionid",
    "invalidresourcetype",
    "invalidresourcenamespace",
    "invalidauthenticationtokentenant",
}

CURES = {
    "authorizationfailed": "Give the identity a role with this action at this scope; a role given a moment "
    "ago takes some minutes to work",
    "linkedauthorizationfailed": "Give the identity a role with this action at the linked scope",
    "subscriptionnotfound": "Correct subscription_id, or give the identity a role in that subscription",
    "invalidauthenticationtokentenant": "The subscription belongs to another tenant: correct tenant or subscription_id",
    "missingsubscriptionregistration": "Register the resource provider in the subscription once (az provider register)",
    "resourcepurchasevalidationfailed": "Accept the terms of the image in this subscription (az vm image terms accept)",
    "marketplacepurchaseeligibilityfailed": "Accept the terms of the image in this subscription (az vm "
    "image terms accept)",
    "operationnotallowed": "If a quota is named: raise it, or choose a smaller size or another region",
    "quotaexceeded": "Raise the quota, or choose a smaller size or another region",
    "skunotavailable": "Choose another size or another region",
    "allocationfailed": "Azure has no room for this size there at present: run again later, or choose another size",
    "zonalallocationfailed": "Azure has no room for this size there at present: run again later, or choose "
    "another size",
    "scopelocked": "A lock protects it: remove the lock if this is meant",
    "requestdisallowedbypolicy": "An Azure Policy forbids it: ask its owner, or change what is asked for",
    "resourcenotfound": "Correct its name, its resource group or the subscription, which the text has",
    "resourcegroupnotfound": "Create the resource group, or correct its name",
    "toomanyrequests": "Azure throttles this identity: run again later",
}


def translate(exc, tried, on=""):
    """The `AsrError` for an exception of an Azure library; an `AsrError` stays what it is.

    ``tried``: what was done, in plain words; ``on``: on which thing. Error bodies are read in all three shapes the
    service sends: ``{"error": {…}}``, a bare ``{"code", "message"}``, and HTML.
    """
    if isinstance(exc, AsrError):
        return exc
    response = getattr(exc, "response", None)
    if response is None:
        return _without_answer(exc, tried, on)
    error = read_error(_text(response))
    code = error["code"] or f"HTTP {response.status_code}"
    return AsrError(
        tried,
        on=on,
        code=code,
        said=error["message"] or _reason(response),
        correlation_id=correlation_id(response.headers),
        cure=cure(code),
    )


def from_error(error, tried, on="", correlation=""):
    """The `AsrError` for the ``error`` object in the body of an operation that failed."""
    known = _flatten(error or {})
    return AsrError(
        tried,
        on=on,
        code=known["code"] or "Failed",
        said=known["message"] or "Azure gives no reason",
        correlation_id=correlation,
        cure=cure(known["code"]),
    )


def cure(code):
    """What to do about a code of the service, or nothing where only its own text helps."""
    return CURES.get((code or "").lower(), "")


def read_error(text):
    """``{"code", "message"}`` of an error body in any of the shapes the service sends."""
    try:
        body = json.loads(text)
    except ValueError:
        plain = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text or "")).split())
        return {"code": "", "message": plain[:MOST_HTML]}
    if not isinstance(body, dict):
        return {"code": "", "message": ""}
    inner = body.get("error")
    if isinstance(inner, str):
        # Entra ID and some gateways: {"error": "code", "error_description": "text"}.
        return {"code": inner, "message": body.get("error_description") or ""}
    return _flatten(inner if isinstance(inner, dict) else body)


def _flatten(error):
    """Code and message, with the texts of the details: the top level often says no more than that something failed."""
    message = str(error.get("message") or error.get("Message") or "")
    for detail in error.get("details") or []:
        if not isinstance(detail, dict):
            continue
        for key in ("message", "possibleCauses", "recommendedAction"):
            text = str(detail.get(key) or "").strip()
            if text and text not in message:
                message = f"{message.rstrip()} {text}".strip()
    return {"code": str(error.get("code") or error.get("Code") or ""), "message": message}


def correlation_id(headers):
    """What Microsoft's support asks for."""
    return headers.get("x-ms-correlation-request-id") or headers.get("x-ms-request-id") or ""


def is_absent(exc):
    """Whether a refused read says that the thing is not there, rather than that the question was wrong."""
    response = getattr(exc, "response", None)
    if response is None or response.status_code != 404:
        return False
    return read_error(_text(response))["code"].lower() not in WRONG_QUESTION


def _text(response):
    # text() is a method of the new kind of response, and both kinds occur.
    try:
        return response.text() if callable(response.text) else response.text
    except Exception:  # a body that was cut off or badly encoded must not hide the status
        return ""


def _reason(response):
    return f"{response.status_code} {getattr(response, 'reason', '') or ''}".strip()


def _without_answer(exc, tried, on):
    """No answer came: the connection failed, or the library gave up before sending."""
    words = " ".join(str(exc).split())
    if "certificate verify failed" in words.lower():
        help_text = (
            "The certificate is not trusted: if a proxy inspects TLS, name its CA in the "
            "environment variable REQUESTS_CA_BUNDLE"
        )
    else:
        help_text = (
            "Check name resolution, the proxy settings of the environment (HTTPS_PROXY, NO_PROXY) "
            "and the firewall, then run again"
        )
    return AsrError(tried, on=on, code="no answer", said=f"{type(exc).__name__}: {words[:400]}", cure=help_text)


def guarded(tried, on, request, absent=False):
    """What ``request()`` returns; its error as an `AsrError`. With ``absent`` a thing that is not there is `None`."""
    from azure.core.exceptions import AzureError

    try:
        return request()
    except AzureError as exc:
        if absent and is_absent(exc):
            return None
        raise translate(exc, tried, on) from exc
