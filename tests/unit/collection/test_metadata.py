"""What the collection says of itself agrees with what it is."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess
import sys
import tarfile

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[3]
PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
# The package that brings what is imported, where the names differ.
PACKAGES = {
    "azure.core": "azure-core",
    "azure.identity": "azure-identity",
    "azure.mgmt.compute": "azure-mgmt-compute",
    "azure.mgmt.core": "azure-mgmt-core",
    "azure.mgmt.network": "azure-mgmt-network",
    "azure.mgmt.recoveryservicessiterecovery": "azure-mgmt-recoveryservicessiterecovery",
    "requests": "requests",
    "requests_ntlm": "pywinrm",  # pywinrm requires it
    "urllib3": "requests",  # requests requires it
    "winrm": "pywinrm",
}


def load(name):
    return yaml.safe_load((ROOT / name).read_text())


def requirements(name):
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("-r")]


def imported_by(node):
    """The modules that a statement imports, also one that names its module in a call."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if not node.level else []
    # Clients of one kind are made in one function, which is told the name of the module.
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"azure\.mgmt(\.\w+)+", node.value):
        return [node.value]
    return []


def third_party():
    """Every module from outside that the plugins import, as its longest known name."""
    found = set()
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            for name in imported_by(node):
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in ("ansible", "ansible_collections", "__future__"):
                    found.add(name)
    return found


def package_of(name):
    while name:
        if name in PACKAGES:
            return PACKAGES[name]
        name = name.rpartition(".")[0]
    return None


def test_the_action_group_is_all_our_modules():
    assert sorted(load("meta/runtime.yml")["action_groups"]["azure"]) == MODULES


def test_each_action_plugin_belongs_to_a_module_that_takes_a_progress_file():
    for path in (PLUGINS / "action").glob("*.py"):
        assert path.stem in MODULES
        documentation = (PLUGINS / "modules" / path.name).read_text()
        assert "azure_dr.site_recovery.progress" in documentation, path.stem


def test_both_requirement_files_agree():
    assert requirements("requirements.txt") == requirements("meta/ee-requirements.txt")
    assert load("meta/execution-environment.yml")["dependencies"]["python"] == "meta/ee-requirements.txt"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-importer.txt"])
def test_requirements_have_lower_bounds_only(name):
    for line in requirements(name):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+>=[0-9][0-9.]*", line), line


def test_what_is_imported_is_required_and_what_is_required_is_imported():
    required = {line.partition(">=")[0] for line in requirements("requirements.txt")}
    needed = {package_of(name) or name for name in third_party()}
    assert needed == required


def test_no_module_imports_a_library_of_azure_or_windows_by_being_imported():
    names = [
        "ansible_collections.azure_dr.site_recovery." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for folder in ("modules", "module_utils")
        for path in sorted((PLUGINS / folder).rglob("*.py"))
        if path.stem != "__init__"
    ]
    script = "import importlib, sys\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    script += "\nprint(sorted(n for n in sys.modules if n.partition('.')[0] in ('azure', 'msal', 'requests', 'urllib3', 'winrm')))"
    path = [str(ROOT / ".cache" / "collections"), *sys.path]
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{script}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_each_playbook_describes_the_variables_it_reads():
    for path in (ROOT / "playbooks").glob("*.yml"):
        if path.name.endswith(".meta.yml"):
            continue
        text = path.read_text()
        read = set()
        for expression in re.findall(r"{{(.*?)}}", text, re.DOTALL):
            read.update(re.findall(r"(?<![\w.'|])\s*([a-z_]+)", expression.partition("|")[0]))
        described = set(load(path.relative_to(ROOT).with_suffix(".meta.yml"))["argument_specs"][path.stem]["options"])
        # What begins with __ is registered by the playbook itself.
        assert {name for name in read if not name.startswith("__")} - {"ansible_playbook_python"} == described, path.name


def test_role_variables_begin_with_the_roles_name():
    for role in (ROOT / "roles").iterdir():
        options = load(role.relative_to(ROOT) / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
        defaults = load(role.relative_to(ROOT) / "defaults/main.yml") or {}
        assert all(name.startswith(f"{role.name}_") for name in [*options, *defaults])
        assert set(defaults) <= set(options)
        assert {name: options[name].get("default") for name in defaults} == defaults


def test_secrets_of_roles_are_typed_so_that_no_error_quotes_them():
    secrets = ("passphrase", "process_servers", "process_server_defaults", "configuration_server_winrm")
    for role in (ROOT / "roles").iterdir():
        options = load(role.relative_to(ROOT) / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
        for secret in secrets:
            option = options.get(f"{role.name}_{secret}")
            assert option is None or (option["type"] == "raw" and option["no_log"] is True), (role.name, secret)


def test_the_archive_carries_what_users_need_and_nothing_else(tmp_path):
    command = [sys.executable, "-m", "ansible", "galaxy", "collection", "build", str(ROOT), "--output-path", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        top = {name.partition("/")[0] for name in opened.getnames()}
    assert top == {
        "CHANGELOG.rst",
        "FILES.json",
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "changelogs",
        "docs",
        "meta",
        "playbooks",
        "plugins",
        "requirements.txt",
        "roles",
    }
