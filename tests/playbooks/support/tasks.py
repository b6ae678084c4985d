"""Tasks as a user writes them, for the tests that need a module alone."""

from __future__ import annotations

COLLECTION = "azure_dr.site_recovery"
VAULT = ("vault_name", "vault_resource_group", "configuration_server")
LIST = ("process_servers", "process_server_defaults")
WAIT = ("interval", "timeout")
# The playbook's variables of these options have other names: timeout is a word of Ansible's own.
VARIABLES = {"interval": "wait_interval", "timeout": "wait_timeout"}
OPTIONS = {
    "process_server_vm": LIST + WAIT,
    "process_server_registration": VAULT + LIST + WAIT + ("passphrase", "installer", "configuration_server_address"),
    "process_server_upgrade": VAULT + LIST + WAIT + ("installers", "configuration_server_address"),
    "process_server_info": VAULT,
    "process_server_switch": VAULT + WAIT,
    "process_server_leftovers_info": VAULT[:2],
    "process_server_prerequisites_info": VAULT + LIST + ("passphrase", "installer", "configuration_server_address", "configuration_server_winrm"),
}


def task(module, name=None, **options):
    """One task of a module of ours; options that are not given come from the variables of the play."""
    given = {option: "{{ %s }}" % VARIABLES.get(option, option) for option in OPTIONS[module] if option not in options}
    return {"name": name or module, f"{COLLECTION}.{module}": {**given, **{key: value for key, value in options.items() if value is not None}}}
