# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that brings an empty disk into use. Private to this collection."""

from __future__ import annotations

# {disk_number, drive_letter, label} -> {drive_letter, size_bytes}
# Each part is done only where it is not done yet, and the drive letter comes last: where the letter is, all is done. What
# has a file system is never formatted. The type is the one of a basic data partition ("PARTITION_INFORMATION_GPT").
INITIALIZE_DATA_DISK = r"""param($p)
$number = [int]$p.disk_number
$disk = Get-Disk -Number $number -ErrorAction Stop
if ($disk.IsOffline) { $null = Set-Disk -Number $number -IsOffline $false -ErrorAction Stop }
if ($disk.IsReadOnly) { $null = Set-Disk -Number $number -IsReadOnly $false -ErrorAction Stop }
if ([string]$disk.PartitionStyle -eq 'RAW') { $null = Initialize-Disk -Number $number -PartitionStyle GPT -ErrorAction Stop }
$found = @(Get-Partition -DiskNumber $number -ErrorAction SilentlyContinue |
    Where-Object { $_.GptType -eq '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}' })
if ($found.Count -eq 0) { $found = @(New-Partition -DiskNumber $number -UseMaximumSize -ErrorAction Stop) }
$partition = $found[0]
$volume = Get-Volume -Partition $partition -ErrorAction SilentlyContinue
if (@('', 'RAW') -contains [string]$volume.FileSystem) {
    $null = Format-Volume -Partition $partition -FileSystem NTFS -NewFileSystemLabel $p.label -Confirm:$false -ErrorAction Stop
}
if (([string]$partition.DriveLetter).TrimEnd([char]0) -ne $p.drive_letter) {
    $null = Set-Partition -DiskNumber $number -PartitionNumber $partition.PartitionNumber -NewDriveLetter $p.drive_letter -ErrorAction Stop
}
$volume = Get-Volume -DriveLetter $p.drive_letter -ErrorAction Stop
@{ drive_letter = [string]$volume.DriveLetter; size_bytes = [int64]$volume.Size }
"""
