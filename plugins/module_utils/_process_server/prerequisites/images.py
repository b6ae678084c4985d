# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the image offered in the region, and are its terms accepted. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    not_applicable,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    image_key,
)


def checks(facts, places):
    return [check for place in places for check in (_offered(facts, place), _terms(facts, place))]


def plan_of(image):
    """The purchase plan of an image, `None` where no terms need to be accepted."""
    plan = ((image or {}).get("properties") or {}).get("plan") or {}
    return plan if plan.get("name") else None


def agreement_key(entry, plan):
    return (entry["subscription_id"].lower(), plan["publisher"].lower(), plan["product"].lower(), plan["name"].lower())


def describe(image):
    """An image as an administrator writes it."""
    return (
        image["id"] if image.get("id") else ":".join(image[part] for part in ("publisher", "offer", "sku", "version"))
    )


def release(image):
    """The year of the Windows Server release that a marketplace image is, `None` where its name does not tell.

    SKUs of Windows Server begin with it (``2016-Datacenter``); the process server's own is ``Windows-2012-R2-Datacenter``.
    """
    if image.get("id"):
        return None
    return next(
        (int(part) for part in image["sku"].split("-") if part.isdigit() and len(part) == 4 and part.startswith("20")),
        None,
    )


def _offered(facts, place):
    if place.deployed:
        return ok("image", place.name, "the machine is there already")
    wanted = describe(place.entry["image"])
    if not place.region:
        return unknown("image", place.name, "the region is not known: neither location nor the network's could be read")
    image = facts.of("images", image_key(place.entry, place.region))
    if not image.known:
        return unknown("image", place.name, image.unknown)
    if image.value is None:
        return failed(
            "image",
            place.name,
            f"{wanted} is not offered in {place.region}",
            "Choose another image; az vm image list --all shows what a publisher offers",
        )
    if (
        place.entry["image"].get("id")
        and (image.value.get("location") or place.region).replace(" ", "").lower() != place.region
        and "/galleries/" not in wanted.lower()
    ):
        return failed(
            "image",
            place.name,
            f"{wanted} lies in {image.value['location']}, the server in {place.region}",
            "Copy the image to the server's region",
        )
    return ok(
        "image",
        place.name,
        f"{wanted} is offered in {place.region}"
        + (
            f", version {image.value['name']}" if image.value.get("name") and not place.entry["image"].get("id") else ""
        ),
    )


def _terms(facts, place):
    if place.deployed:
        return ok("image_terms", place.name, "the machine is there already")
    image = facts.of("images", image_key(place.entry, place.region))
    if not image.known or image.value is None:
        return unknown("image_terms", place.name, "the image could not be read")
    plan = plan_of(image.value)
    if plan is None:
        return not_applicable("image_terms", place.name, "this image has no terms to accept")
    name = f"{plan['publisher']}:{plan['product']}:{plan['name']}"
    agreement = facts.of("agreements", agreement_key(place.entry, plan))
    if not agreement.known:
        return unknown("image_terms", place.name, agreement.unknown)
    if ((agreement.value or {}).get("properties") or {}).get("accepted"):
        return ok("image_terms", place.name, f"the terms of {name} are accepted")
    return failed(
        "image_terms",
        place.name,
        f"the terms of {name} are not accepted in subscription {place.entry['subscription_id']}",
        f"Read and accept them once: az vm image terms accept --publisher {plan['publisher']} --offer {plan['product']} --plan {plan['name']}",
    )
