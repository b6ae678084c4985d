# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of process servers."""

from __future__ import annotations


class ModuleDocFragment:
    """What every entry of the list may hold."""

    DOCUMENTATION = r"""
options:
  process_servers:
    description:
      - The process servers, one for each virtual network that holds machines to fail back. All of them are worked on
        at the same time.
      - The whole list is checked before anything is asked or done. An empty list, a name or an address that is used
        twice, and two servers in one network that do not say so (O(process_servers[].share_network)) are refused.
    type: list
    elements: dict
    required: true
    suboptions: &entry
      name:
        description:
          - The name of the virtual machine and of Windows on it. At most 15 letters, digits and hyphens, and not
            digits only. It cannot change later.
          - The machine's other resources take their names from it, with C(-nic), C(-ip), C(-os) and C(-cache) at the
            end.
        type: str
      subscription_id:
        description: The subscription of the machine, which is also that of its network. Left out, it is
          O(subscription_id).
        type: str
      resource_group:
        description: The resource group of the machine, which must exist. It cannot change later.
        type: str
      location:
        description: The region of the machine. Left out, it is that of the virtual network, and no other is possible.
        type: str
      virtual_network:
        description: The virtual network of the failed-over machines, as an id, or as a name together with
          O(process_servers[].virtual_network_resource_group). It cannot change later.
        type: str
      virtual_network_resource_group:
        description: The resource group of the virtual network, where O(process_servers[].virtual_network) is a name.
        type: str
      subnet:
        description: The name of the subnet. It cannot change later.
        type: str
      private_ip_address:
        description:
          - The static private address of the server, in the subnet and free. The configuration server knows the
            process server by this address, so it cannot change later.
        type: str
      method:
        description:
          - How the process server comes on the machine. V(unified_setup) takes Windows Server 2016 and runs
            Microsoft's Unified Setup, without a person.
            V(configuration_tool) takes the image of the Azure gallery, which a person registers in a tool on its
            desktop.
          - Left out, it is V(unified_setup).
        type: str
        choices: [unified_setup, configuration_tool]
      size:
        description:
          - The size of the virtual machine. It cannot be changed here later.
          - Left out, it follows from O(process_servers[].daily_churn_gb) and O(process_servers[].machines). Without
            those it is C(Standard_A8_v2), the size the Azure portal takes.
        type: str
      daily_churn_gb:
        description: How many GB of data change in a day on all machines the server carries. At most 2048. Size and
          cache disk follow from it by Microsoft's sizing table.
        type: float
      machines:
        description: How many machines the server carries. At most 225. Size and cache disk follow from it by
          Microsoft's sizing table.
        type: int
      image:
        description: Another image than the one of O(process_servers[].method), by publisher, offer and SKU of the
          marketplace, or by an id. It cannot change later.
        type: dict
        suboptions:
          publisher:
            description: The publisher, as C(MicrosoftWindowsServer).
            type: str
          offer:
            description: The offer, as C(WindowsServer).
            type: str
          sku:
            description: The SKU, as C(2016-Datacenter).
            type: str
          version:
            description: The version. Left out, it is the newest.
            type: str
          id:
            description: The id of an image of your own or of a gallery, instead of the others.
            type: str
      os_disk_type:
        description: The kind of the OS disk. Left out, it is V(StandardSSD_LRS). It cannot be changed here later.
        type: str
      data_disk_type:
        description: The kind of the data disk, which is the process server's cache. Left out, it is
          V(StandardSSD_LRS). It cannot be changed here later.
        type: str
      data_disk_size_gb:
        description:
          - The size of the data disk in GB. V(0) means that there is none. It cannot be changed here later.
          - Left out, it follows from the sizing table with O(process_servers[].method=unified_setup), 600 GB without
            a word on the load, and there is none with
            O(process_servers[].method=configuration_tool).
        type: int
      public_ip_address:
        description: Whether the machine gets a public address, which costs extra and is open to the internet. Left
          out, it gets none. It cannot be changed here later.
        type: bool
      network_security_group:
        description: The id of a network security group for the network interface.
        type: str
      tags:
        description:
          - Tags for everything that is made, beside C(azure_dr_owner), C(azure_dr_run), C(azure_dr_vault) and
            C(azure_dr_setup), which are the collection's own. The last stands on a machine only while a set-up holds
            the passphrase on it.
          - They can change at any time, on the machine, its interface and its public address. Tags that others have set
            stay.
        type: dict
      admin_username:
        description: The local administrator. A new machine needs one. At most 20 characters, and none of the names
          that Azure refuses, like C(administrator). It cannot change later.
        type: str
      admin_password:
        description:
          - The local administrator's password, with 12 to 123 characters of three kinds. A new machine needs one.
          - It is never shown. It is not compared with that of a machine that is there.
        type: str
      key_vault_id:
        description: The id of the key vault that holds the certificate of O(process_servers[].winrm_certificate_url).
        type: str
      winrm_certificate_url:
        description:
          - The URL of a version of a secret in a key vault, with the certificate for a WinRM listener over HTTPS from
            the first boot on. Left out, registration makes a listener where none is there.
        type: str
      channel:
        description: How registration reaches the server, over V(winrm) or by V(run_command) through Azure. Left out,
          it is V(winrm).
        type: str
        choices: [winrm, run_command]
      winrm_transport:
        description: How to sign in over WinRM. V(basic) sends the password inside the TLS connection. Left out, it is
          V(ntlm).
        type: str
        choices: [ntlm, basic]
      winrm_port:
        description: The port of the WinRM listener over HTTPS. Left out, it is V(5986).
        type: int
      winrm_proxy:
        description: A proxy for the WinRM connection. The environment's proxy is never used for it.
        type: str
      winrm_certificate_fingerprint:
        description:
          - The SHA-256 fingerprint of the certificate the server must show, in hexadecimal digits. It is checked
            before any credential is sent.
          - Left out, and without O(process_servers[].winrm_ca_file), it is asked from the server through Azure.
        type: str
      winrm_ca_file:
        description: A file with the certificates of the authority that signed the server's certificate.
        type: path
      install_location:
        description: The folder for Unified Setup, on the data disk. Left out, it is C(F:\ASR).
        type: str
      share_network:
        description:
          - Whether the server may share its virtual network with others of the list that say the same. One process server carries 225 machines
            and 2 TB of changes a day, so larger networks take several.
          - Left out, a second server in one network is taken for a mistake.
        type: bool
  process_server_defaults:
    description: Options that the entries share. What an entry says itself goes before. O(process_servers[].tags) of
      both are merged.
    type: dict
    suboptions: *entry
"""
