"""What the tests ask of a world's process servers, and how they alter them behind the product's back."""

from __future__ import annotations

import datetime

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as steps
from tests.azure_simulator.site_recovery import times
from tests.azure_simulator.windows import script_handlers

CONFIGURATION_SERVER = "CS-ONPREM-01"


def alter(world, name, change):
    """Call ``change(host)`` on the world's own thread and return its value."""
    return world.call(lambda: change(world.windows.host_named(name)))


def setups_started(world, name):
    """How often Unified Setup was begun on a server."""
    return alter(world, name, lambda host: world.windows.setups_started.get(host.address, 0))


def left_behind(world, name):
    """What of a set-up is still on a server: its task and its files."""

    def look(host):
        files = [file.path for path, file in host.files.items() if path.startswith(steps.SETUP_DIRECTORY.lower())]
        return sorted([*host.tasks, *files])

    return alter(world, name, look)


def is_set_up(world, name):
    return alter(world, name, lambda host: any(program.name == steps.PROGRAM for program in host.programs))


def holds(world, name, text):
    """Paths of the files of a server that hold a text."""
    return alter(world, name, lambda host: [file.path for file in host.files.values() if text.encode() in (file.content or b"")])


def listed(world, address):
    """The process servers of an address, as the configuration server knows them."""
    return world.call(lambda: len(world.site_recovery.configuration_server(CONFIGURATION_SERVER).at_address(address)))


def long_silent(world, *names):
    """The servers gave no heartbeat for an hour, and the vault shows that; one that is in order gives the next one soon."""

    def change():
        server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
        now = world.clock.now()
        for name in names:
            server.server(name).facts["lastHeartbeat"] = times.to_seconds(now - datetime.timedelta(hours=1))
        server.report(now)

    world.call(change)


def run_scripts(world, name, *calls):
    """Run scripts of the product on a server, as another run of it did: ``(script, parameters)``."""

    async def all_of_them():
        host = world.windows.host_named(name)
        for script, parameters in calls:
            await script_handlers.run(script, host, parameters, world.windows.hooks)

    world.call(all_of_them)


def set_up_to(world, name, last="start_setup_task"):
    """Bring a server as far as an earlier run came that ended after the script ``last``."""
    variables = world.playbook_vars()
    server = next(one for one in variables["process_servers"] if one["name"] == name)
    target = steps.Target(
        name=name,
        install_location="F:\\ASR",
        installer_url=variables["installer"]["url"],
        installer_sha256=variables["installer"]["sha256"],
        installer_size=int(variables["installer"]["size_bytes"]),
        configuration_server_address=variables["configuration_server_address"],
        environment="VMware",
        data_transfer_port=9443,
        user=variables["process_server_defaults"]["admin_username"],
        password=server["admin_password"],
        passphrase=variables["passphrase"],
    )
    calls = [
        ("initialize_data_disk", {"disk_number": 2, "drive_letter": "F", "label": steps.DATA_LABEL}),
        ("download_file", {"url": target.installer_url, "path": steps.INSTALLER}),
        ("extract_installer", {"path": steps.INSTALLER, "directory": steps.EXTRACTED}),
        ("write_secret_file", {"path": steps.PASSPHRASE_FILE, "text": target.passphrase}),
        ("start_setup_task", steps.start_step(target).parameters),
    ]
    names = [script for script, _parameters in calls]
    run_scripts(world, name, *calls[: names.index(last) + 1])
