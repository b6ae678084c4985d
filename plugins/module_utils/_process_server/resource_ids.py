# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids of Azure resources: taken apart, put together, compared. Pure; private to this collection."""

from __future__ import annotations

import re


def parse(resource_id, resource_type=""):
    """``{"subscription_id", "resource_group", "type", "name"}`` of an id, or `None` where it is none of that type.

    ``resource_type``: like ``Microsoft.Network/virtualNetworks``; empty for any. Case does not matter: Azure itself
    answers with another case than it was asked.
    """
    match = re.fullmatch(
        r"/subscriptions/(?P<subscription_id>[^/]+)/resourceGroups/(?P<resource_group>[^/]+)/providers/(?P<type>[^/]+/[^/]+)/(?P<name>[^/]+)/?",
        resource_id or "",
        re.IGNORECASE,
    )
    if not match or (resource_type and match["type"].lower() != resource_type.lower()):
        return None
    return match.groupdict()


def build(subscription_id, resource_group, resource_type, name):
    """The id of a resource."""
    return f"/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/{resource_type}/{name}"


def same(one, other):
    """Whether two ids, names or regions are the same; `None` is the same as nothing but itself."""
    return key(one) == key(other)


def key(resource_id):
    """An id as the key of a dict."""
    return None if resource_id is None else resource_id.rstrip("/").lower()


def region(location):
    """A region's name as Azure answers it: ``West Europe`` is ``westeurope``."""
    return (location or "").replace(" ", "").lower()
