"""get_server_state."""

from __future__ import annotations

from tests.azure_simulator.windows.handlers import setup
from tests.azure_simulator.windows.handlers.notation import like, round_trip
from tests.azure_simulator.windows.host import Host, WorldHooks

PRODUCT_KEY = "HKLM:\\SOFTWARE\\WOW6432Node\\InMage Systems\\Installed Products\\10"


def get_server_state(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    services = [service for service in map(host.service, parameters["services"]) if service]
    return {
        "computer_name": host.computer_name,
        "os_version": host.os_version,
        "utc": round_trip(host.now(hooks)),
        "disks": [
            {
                "number": disk.number,
                "size_bytes": disk.size_bytes,
                "partition_style": disk.partition_style,
                "is_boot": disk.is_boot,
                "is_offline": disk.is_offline,
            }
            for disk in sorted(host.disks, key=lambda disk: disk.number)
        ],
        "volumes": [
            {
                "drive_letter": volume.drive_letter,
                "label": volume.label,
                "file_system": volume.file_system,
                "size_bytes": volume.size_bytes,
                "free_bytes": volume.free_bytes,
            }
            for volume in host.volumes()
        ],
        "services": [{"name": service.name, "status": service.status, "start_type": service.start_type} for service in services],
        "programs": [
            {"name": program.name, "version": program.version, "uninstall_string": program.uninstall_string}
            for program in host.programs
            if like(program.name, parameters["program_name_pattern"])
        ],
        "product_version": host.registry_value(PRODUCT_KEY, "Build_Version"),
        "task": setup.task_state(host, parameters["task_name"]),
        "paths": [_path(host, path) for path in parameters["paths"]],
    }


def _path(host: Host, path: str) -> dict:
    file, directory = host.file(path), host.directory(path)
    return {
        "path": path,
        "exists": bool(file or directory),
        "size_bytes": file.size if file else None,
        "is_directory": bool(directory),
    }
