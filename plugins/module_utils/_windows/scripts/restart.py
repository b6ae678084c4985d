# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restart, and the proof of it. Private to this collection."""

from __future__ import annotations

# {} -> {boot_utc, utc}
GET_BOOT_TIME = r"""param($p)
$os = Get-CimInstance -ClassName Win32_OperatingSystem
@{
    boot_utc = $os.LastBootUpTime.ToUniversalTime().ToString('o')
    utc = (Get-Date).ToUniversalTime().ToString('o')
}
"""

# {delay_seconds} -> {exit_code}
# The delay lets this answer get out. A restart that is announced already is no error of the script: its exit code tells.
RESTART_SERVER = r"""param($p)
$null = & shutdown.exe '/r' '/t' ([string][int]$p.delay_seconds) '/d' 'p:4:2'
$code = $LASTEXITCODE
@{ exit_code = [int]$code }
"""
