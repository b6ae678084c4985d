"""Microsoft.Resources: subscriptions and resource groups; and what a caller may do, and which terms were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arm import ArmRequest, ArmResponse, Router, page, resource_group_not_found, subscription_not_found

if TYPE_CHECKING:
    from .world import World

PAGE = 100
_AGREEMENT = ("/subscriptions/{sub}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine"
              "/publishers/{publisher}/offers/{offer}/plans/{plan}/agreements/current")


def install(world: World, router: Router) -> None:
    """Serve the section `resources`: `groups` (name, location, subscription, tags), `accepted_terms` (publisher, offer,
    plan)."""
    world.resources = Resources(world)
    world.resources.register(router)


class Resources:
    """Groups by subscription. `accepted`: (publisher, offer, plan) whose terms were accepted, lower case."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("resources")
        self._region = world.section("world").get("region", "westeurope")
        self._subscriptions = world.section("world").get("subscriptions") or []
        self._groups: dict[tuple[str, str], dict[str, Any]] = {}
        for entry in section.get("groups") or []:
            self._add(entry.get("subscription") or self._subscriptions[0]["id"], entry["name"], entry)
        self.accepted = {tuple(part.lower() for part in entry) for entry in section.get("accepted_terms") or []}

    def group(self, subscription: str, name: str) -> dict[str, Any] | None:
        return self._groups.get((subscription.lower(), name.lower()))

    def require_group(self, request: ArmRequest) -> dict[str, Any]:
        """The group that a request is about, or a 404."""
        found = self.group(request.params["sub"], request.params["group"])
        if found is None:
            raise resource_group_not_found(request.params["group"])
        return found

    def _add(self, subscription: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        group = self._groups[(subscription.lower(), name.lower())] = {
            "id": f"/subscriptions/{subscription}/resourceGroups/{name}", "name": name,
            "type": "Microsoft.Resources/resourceGroups", "location": entry.get("location") or self._region,
            "tags": entry.get("tags") or {}, "properties": {"provisioningState": "Succeeded"},
        }
        return group

    # --- requests ----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        router.add("GET", "/subscriptions/{sub}", self._subscription)
        router.add("GET", "/subscriptions/{sub}/resourceGroups", self._list)
        router.add("GET", "/subscriptions/{sub}/resourceGroups/{group}", self.require_group)
        router.add("PUT", "/subscriptions/{sub}/resourceGroups/{group}", self._put)
        scope = "/subscriptions/{sub}/resourceGroups/{group}"
        for below in ("", "/{kind}/{name}", "/{kind}/{name}/{child}/{child_name}"):
            resource = f"{scope}/providers/{{namespace}}{below}" if below else scope
            router.add("GET", f"{resource}/providers/Microsoft.Authorization/permissions", self._permissions,
                       permission=None)
        router.add("GET", _AGREEMENT, self._agreement)

    def _subscription(self, request: ArmRequest) -> dict:
        for entry in self._subscriptions:
            if entry["id"].lower() == request.params["sub"].lower():
                return {
                    "id": f"/subscriptions/{entry['id']}", "subscriptionId": entry["id"],
                    "tenantId": self._world.section("world")["tenant"]["id"], "displayName": entry["name"],
                    "state": "Enabled", "authorizationSource": "RoleBased",
                    "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01",
                                             "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
                }
        raise subscription_not_found(request.params["sub"])

    def _list(self, request: ArmRequest) -> dict:
        wanted = request.params["sub"].lower()
        found = [group for (subscription, unused), group in self._groups.items() if subscription == wanted]
        return page(found, request, PAGE)

    def _put(self, request: ArmRequest) -> ArmResponse:
        known = self.group(request.params["sub"], request.params["group"]) is not None
        group = self._add(request.params["sub"], request.params["group"], request.body or {})
        return ArmResponse(200 if known else 201, group)

    def _permissions(self, request: ArmRequest) -> dict:
        """What the caller may do at a scope; anybody may ask that of himself."""
        self.require_group(request)
        scope = request.path.lower().partition("/providers/microsoft.authorization/")[0]
        allowed = self._world.access.permissions(request.caller, scope)
        return {"value": [{**entry, "dataActions": [], "notDataActions": []} for entry in allowed]}

    def _agreement(self, request: ArmRequest) -> dict:
        publisher, offer, plan = (request.params[name] for name in ("publisher", "offer", "plan"))
        terms = f"https://terms.example/{publisher}/{plan}"
        return {
            "id": request.path, "name": plan, "type": "Microsoft.MarketplaceOrdering/offertypes",
            "properties": {
                "publisher": publisher, "product": offer, "plan": plan, "licenseTextLink": f"{terms}/license",
                "privacyPolicyLink": f"{terms}/privacy", "marketplaceTermsLink": f"{terms}/marketplace",
                "retrieveDatetime": self._world.clock.text(), "signature": "rehearsal",
                "accepted": (publisher.lower(), offer.lower(), plan.lower()) in self.accepted,
            },
        }
