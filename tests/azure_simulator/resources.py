"""Microsoft.Resources: subscriptions and resource groups; and what a caller may do, and which terms were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arm import ArmRequest, ArmResponse, Router, page, resource_group_not_found, subscription_not_found

if TYPE_CHECKING:
    from .world import World


def install(world: World, router: Router) -> None:
    world.resources = Resources(world)
    world.resources.register(router)


class Resources:
    """Groups by subscription. The section ``resources`` lists them: name, location, subscription."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("resources")
        subscriptions = world.section("world").get("subscriptions") or []
        self._groups: dict[tuple[str, str], dict[str, Any]] = {}
        for entry in section.get("groups") or []:
            subscription = entry.get("subscription") or subscriptions[0]["id"]
            self._groups[(subscription.lower(), entry["name"].lower())] = {
                "id": f"/subscriptions/{subscription}/resourceGroups/{entry['name']}", "name": entry["name"], "type": "Microsoft.Resources/resourceGroups",
                "location": entry.get("location") or world.section("world").get("region", "westeurope"), "tags": entry.get("tags") or {}, "properties": {"provisioningState": "Succeeded"},
            }
        # (publisher, offer, plan) whose terms were accepted, lower case.
        self.accepted = {tuple(part.lower() for part in entry) for entry in section.get("accepted_terms") or []}

    def group(self, subscription: str, name: str) -> dict[str, Any] | None:
        return self._groups.get((subscription.lower(), name.lower()))

    def register(self, router: Router) -> None:
        router.add("GET", "/subscriptions/{sub}", self._subscription)
        router.add("GET", "/subscriptions/{sub}/resourceGroups", self._list)
        router.add("GET", "/subscriptions/{sub}/resourceGroups/{group}", self._get)
        router.add("PUT", "/subscriptions/{sub}/resourceGroups/{group}", self._put)
        for scope in ("/subscriptions/{sub}/resourceGroups/{group}", "/subscriptions/{sub}/resourceGroups/{group}/providers/{namespace}/{kind}/{name}"):
            router.add("GET", f"{scope}/providers/Microsoft.Authorization/permissions", self._permissions, permission=None)
        router.add("GET", "/subscriptions/{sub}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{publisher}/offers/{offer}/plans/{plan}/agreements/current", self._agreement)

    def _subscription(self, request: ArmRequest) -> dict:
        for entry in self._world.section("world").get("subscriptions") or []:
            if entry["id"].lower() == request.params["sub"].lower():
                return {"id": f"/subscriptions/{entry['id']}", "subscriptionId": entry["id"], "tenantId": self._world.section("world")["tenant"]["id"], "displayName": entry["name"], "state": "Enabled", "authorizationSource": "RoleBased", "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"}}
        raise subscription_not_found(request.params["sub"])

    def _list(self, request: ArmRequest) -> dict:
        found = [group for (subscription, _name), group in self._groups.items() if subscription == request.params["sub"].lower()]
        return page(found, request, 100)

    def _get(self, request: ArmRequest) -> dict:
        found = self.group(request.params["sub"], request.params["group"])
        if found is None:
            raise resource_group_not_found(request.params["group"])
        return found

    def _put(self, request: ArmRequest) -> ArmResponse:
        key = (request.params["sub"].lower(), request.params["group"].lower())
        known = key in self._groups
        body = request.body or {}
        self._groups[key] = {
            "id": f"/subscriptions/{request.params['sub']}/resourceGroups/{request.params['group']}", "name": request.params["group"], "type": "Microsoft.Resources/resourceGroups",
            "location": body.get("location", "westeurope"), "tags": body.get("tags") or {}, "properties": {"provisioningState": "Succeeded"},
        }
        return ArmResponse(200 if known else 201, self._groups[key])

    def _permissions(self, request: ArmRequest) -> dict:
        if self.group(request.params["sub"], request.params["group"]) is None:
            raise resource_group_not_found(request.params["group"])
        scope = request.path.lower().partition("/providers/microsoft.authorization")[0]
        return {"value": [dict(entry, dataActions=[], notDataActions=[]) for entry in self._world.access.permissions(request.caller, scope)]}

    def _agreement(self, request: ArmRequest) -> dict:
        publisher, offer, plan = (request.params[name] for name in ("publisher", "offer", "plan"))
        accepted = (publisher.lower(), offer.lower(), plan.lower()) in self.accepted
        return {
            "id": request.path, "name": plan, "type": "Microsoft.MarketplaceOrdering/offertypes",
            "properties": {
                "publisher": publisher, "product": offer, "plan": plan, "licenseTextLink": f"https://terms.example/{plan}/license", "privacyPolicyLink": "https://terms.example/privacy",
                "marketplaceTermsLink": "https://terms.example/marketplace", "retrieveDatetime": self._world.clock.text(), "signature": "rehearsal", "accepted": accepted,
            },
        }
