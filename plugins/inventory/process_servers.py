# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers as hosts: what the vault and Azure say, handed to Ansible."""

from __future__ import annotations

DOCUMENTATION = r"""
name: process_servers
short_description: Process servers of Azure Site Recovery as hosts
version_added: 0.1.0
description:
  - Makes a host of every process server that the classic configuration servers of a vault show, and of every machine that this collection deployed
    and that is not registered yet.
  - It takes four requests, however many servers there are, and three more for each further subscription; none where the cache is used.
  - What a configuration server reports is up to 15 minutes old.
  - All hosts are in the group C(process_servers), which has a group for each virtual network (C(network_<name>)), for each configuration server
    (C(configuration_server_<name>)) and for each state (C(state_<state>)). Names are written in small letters, with C(_) for everything that is
    neither a letter nor a digit. Where several have one name, more of their ids stands in it.
  - The states are V(registered), V(silent) without a heartbeat, V(registered_twice) for entries that share an address, V(unfinished) for a set-up
    that was begun and not brought to its end, and V(deployed_only) for a machine that is not registered.
  - The file's name ends in C(process_servers.yml) or C(process_servers.yaml).
extends_documentation_fragment:
  - azure_dr.site_recovery.azure_inventory
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [azure_dr.site_recovery.process_servers]
  vault_name:
    description: The name of the Recovery Services vault.
    type: str
    required: true
  vault_resource_group:
    description: The resource group of the vault.
    type: str
    required: true
  vault_subscription_id:
    description: The subscription of the vault. Left out, it is O(subscription_id).
    type: str
  subscription_ids:
    description:
      - The ids of the subscriptions in which the machines of process servers are looked for.
      - Left out, it is O(subscription_id) alone.
    type: list
    elements: str
    default: []
  configuration_servers:
    description:
      - The configuration servers whose process servers are wanted, by their friendly names, fabric names or fabric ids. Where two have one friendly
        name, the fabric id is needed.
      - Left out, all classic ones of the vault count.
    type: list
    elements: str
    default: []
  only_deployed:
    description:
      - Leave out process servers that are no machine of these subscriptions, as the one on the configuration server itself and those on-premises.
    type: bool
    default: false
  winrm_user:
    description:
      - Sets C(ansible_user) of every host, where it is given.
      - There is no option for a password. Give C(ansible_password) from a vault, as for any host.
    type: str
  winrm_transport:
    description: Sets C(ansible_winrm_transport).
    type: str
    choices: [ntlm, basic, kerberos, credssp, certificate]
    default: ntlm
  winrm_port:
    description: Sets C(ansible_port), the port of the HTTPS listener.
    type: int
    default: 5986
  winrm_server_cert_validation:
    description:
      - Sets C(ansible_winrm_server_cert_validation).
      - With V(validate) the server's certificate must be signed by an authority that is trusted, and name what is connected to, which is the address of
        the server. The certificate of a listener that this collection made is signed by nobody else, and is refused then.
      - With V(ignore) nobody checks who answers, and who stands between can take the password. Ansible's own connection cannot be told which
        certificate to expect. The modules of this collection can, and do not need this inventory.
    type: str
    choices: [validate, ignore]
    default: validate
  winrm_ca_trust_path:
    description: Sets C(ansible_winrm_ca_trust_path), a file with the authorities that are trusted, where it is given.
    type: str
seealso:
  - module: azure_dr.site_recovery.process_server_info
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
# failback.process_servers.yml
plugin: azure_dr.site_recovery.process_servers
vault_name: vault-dr
vault_resource_group: rg-dr

---
# One configuration server, credentials from where they are kept, and groups of one's own
plugin: azure_dr.site_recovery.process_servers
subscription_id: 00000000-0000-0000-0000-000000000000
tenant: contoso.onmicrosoft.com
client_id: 00000000-0000-0000-0000-000000000001
secret: "{{ lookup('ansible.builtin.file', '/run/secrets/azure') }}"
vault_name: vault-dr
vault_resource_group: rg-dr
configuration_servers: [CS-ONPREM-01]
winrm_user: psadmin
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/azure_dr
compose:
  ansible_host: inventory_hostname ~ '.failback.contoso.com'
groups:
  carries_machines: azure_dr_machine_count | default(0, true) > 0
keyed_groups:
  - key: azure_dr_location
    prefix: region
"""

