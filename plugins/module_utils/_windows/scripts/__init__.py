# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PowerShell texts this collection sends, by name. Private to this collection.

Each begins with ``param($p)``, takes one object of parameters and returns one hashtable, on Windows PowerShell 4.0 and
later. None decides anything about a process server: what to do next is decided in Python, from what the scripts say.
Keys are in snake_case, times ISO 8601 in UTC, sizes whole numbers of bytes. Parameters and results stand above each text.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.scripts import (
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

ALL = {
    "get_server_state": server_state.GET_SERVER_STATE,
    "get_file_hash": files.GET_FILE_HASH,
    "download_file": files.DOWNLOAD_FILE,
    "write_secret_file": files.WRITE_SECRET_FILE,
    "initialize_data_disk": data_disk.INITIALIZE_DATA_DISK,
    "extract_installer": setup.EXTRACT_INSTALLER,
    "start_setup_task": setup.START_SETUP_TASK,
    "get_setup_task": setup.GET_SETUP_TASK,
    "remove_setup_files": setup.REMOVE_SETUP_FILES,
    "start_services": services.START_SERVICES,
    "get_boot_time": restart.GET_BOOT_TIME,
    "restart_server": restart.RESTART_SERVER,
    "get_winrm_listener": winrm_listener.GET_WINRM_LISTENER,
    "create_winrm_listener": winrm_listener.CREATE_WINRM_LISTENER,
    "test_tcp": network.TEST_TCP,
    "compare_passphrase": passphrase.COMPARE_PASSPHRASE,
    "run_unregister_tool": unregister_tool.RUN_UNREGISTER_TOOL,
}
"""Name of the script -> its text."""
