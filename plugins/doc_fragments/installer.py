# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option of everything that brings Unified Setup to a server."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the installer is, and how it is known to be the right one."""

    DOCUMENTATION = r"""
options:
  installer:
    description: Microsoft's Unified Setup, which the servers download. Needed with O(process_servers[].method=unified_setup).
    type: dict
    suboptions:
      url:
        description: Where each server downloads it from. Use HTTPS; what was downloaded is checked in any case.
        type: str
        required: true
      sha256:
        description: Its SHA-256, in hexadecimal digits. It is checked on each server before the file is run.
        type: str
        required: true
      size_bytes:
        description: Its size in bytes. With it a wrong file, or a download that was cut short, is found without reading it.
        type: int
      version:
        description: Its version, as for V(9.62.7096.1). It must not be newer than the configuration server.
        type: str
"""
