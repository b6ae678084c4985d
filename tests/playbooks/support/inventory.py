"""Runs the real ansible-inventory over the installed collection."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import yaml

PLUGIN = "azure_dr.site_recovery.process_servers"


@dataclasses.dataclass
class Inventory:
    """One run of ansible-inventory."""

    code: int
    output: str
    errors: str

    @property
    def hosts(self):
        """The variables of each host. Ansible 2.19 and later mark every text that is no template with a word of their own."""
        return json.loads(self.output, object_hook=lambda one: one.get("__ansible_unsafe", one))["_meta"]["hostvars"]

    def hosts_of(self, group):
        return sorted(json.loads(self.output)[group]["hosts"])


def inventory(ansible, world, options=None, arguments=("--list",), environment=None, name="failback.process_servers.yml"):
    """What ``ansible-inventory`` says of one file with these options; a file that cannot be read is an error."""
    source = ansible.directory / name
    source.write_text(yaml.safe_dump({"plugin": PLUGIN, "vault_name": "vault-dr", "vault_resource_group": "rg-dr", **(options or {})}))
    configuration = ansible.directory / "ansible.cfg"
    configuration.touch()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AZURE_")) and key != "PYTHONPATH"}
    variables = {
        **kept,
        **world.environment(),
        "HOME": str(ansible.directory),
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_COLLECTIONS_PATH": str(ansible.collections),
        "ANSIBLE_LOCAL_TEMP": str(ansible.directory / "local_tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        **(environment or {}),
    }
    command = [sys.executable, "-m", "ansible", "inventory", "--inventory", str(source), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    return Inventory(done.returncode, done.stdout, done.stderr)
