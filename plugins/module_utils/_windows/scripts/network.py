# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe for a way to another machine. Private to this collection."""

from __future__ import annotations

# {host, port, timeout_seconds} -> {reachable, error}
# `error` is the name of .NET's SocketError (ConnectionRefused, TimedOut, HostNotFound, …), the same in any language.
TEST_TCP = r"""param($p)
$reachable = $false
$problem = $null
$client = New-Object -TypeName Net.Sockets.TcpClient
try {
    if ($client.ConnectAsync([string]$p.host, [int]$p.port).Wait([int]$p.timeout_seconds * 1000)) {
        $reachable = $true
    } else {
        $problem = 'TimedOut'
    }
} catch {
    $cause = $_.Exception.GetBaseException()
    $problem = $cause.Message
    if ($cause -is [Net.Sockets.SocketException]) { $problem = [string]$cause.SocketErrorCode }
} finally {
    $client.Close()
}
@{ reachable = $reachable; error = $problem }
"""
