"""What a simulated server does for each script of the product, by the script's name.

``await run(name, host, parameters, hooks)`` gives the script's result, or raises `ScriptError` where the real script would
fail. A handler only reads and changes the server's state, so that its answers follow from what was done before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.azure_simulator.windows.handlers import (
    data_disk,
    files,
    network,
    passphrase,
    restart,
    server_state,
    services,
    setup,
    unregister_tool,
    winrm_listener,
)
from tests.azure_simulator.windows.handlers.notation import settled
from tests.azure_simulator.windows.host import DownloadFailed, Host, ScriptError, WorldHooks

__all__ = ["HANDLERS", "DownloadFailed", "ScriptError", "run"]

Handler = Callable[[Host, dict, WorldHooks], dict | Awaitable[dict]]

HANDLERS: dict[str, Handler] = {
    "get_server_state": server_state.get_server_state,
    "get_file_hash": files.get_file_hash,
    "download_file": files.download_file,
    "write_secret_file": files.write_secret_file,
    "initialize_data_disk": data_disk.initialize_data_disk,
    "extract_installer": setup.extract_installer,
    "start_setup_task": setup.start_setup_task,
    "get_setup_task": setup.get_setup_task,
    "remove_setup_files": setup.remove_setup_files,
    "start_services": services.start_services,
    "get_boot_time": restart.get_boot_time,
    "restart_server": restart.restart_server,
    "get_winrm_listener": winrm_listener.get_winrm_listener,
    "create_winrm_listener": winrm_listener.create_winrm_listener,
    "test_tcp": network.test_tcp,
    "compare_passphrase": passphrase.compare_passphrase,
    "run_unregister_tool": unregister_tool.run_unregister_tool,
}


async def run(name: str, host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    """The script's result; `ScriptError` where it fails, `KeyError` for a name that is no script."""
    return await settled(HANDLERS[name](host, parameters, hooks))
