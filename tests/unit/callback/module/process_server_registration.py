"""A module that ends with the result it is given, so that a test says what a task of ours returns."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        argument_spec=dict(result=dict(type="dict"), passphrase=dict(type="str", no_log=True), progress_file=dict(type="path")),
        supports_check_mode=True,
    )
    result = module.params["result"]
    if result.get("failed"):
        module.fail_json(**{"msg": "a server failed", **result})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
