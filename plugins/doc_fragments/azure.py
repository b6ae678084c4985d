# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options by which a module signs in to Azure."""

from __future__ import annotations


class ModuleDocFragment:
    """How to sign in to Azure, and what every module of this collection needs."""

    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The id of the Azure subscription. Where a module takes a list of process servers, an entry may name another one.
      - Left out, the environment variable E(AZURE_SUBSCRIPTION_ID) is read.
    type: str
  tenant:
    description:
      - The Microsoft Entra tenant to sign in to, as an id or a domain name.
      - Left out, the environment variables E(AZURE_TENANT) and E(AZURE_TENANT_ID) are read, in this order.
    type: str
  client_id:
    description:
      - The application (client) id of the service principal, or of a user-assigned managed identity.
      - Left out, the environment variable E(AZURE_CLIENT_ID) is read.
    type: str
  secret:
    description:
      - The value of the service principal's client secret.
      - Left out, the environment variables E(AZURE_SECRET) and E(AZURE_CLIENT_SECRET) are read, in this order.
    type: str
  auth_source:
    description:
      - How to sign in. V(client_secret) uses O(tenant), O(client_id) and O(secret), V(managed_identity) the identity
        of the machine the module runs on, and V(azure_cli) the account
        that is signed in to the Azure CLI there.
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
  - The module keeps below the request limits of Azure Resource Manager by itself, and waits where Azure asks it to.
attributes:
  check_mode:
    description: Can run in check mode and tell what it would do, without a write request.
    support: full
  diff_mode:
    description: Tells what it changes, or would change in check mode, one difference for each process server.
    support: full
seealso:
  - name: Reprotect machines from Azure to an on-premises site
    description: Where a process server in Azure is needed, and when.
    link: https://learn.microsoft.com/azure/site-recovery/vmware-azure-reprotect
"""
