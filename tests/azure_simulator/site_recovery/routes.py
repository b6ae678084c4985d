"""Which URL of Recovery Services and Site Recovery is answered by what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..arm import ArmRequest, ArmResponse, Router, page
from . import jobs, odata, protected_items, reassociation, vault_creation, vault_health
from .errors import does_not_exist, require_group, vault_not_found
from .fabrics import Fabric
from .providers import Provider
from .vaults import Vault

if TYPE_CHECKING:
    from ..world import World

_PROVIDER = "providers/Microsoft.RecoveryServices/vaults"
VAULTS_OF_SUBSCRIPTION = f"/subscriptions/{{sub}}/{_PROVIDER}"
VAULTS = f"/subscriptions/{{sub}}/resourceGroups/{{group}}/{_PROVIDER}"
VAULT = f"{VAULTS}/{{vault}}"
FABRICS = f"{VAULT}/replicationFabrics"
FABRIC = f"{FABRICS}/{{fabric}}"
PROVIDERS = f"{FABRIC}/replicationRecoveryServicesProviders"
PROVIDER = f"{PROVIDERS}/{{provider}}"
CONTAINERS = f"{FABRIC}/replicationProtectionContainers"
CONTAINER = f"{CONTAINERS}/{{container}}"
ITEMS = f"{CONTAINER}/replicationProtectedItems"
ITEM = f"{ITEMS}/{{item}}"


def add(world: World, router: Router) -> None:
    """Register all of them."""
    handlers = Handlers(world)

    def get(template: str, handler: Callable[[Vault, ArmRequest], Any]) -> None:
        router.add("GET", template, handlers.in_vault(handler))

    def post(template: str, handler: Callable[[Vault, ArmRequest], ArmResponse]) -> None:
        router.add("POST", template, handlers.in_vault(handler))

    router.add("GET", VAULTS_OF_SUBSCRIPTION, handlers.list_vaults)
    router.add("GET", VAULTS, handlers.list_vaults)
    router.add("PUT", VAULT, lambda request: vault_creation.put(world, router, request))
    get(VAULT, lambda vault, request: vault.body())

    get(FABRICS, handlers.list_fabrics)
    get(FABRIC, lambda vault, request: vault.fabric(request).body())
    post(f"{FABRIC}/checkConsistency", handlers.check_consistency)
    post(f"{FABRIC}/reassociateGateway", handlers.reassociate_gateway)

    get(f"{VAULT}/replicationRecoveryServicesProviders", handlers.list_all_providers)
    get(PROVIDERS, handlers.list_providers)
    get(PROVIDER, lambda vault, request: handlers.provider_body(vault.provider(request)))
    post(f"{PROVIDER}/refreshProvider", handlers.refresh_provider)

    get(f"{VAULT}/replicationProtectionContainers", handlers.list_all_containers)
    get(CONTAINERS, lambda vault, request: handlers.listing("containers", vault.fabric(request).containers(), request))
    get(CONTAINER, lambda vault, request: vault.container(request)[1])

    get(f"{VAULT}/replicationProtectedItems", handlers.list_all_items)
    get(ITEMS, handlers.list_items)
    get(ITEM, lambda vault, request: vault.item(request))
    get(f"{ITEM}/recoveryPoints", handlers.list_recovery_points)
    get(f"{ITEM}/recoveryPoints/{{point}}", handlers.recovery_point)

    get(f"{VAULT}/replicationPolicies", handlers.list_policies)
    get(f"{VAULT}/replicationPolicies/{{policy}}", handlers.policy)
    get(f"{VAULT}/replicationJobs", handlers.list_jobs)
    get(f"{VAULT}/replicationJobs/{{job}}", handlers.job)
    get(f"{VAULT}/replicationVaultHealth", lambda vault, request: vault_health.body(vault))
    get(f"{VAULT}/replicationAppliances", handlers.list_appliances)
    # No scenario tells of events yet: a vault in which nothing happened has an empty list.
    get(f"{VAULT}/replicationEvents", lambda vault, request: handlers.listing("events", [], request))


class Handlers:
    """The answers; each is given the vault of the URL, and the request."""

    def __init__(self, world: World):
        self._world = world

    @property
    def _state(self):
        return self._world.site_recovery

    def in_vault(self, handler: Callable[[Vault, ArmRequest], Any]) -> Callable[[ArmRequest], Any]:
        """The handler with the vault of the request's URL, which ARM itself must know."""
        def handle(request: ArmRequest) -> Any:
            params = request.params
            vault = self._state.vault(params["sub"], params["group"], params["vault"])
            if vault is None:
                require_group(self._world, request)
                raise vault_not_found(params["vault"], params["group"])
            return handler(vault, request)
        return handle

    def listing(self, kind: str, items: Sequence[Any], request: ArmRequest, parameter: str = "skipToken") -> dict:
        """A page; its last one says `"nextLink": null`, as Site Recovery's do."""
        answer = page(items, request, self._state.page_size(kind), parameter)
        answer.setdefault("nextLink", None)
        return answer

    # --- vaults and fabrics ------------------------------------------------------------------------------------------

    def list_vaults(self, request: ArmRequest) -> dict:
        subscription, group = request.params["sub"].lower(), request.params.get("group")
        if group is not None:
            require_group(self._world, request)
        found = [vault.body() for vault in self._state.vaults.values() if vault.subscription.lower() == subscription
                 and (group is None or vault.group.lower() == group.lower())]
        return page(found, request, self._state.page_size("vaults"))

    def list_fabrics(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("fabrics", [fabric.body() for fabric in vault.fabrics], request)

    def check_consistency(self, vault: Vault, request: ArmRequest) -> ArmResponse:
        fabric = vault.fabric(request)
        return jobs.start(self._world, vault, request, jobs.CONSISTENCY, resource=fabric.id,
                          target=(fabric.identifier, fabric.friendly_name),
                          seconds=self._world.latency("check_consistency", fabric.friendly_name),
                          work=lambda: None, affected=_affected(fabric))

    def reassociate_gateway(self, vault: Vault, request: ArmRequest) -> ArmResponse:
        fabric = vault.fabric(request)
        work = reassociation.prepare(request, fabric)
        return jobs.start(self._world, vault, request, jobs.FAILOVER, resource=fabric.id,
                          target=(fabric.identifier, fabric.friendly_name),
                          seconds=self._world.latency("reassociate_gateway", fabric.friendly_name),
                          work=lambda: work(self._world.clock.now()), affected=_affected(fabric), location=False)

    # --- providers ---------------------------------------------------------------------------------------------------

    def provider_body(self, provider: Provider) -> dict:
        return provider.body(self._world.clock.now())

    def list_all_providers(self, vault: Vault, request: ArmRequest) -> dict:
        providers = [provider for fabric in vault.fabrics for provider in fabric.providers]
        return self.listing("providers", [self.provider_body(provider) for provider in providers], request)

    def list_providers(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("providers", [self.provider_body(provider) for provider in vault.fabric(request).providers],
                            request)

    def refresh_provider(self, vault: Vault, request: ArmRequest) -> ArmResponse:
        provider = vault.provider(request)
        fabric = provider.fabric

        def refresh() -> None:
            fabric.refresh(self._world.clock.now())

        return jobs.start(self._world, vault, request, jobs.REFRESH, resource=provider.id,
                          target=(fabric.identifier, fabric.friendly_name),
                          seconds=self._world.latency("refresh_provider", fabric.friendly_name),
                          work=refresh, affected=_affected(fabric))

    # --- containers and protected items ------------------------------------------------------------------------------

    def list_all_containers(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("containers", [entry for fabric in vault.fabrics for entry in fabric.containers()], request)

    def list_all_items(self, vault: Vault, request: ArmRequest) -> dict:
        wanted = odata.parse(request, protected_items.FILTERS)
        return self.listing("protected_items", vault.items(vault.fabrics, wanted), request)

    def list_items(self, vault: Vault, request: ArmRequest) -> dict:
        fabric, _container = vault.container(request)
        return self.listing("protected_items", vault.items([fabric], {}), request)

    def list_recovery_points(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("recovery_points", self._recovery_points(vault, request), request)

    def recovery_point(self, vault: Vault, request: ArmRequest) -> dict:
        return _named(request, "recovery point", request.params["point"], self._recovery_points(vault, request))

    def _recovery_points(self, vault: Vault, request: ArmRequest) -> list[dict]:
        return list(protected_items.recovery_points(vault.item(request), self._world.clock.now()))

    # --- policies, jobs, appliances ----------------------------------------------------------------------------------

    def list_policies(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("policies", list(vault.policies.values()), request)

    def policy(self, vault: Vault, request: ArmRequest) -> dict:
        return _named(request, "policy", request.params["policy"], vault.policies.values())

    def list_jobs(self, vault: Vault, request: ArmRequest) -> dict:
        wanted = odata.parse(request, jobs.FILTERS)
        newest_first = sorted(vault.jobs.values(), key=lambda job: job.started, reverse=True)
        return self.listing("jobs", [job.body() for job in newest_first if job.matches(wanted)], request)

    def job(self, vault: Vault, request: ArmRequest) -> dict:
        job = vault.jobs.get(request.params["job"].lower())
        if job is None:
            raise does_not_exist(request, "job", request.params["job"])
        return job.body()

    def list_appliances(self, vault: Vault, request: ArmRequest) -> dict:
        return self.listing("appliances", vault.appliances(), request)


def _affected(fabric: Fabric) -> dict[str, str]:
    return {"FabricId": fabric.identifier, "FabricName": fabric.friendly_name}


def _named(request: ArmRequest, what: str, name: str, things) -> dict:
    found = next((thing for thing in things if thing["name"].lower() == name.lower()), None)
    if found is None:
        raise does_not_exist(request, what, name)
    return found
