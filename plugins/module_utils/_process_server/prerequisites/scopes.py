# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of an id that say where permissions, gateways and listings are asked for. Pure; private to this collection."""

from __future__ import annotations


def group_id(subscription, group):
    """The id of a resource group, in lower case: a scope to ask permissions at."""
    return f"/subscriptions/{subscription}/resourcegroups/{group}".lower()


def group_of(resource_id):
    """The id of the resource group that a resource id lies in, in lower case."""
    return "/".join(resource_id.lower().split("/")[:5])


def subscription_of(resource_id):
    return _part(resource_id, 2)


def group_name_of(resource_id):
    return _part(resource_id, 4)


def name_of(resource_id):
    """The last part of an id."""
    return resource_id.rstrip("/").rpartition("/")[2]


def _part(resource_id, number):
    parts = resource_id.split("/")
    return parts[number] if len(parts) > number else ""
