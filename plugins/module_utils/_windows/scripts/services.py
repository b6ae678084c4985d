# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that starts services. Private to this collection."""

from __future__ import annotations

# {names: [name]} -> {services: [{name, status, start_type, error}]}
# One that does not start keeps no other from starting; its status says so and `error` says why. A service that is not there
# has neither status nor start type.
START_SERVICES = r"""param($p)
$errors = @{}
foreach ($name in @($p.names)) {
    try {
        $null = Start-Service -Name $name -WarningAction SilentlyContinue -ErrorAction Stop
    } catch {
        $errors[$name] = $_.Exception.Message
    }
}
$known = @(Get-CimInstance -ClassName Win32_Service)
$services = @(foreach ($name in @($p.names)) {
    $state = @{ name = $name; status = $null; start_type = $null; error = $errors[$name] }
    foreach ($service in @($known | Where-Object { $_.Name -eq $name })) {
        $state.name = [string]$service.Name
        $state.status = ([string]$service.State).Replace(' ', '')
        $state.start_type = [string]$service.StartMode -replace '^Auto$', 'Automatic'
    }
    $state
})
@{ services = $services }
"""
