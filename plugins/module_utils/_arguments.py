# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share, each described once in a doc fragment. Private to this collection."""

from __future__ import annotations

import os

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound


def first_set(*names):
    """The first of these environment variables that is set and not empty (AWX sets some to nothing)."""
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


AZURE = dict(
    subscription_id=dict(type="str", fallback=(first_set, ["AZURE_SUBSCRIPTION_ID"])),
    tenant=dict(type="str", fallback=(first_set, ["AZURE_TENANT", "AZURE_TENANT_ID"])),
    client_id=dict(type="str", fallback=(first_set, ["AZURE_CLIENT_ID"])),
    secret=dict(type="str", no_log=True, fallback=(first_set, ["AZURE_SECRET", "AZURE_CLIENT_SECRET"])),
    auth_source=dict(type="str", choices=["auto", "client_secret", "managed_identity", "azure_cli"], default="auto"),
    cloud=dict(type="str", choices=["public", "us_government", "china"], default="public"),
)

VAULT = dict(
    vault_name=dict(type="str", required=True),
    vault_resource_group=dict(type="str", required=True),
    vault_subscription_id=dict(type="str"),
    configuration_server=dict(type="str"),
)

WAIT = dict(
    timeout=dict(type="int", default=7200),
    interval=dict(type="int", default=15),
)

PROGRESS = dict(progress_file=dict(type="path"))

_IMAGE = dict(
    type="dict",
    options=dict(
        publisher=dict(type="str"),
        offer=dict(type="str"),
        sku=dict(type="str"),
        version=dict(type="str"),
        id=dict(type="str"),
    ),
)

# No default here: an option left out must be told from one that was given, so that process_server_defaults can serve it.
PROCESS_SERVER = dict(
    name=dict(type="str"),
    subscription_id=dict(type="str"),
    resource_group=dict(type="str"),
    location=dict(type="str"),
    virtual_network=dict(type="str"),
    virtual_network_resource_group=dict(type="str"),
    subnet=dict(type="str"),
    private_ip_address=dict(type="str"),
    method=dict(type="str", choices=["unified_setup", "configuration_tool"]),
    size=dict(type="str"),
    daily_churn_gb=dict(type="float"),
    machines=dict(type="int"),
    image=_IMAGE,
    os_disk_type=dict(type="str"),
    data_disk_type=dict(type="str"),
    data_disk_size_gb=dict(type="int"),
    public_ip_address=dict(type="bool"),
    network_security_group=dict(type="str"),
    tags=dict(type="dict"),
    admin_username=dict(type="str"),
    admin_password=dict(type="str", no_log=True),
    key_vault_id=dict(type="str", no_log=False),
    winrm_certificate_url=dict(type="str"),
    channel=dict(type="str", choices=["winrm", "run_command"]),
    winrm_transport=dict(type="str", choices=["ntlm", "basic"]),
    winrm_port=dict(type="int"),
    winrm_proxy=dict(type="str"),
    winrm_certificate_fingerprint=dict(type="str"),
    winrm_ca_file=dict(type="path"),
    install_location=dict(type="str"),
    share_network=dict(type="bool"),
)

PROCESS_SERVERS = dict(
    process_servers=dict(type="list", elements="dict", required=True, options=PROCESS_SERVER),
    process_server_defaults=dict(type="dict", options=PROCESS_SERVER),
)

PASSPHRASE = dict(passphrase=dict(type="str", no_log=True))

CONFIGURATION_SERVER_ACCESS = dict(
    configuration_server_address=dict(type="str"),
    configuration_server_winrm=dict(
        type="dict",
        options=dict(
            address=dict(type="str"),
            username=dict(type="str", required=True),
            password=dict(type="str", no_log=True, required=True),
            transport=dict(type="str", choices=["ntlm", "basic"], default="ntlm"),
            port=dict(type="int", default=5986),
            certificate_fingerprint=dict(type="str"),
            ca_file=dict(type="path"),
            proxy=dict(type="str"),
        ),
    ),
)

INSTALLER = dict(
    installer=dict(
        type="dict",
        options=dict(
            url=dict(type="str", required=True),
            sha256=dict(type="str", required=True),
            size_bytes=dict(type="int"),
            version=dict(type="str"),
        ),
    ),
)
