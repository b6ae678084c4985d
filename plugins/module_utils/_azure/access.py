# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions about what the identity may do and what the subscription has agreed to. Decides nothing; private to this
collection."""

from __future__ import annotations

PERMISSIONS_API_VERSION = "2022-04-01"
MARKETPLACE_API_VERSION = "2021-01-01"


def permissions(session, subscription_id, resource_group):
    """The roles' permissions of the identity in a group: ``[{"actions", "notActions"}, …]``; `None` where there is no
    such group."""
    group = f"/subscriptions/{subscription_id}/resourceGroups/{resource_group}"
    path = f"{group}/providers/Microsoft.Authorization/permissions"
    found = []
    link, version = path, PERMISSIONS_API_VERSION
    while link:
        page = session.get(link, version, tried="reading the permissions", on=f"group {resource_group}")
        if page is None:
            return None
        found.extend(page.get("value") or [])
        # A next link carries its own version.
        link, version = page.get("nextLink"), None
    return found


def marketplace_agreement(session, subscription_id, publisher, offer, plan):
    """The agreement to an image's terms, ``properties.accepted`` in it; `None` where there is none."""
    path = (
        f"/subscriptions/{subscription_id}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine"
        f"/publishers/{publisher}/offers/{offer}/plans/{plan}/agreements/current"
    )
    return session.get(
        path, MARKETPLACE_API_VERSION, tried="reading the agreement to the terms", on=f"{publisher}:{offer}:{plan}"
    )
