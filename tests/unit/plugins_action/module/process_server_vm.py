"""A module with two steps, the second of which waits for a file: so a test decides when the task goes on."""

from __future__ import annotations

import os
import stat
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress


def main():
    module = AnsibleModule(
        argument_spec=dict(gate=dict(type="path"), password=dict(type="str", no_log=True), fail=dict(type="bool"), progress_file=dict(type="path")),
        supports_check_mode=True,
    )
    path = module.params["progress_file"]
    progress = Progress(path)
    with progress.step("ps-app-01", "create virtual machine"):
        pass
    with progress.step("ps-app-01", "wait for agent"):
        while module.params["gate"] and not os.path.exists(module.params["gate"]):
            time.sleep(0.01)
    found = dict(
        changed=True,
        saw_check_mode=module.check_mode,
        saw_diff=module._diff,
        diff=dict(before="old\n", after="new\n"),
        file=path,
        file_mode=path and f"{stat.S_IMODE(os.stat(path).st_mode):o}",
        directory_mode=path and f"{stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode):o}",
    )
    if module.params["fail"]:
        module.fail_json(msg="it did not work", **found)
    module.exit_json(**found)


if __name__ == "__main__":
    main()
