# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The WinRM listener and the fingerprint of its certificate. Private to this collection."""

from __future__ import annotations

# {} -> {listeners: [{transport, port, thumbprint, sha256}]}
# `sha256` is null where the listener has no certificate or the certificate is gone from the store.
GET_WINRM_LISTENER = r"""param($p)
$listeners = @()
if ([string](Get-Service -Name WinRM).Status -eq 'Running') {
    $certificates = @(Get-ChildItem -Path Cert:\LocalMachine\My)
    $listeners = @(foreach ($listener in @(Get-WSManInstance -ResourceURI winrm/config/listener -Enumerate)) {
        $thumbprint = ([string]$listener.CertificateThumbprint).Replace(' ', '').ToUpperInvariant()
        $sha256 = $null
        foreach ($certificate in @($certificates | Where-Object { $_.Thumbprint -eq $thumbprint })) {
            $hash = [Security.Cryptography.SHA256]::Create().ComputeHash([byte[]]$certificate.RawData)
            $sha256 = [BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
        }
        @{ transport = [string]$listener.Transport; port = [int]$listener.Port; thumbprint = $thumbprint; sha256 = $sha256 }
    })
}
@{ listeners = $listeners }
"""

# {dns_name} -> {thumbprint, sha256}
# May be run again: an HTTPS listener on 5986 whose certificate is in the store stays as it is, one whose certificate is gone
# can serve nobody and is replaced. Windows keeps one HTTPS listener for an address, so one on another port is left to whoever
# made it. New-SelfSignedCertificate of PowerShell 4.0 knows no more than these two parameters.
CREATE_WINRM_LISTENER = r"""param($p)
$null = Set-Service -Name WinRM -StartupType Automatic
$null = Start-Service -Name WinRM -WarningAction SilentlyContinue
$certificate = $null
foreach ($listener in @(Get-WSManInstance -ResourceURI winrm/config/listener -Enumerate | Where-Object { $_.Transport -eq 'HTTPS' })) {
    if ([int]$listener.Port -ne 5986) { throw ('an HTTPS listener is on port {0} already' -f $listener.Port) }
    $thumbprint = ([string]$listener.CertificateThumbprint).Replace(' ', '')
    $found = @(Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object { $_.Thumbprint -eq $thumbprint })
    if ($found.Count -gt 0) {
        $certificate = $found[0]
    } else {
        $selector = @{ Address = [string]$listener.Address; Transport = 'HTTPS' }
        $null = Remove-WSManInstance -ResourceURI winrm/config/listener -SelectorSet $selector
    }
}
if (-not $certificate) {
    $certificate = New-SelfSignedCertificate -DnsName $p.dns_name -CertStoreLocation Cert:\LocalMachine\My
    $values = @{ Hostname = $p.dns_name; CertificateThumbprint = $certificate.Thumbprint }
    $null = New-WSManInstance -ResourceURI winrm/config/listener -SelectorSet @{ Address = '*'; Transport = 'HTTPS' } -ValueSet $values
}
if (-not (Get-NetFirewallRule -Name 'azure_dr-winrm-https' -ErrorAction SilentlyContinue)) {
    $null = New-NetFirewallRule -Name 'azure_dr-winrm-https' -DisplayName 'WinRM over HTTPS (azure_dr.site_recovery)' `
        -Direction Inbound -Action Allow -Protocol TCP -LocalPort 5986 -ErrorAction Stop
}
$hash = [Security.Cryptography.SHA256]::Create().ComputeHash([byte[]]$certificate.RawData)
@{
    thumbprint = [string]$certificate.Thumbprint
    sha256 = [BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
}
"""
