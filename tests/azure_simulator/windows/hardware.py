"""What hosts are made of: disks as an image and a size bring them, and the names of systems."""

from __future__ import annotations

from typing import Any

from .host import Disk, Volume

GIB = 2**30


def configuration_server_disks() -> list[Disk]:
    return [Disk(0, 127 * GIB, "MBR", True, volumes=[Volume("C", "", "NTFS", 127 * GIB, 60 * GIB)])]


def virtual_machine_disks(data: list[dict[str, Any]]) -> list[Disk]:
    """The OS disk, the temporary disk of the size, and the data disks as they come: raw. `data`: lun and size_gb."""
    disks = [
        Disk(0, 127 * GIB, "MBR", True, volumes=[Volume("C", "Windows", "NTFS", 127 * GIB, 110 * GIB)]),
        Disk(1, 80 * GIB, "MBR", False, volumes=[Volume("D", "Temporary Storage", "NTFS", 80 * GIB, 78 * GIB)]),
    ]
    for number, disk in enumerate(sorted(data, key=lambda disk: disk["lun"]), len(disks)):
        disks.append(Disk(number, disk["size_gb"] * GIB, "RAW"))
    return disks


def system_name(os_version: str) -> str:
    """A system as process servers report it."""
    return f"Microsoft Windows Server {'2016' if os_version.startswith('10.') else '2012 R2'} Datacenter"
