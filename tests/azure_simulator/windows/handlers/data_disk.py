"""initialize_data_disk."""

from __future__ import annotations

from tests.azure_simulator.windows.host import Disk, Host, ScriptError, Volume, WorldHooks

# A GPT disk gives 16 MiB to the reserved partition ("UEFI/GPT-based hard drive partitions") and a little to its tables.
RESERVED_BYTES = 17 * 2**20


def initialize_data_disk(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    number, letter = parameters["disk_number"], parameters["drive_letter"].upper()
    disk = host.disk(number)
    if disk is None:
        raise ScriptError(
            f"No MSFT_Disk objects found with property 'Number' equal to '{number}'. Verify the value of the property and retry.",
            "Microsoft.PowerShell.Cmdletization.Cim.CimJobException",
            "CmdletizationQuery_NotFound_Number,Get-Disk",
        )
    disk.is_offline = disk.is_read_only = False
    volume = _first_volume(disk)
    if volume.file_system in ("", "RAW"):
        volume.file_system, volume.label = "NTFS", parameters["label"]
    if volume.drive_letter != letter:
        _give_letter(host, volume, letter)
    return {"drive_letter": letter, "size_bytes": volume.size_bytes}


def _first_volume(disk: Disk) -> Volume:
    if disk.partition_style == "RAW":
        disk.partition_style = "GPT"
    if not disk.volumes:
        size = disk.size_bytes - RESERVED_BYTES
        disk.volumes.append(Volume(None, "", "", size, size))
    return disk.volumes[0]


def _give_letter(host: Host, volume: Volume, letter: str) -> None:
    if any(other.drive_letter == letter for other in host.volumes()):
        raise ScriptError(
            "The requested access path is already in use.",
            "Microsoft.Management.Infrastructure.CimException",
            "StorageWMI 42002,Set-Partition",
        )
    volume.drive_letter = letter