import hashlib

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._arguments import first_set
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import inventory as process_servers

ENDINGS = ("process_servers.yml", "process_servers.yaml")
# Options that a file may write as a template, and where the modules find them when they are empty.
TEXTS = {
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "vault_name": (),
    "vault_resource_group": (),
    "vault_subscription_id": (),
}
# What decides which hosts there are: a cache serves nobody who asks for others.
ASKED_FOR = ("cloud", "subscription_id", "subscription_ids", "vault_subscription_id", "vault_resource_group", "vault_name", "configuration_servers")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Hosts from what `process_servers.hosts` tells."""

    NAME = "azure_dr.site_recovery.process_servers"

    def verify_file(self, path):
        """Whether the file is meant for this plugin, by its name."""
        return super().verify_file(path) and path.endswith(ENDINGS)

    def parse(self, inventory, loader, path, cache=True):
        """Read the file, ask the vault and Azure, or the cache, and add what they say."""
        super().parse(inventory, loader, path, cache)
        params = self._params(self._read_config_data(path))
        only_deployed = self.get_option("only_deployed")
        for host in self._hosts(params, path, cache):
            if host["variables"]["azure_dr_virtual_machine_id"] or not only_deployed:
                self._add(host)

    def _params(self, written):
        """The options as the modules have them; what the file has as a template is rendered."""
        params = {name: self.get_option(name) for name in (*TEXTS, "auth_source", "cloud", "configuration_servers", "subscription_ids")}
        for name, variables in TEXTS.items():
            if name in written:
                params[name] = self.templar.template(params[name])
            params[name] = str(params[name]).strip() if params[name] is not None else ""
            params[name] = params[name] or _from_environment(variables)
        for name in ("vault_name", "vault_resource_group"):
            if not params[name]:
                raise AnsibleParserError(f"{name} is empty")
        return params

    def _hosts(self, params, path, cache):
        use_cache = self.get_option("cache")
        key = f"{self.get_cache_key(path)}_{_fingerprint(params)}" if use_cache else None
        if use_cache and cache and key in self._cache:
            return self._cache[key]
        try:
            hosts = process_servers.hosts(AzureSession(params), params)
        except AsrError as error:
            # Without the cause: Ansible would print its trace, and an option with it.
            raise AnsibleParserError(str(error)) from None
        if use_cache:
            self._cache[key] = hosts
        return hosts

    def _add(self, host):
        name = self.inventory.add_host(host["name"])
        variables = {**self._connection(), **{key: _as_data(value) for key, value in host["variables"].items()}}
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        parent = self.inventory.add_group(process_servers.GROUP)
        for group in map(self.inventory.add_group, host["groups"]):
            self.inventory.add_child(parent, group)
            self.inventory.add_host(name, group=group)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _connection(self):
        """How Ansible's own connection gets there; no secret."""
        given = {
            "ansible_connection": "winrm",
            "ansible_winrm_scheme": "https",
            "ansible_port": self.get_option("winrm_port"),
            "ansible_winrm_transport": self.get_option("winrm_transport"),
            "ansible_winrm_server_cert_validation": self.get_option("winrm_server_cert_validation"),
            "ansible_user": self.get_option("winrm_user"),
            "ansible_winrm_ca_trust_path": self.get_option("winrm_ca_trust_path"),
        }
        return {name: value for name, value in given.items() if value is not None}


def _as_data(value):
    """What a vault shows was written by others, and is never taken for a template."""
    return wrap_var(value) if isinstance(value, str) and "{" in value else value


def _from_environment(variables):
    """The first of these that is set to something, as the modules take it."""
    try:
        return first_set(*variables)
    except AnsibleFallbackNotFound:
        return None


def _fingerprint(params):
    """Ten digits that stand for what is asked for, and for the shape in which it is kept."""
    asked = repr([1, *(params[name] for name in ASKED_FOR)])
    return hashlib.sha256(asked.encode()).hexdigest()[:10]
