# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options by which an inventory plugin signs in to Azure: those of the modules, as a plugin reads them."""

from __future__ import annotations


class ModuleDocFragment:
    """How to sign in to Azure from an inventory file, an environment or extra variables."""

    # Of several environment variables Ansible takes the last that is set: the one that the modules prefer stands last.
    DOCUMENTATION = r"""
options:
  subscription_id:
    description: The id of the Azure subscription of the process servers.
    type: str
    env:
      - name: AZURE_SUBSCRIPTION_ID
    vars:
      - name: azure_dr_subscription_id
  tenant:
    description: The Microsoft Entra tenant to sign in to, as an id or a domain name.
    type: str
    env:
      - name: AZURE_TENANT_ID
      - name: AZURE_TENANT
    vars:
      - name: azure_dr_tenant
  client_id:
    description: The application (client) id of the service principal, or of a user-assigned managed identity.
    type: str
    env:
      - name: AZURE_CLIENT_ID
    vars:
      - name: azure_dr_client_id
  secret:
    description:
      - The value of the service principal's client secret.
      - In the inventory file itself it should only stand encrypted, or as a template that looks it up.
    type: str
    env:
      - name: AZURE_CLIENT_SECRET
      - name: AZURE_SECRET
    vars:
      - name: azure_dr_secret
  auth_source:
    description:
      - How to sign in. V(client_secret) uses O(tenant), O(client_id) and O(secret), V(managed_identity) the identity
        of the machine Ansible runs on, and V(azure_cli) the account that is signed in to the Azure CLI there.
      - V(auto) uses the client secret where O(secret) is given, else the Azure CLI where it is installed, else the
        managed identity.
    type: str
    choices: [auto, client_secret, managed_identity, azure_cli]
    default: auto
  cloud:
    description: The Azure cloud. Each has addresses of its own for signing in and for its resources.
    type: str
    choices: [public, us_government, china]
    default: public
requirements:
  - python >= 3.10
  - azure-core >= 1.32.0
  - azure-identity >= 1.16.0
  - azure-mgmt-core >= 1.6.0
  - azure-mgmt-compute >= 39.0.0
  - azure-mgmt-network >= 33.0.0
  - azure-mgmt-recoveryservicessiterecovery >= 2.0.0
notes:
  - Signing in and all requests use the proxy of the environment (E(HTTPS_PROXY), E(NO_PROXY)) and the certificate
    authorities of E(REQUESTS_CA_BUNDLE) where they are set.
  - An environment variable that is set to nothing counts as not set.
"""
