# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe that gathers all a decision about a server needs. Private to this collection."""

from __future__ import annotations

# {services: [name], program_name_pattern, task_name, paths: [path]} -> the state of the server, under 4 KB.
#
# Win32_Service is asked, since what Get-Service returns has no start type before PowerShell 5. The registry key of the
# product's version is the one Microsoft's article on failed Provider upgrades names. A task that never ran has no last run on
# older servers and one in 1999 on newer ones.
GET_SERVER_STATE = r"""param($p)
$os = Get-CimInstance -ClassName Win32_OperatingSystem
$disks = @(foreach ($disk in @(Get-Disk -ErrorAction Stop | Sort-Object -Property Number)) {
    @{
        number = [int]$disk.Number
        size_bytes = [int64]$disk.Size
        partition_style = [string]$disk.PartitionStyle
        is_boot = [bool]$disk.IsBoot
        is_offline = [bool]$disk.IsOffline
    }
})
$volumes = @(foreach ($volume in @(Get-Volume -ErrorAction Stop)) {
    $letter = ([string]$volume.DriveLetter).TrimEnd([char]0)
    @{
        drive_letter = $(if ($letter) { $letter } else { $null })
        label = [string]$volume.FileSystemLabel
        file_system = [string]$volume.FileSystem
        size_bytes = [int64]$volume.Size
        free_bytes = [int64]$volume.SizeRemaining
    }
})
$known = @(Get-CimInstance -ClassName Win32_Service)
$services = @(foreach ($name in @($p.services)) {
    foreach ($service in @($known | Where-Object { $_.Name -eq $name })) {
        @{
            name = [string]$service.Name
            status = ([string]$service.State).Replace(' ', '')
            start_type = [string]$service.StartMode -replace '^Auto$', 'Automatic'
        }
    }
})
$installed = @(
    Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' -ErrorAction SilentlyContinue
    Get-ItemProperty -Path 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*' -ErrorAction SilentlyContinue
)
$programs = @(foreach ($program in @($installed | Where-Object { $_.DisplayName -like $p.program_name_pattern })) {
    @{ name = $program.DisplayName; version = $program.DisplayVersion; uninstall_string = $program.UninstallString }
})
$product = Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\WOW6432Node\InMage Systems\Installed Products\10' -ErrorAction SilentlyContinue
$task = @{ exists = $false; state = $null; last_result = $null; last_run_utc = $null }
$registered = Get-ScheduledTask -TaskName $p.task_name -TaskPath '\' -ErrorAction SilentlyContinue
if ($registered) {
    $info = Get-ScheduledTaskInfo -TaskName $p.task_name -TaskPath '\' -ErrorAction Stop
    $task.exists = $true
    $task.state = [string]$registered.State
    $task.last_result = [int64]$info.LastTaskResult
    if ($info.LastRunTime -and $info.LastRunTime.Year -gt 2000) {
        $task.last_run_utc = $info.LastRunTime.ToUniversalTime().ToString('o')
    }
}
$paths = @(foreach ($path in @($p.paths)) {
    $file = New-Object -TypeName IO.FileInfo -ArgumentList $path
    $isDirectory = [IO.Directory]::Exists($path)
    @{
        path = $path
        exists = ($file.Exists -or $isDirectory)
        size_bytes = $(if ($file.Exists) { $file.Length } else { $null })
        is_directory = $isDirectory
    }
})
@{
    computer_name = [string]$os.CSName
    os_version = [string]$os.Version
    utc = (Get-Date).ToUniversalTime().ToString('o')
    disks = $disks
    volumes = $volumes
    services = $services
    programs = $programs
    product_version = $product.Build_Version
    task = $task
    paths = $paths
}
"""
