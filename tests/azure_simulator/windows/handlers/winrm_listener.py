"""get_winrm_listener, create_winrm_listener."""

from __future__ import annotations

from tests.azure_simulator.windows.handlers.notation import settled, thrown
from tests.azure_simulator.windows.host import HTTPS_PORT, Certificate, FirewallRule, Host, WorldHooks

RULE = FirewallRule("azure_dr-winrm-https", "WinRM over HTTPS (azure_dr.site_recovery)", "Inbound", "Allow", "TCP", str(HTTPS_PORT))


def get_winrm_listener(host: Host, _parameters: dict, _hooks: WorldHooks) -> dict:
    if host.service("WinRM").status != "Running":
        return {"listeners": []}
    listeners = []
    for listener in host.listeners:
        certificate = host.certificate(listener.thumbprint)
        sha256 = certificate.sha256 if certificate else None
        listeners.append({"transport": listener.transport, "port": listener.port, "thumbprint": listener.thumbprint, "sha256": sha256})
    return {"listeners": listeners}


async def create_winrm_listener(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    service = host.service("WinRM")
    service.start_type, service.status = "Automatic", "Running"
    certificate = _usable_certificate(host)
    if certificate is None:
        certificate = await settled(hooks.new_certificate(host, parameters["dns_name"]))
        listener = host.add_listener("HTTPS", HTTPS_PORT, certificate)
        await settled(hooks.listen(host, listener))
    host.firewall_rules.setdefault(RULE.name, RULE)
    return {"thumbprint": certificate.thumbprint, "sha256": certificate.sha256}


def _usable_certificate(host: Host) -> Certificate | None:
    """The certificate of the HTTPS listener that is there; a listener whose certificate is gone is removed."""
    found = None
    for listener in [listener for listener in host.listeners if listener.transport == "HTTPS"]:
        if listener.port != HTTPS_PORT:
            raise thrown(f"an HTTPS listener is on port {listener.port} already")
        found = host.certificate(listener.thumbprint)
        if found is None:
            host.listeners.remove(listener)
    return found
