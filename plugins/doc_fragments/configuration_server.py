# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that may go to a configuration server itself."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the configuration server is, and a way to it."""

    DOCUMENTATION = r"""
options:
  configuration_server_address:
    description:
      - The address at which the process servers reach the configuration server on TCP 443.
      - Left out, it is the address that the vault shows of it.
    type: str
  configuration_server_winrm:
    description:
      - A way to the configuration server itself, for what can only be asked or done there.
    type: dict
    suboptions:
      address:
        description: Address or name to connect to. Left out, it is O(configuration_server_address).
        type: str
      username:
        description: An administrator of the configuration server. A local account is given as C(NAME\account) or as the account alone.
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
      transport:
        description: How to sign in. V(basic) sends the password inside the TLS connection.
        type: str
        choices: [ntlm, basic]
        default: ntlm
      port:
        description: The port of the HTTPS listener.
        type: int
        default: 5986
      certificate_fingerprint:
        description: The SHA-256 fingerprint, in hexadecimal digits, of the certificate it must show. It is checked before any credential is sent.
        type: str
      ca_file:
        description:
          - A file with the certificates of the authority that signed its certificate.
          - Without it and O(configuration_server_winrm.certificate_fingerprint) the system's authorities are asked.
        type: path
      proxy:
        description: A proxy for this connection. The environment's proxy is never used for WinRM.
        type: str
"""
