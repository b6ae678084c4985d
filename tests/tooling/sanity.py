"""Runs all of `ansible-test sanity` over the copy of the work tree, and accepts no check that was left out for a missing program.

Two things it cannot get on its own where only package registries are reached are prepared first: the script it
bootstraps pip with, and the directories of the real interpreters (it cannot use the shims of a version manager).
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import checkout  # noqa: E402

HOME = checkout.CACHE / "ansible-test"

# Written beside a wheel of pip, into the cache where ansible-test looks before it downloads the script of this name.
GET_PIP = '''\
"""Installs the pip whose wheel lies beside this file; takes the arguments of the well-known script of this name."""

import os
import runpy
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WHEEL = os.path.join(HERE, "pip-{version}-py3-none-any.whl")
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", "--no-index", "--find-links", HERE] + packages
sys.path.insert(0, WHEEL)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''

# Whatever it leaves out fails the run, but for these: checks that are switched off by its authors, and those that do not
# apply to a Python version.
LEFT_OUT = re.compile(r"Skipping |Required program .* not found")
NOT_APPLICABLE = re.compile(r"because it is unsupported|Skipping tests disabled by default")
NO_INTERPRETER = re.compile(r"on Python (?P<version>[\d.]+) because it could not be found")


def problems(output, interpreters_required):
    """The lines of ``output`` that tell of a check left out; pure.

    ``interpreters_required``: whether a Python version that this machine does not have counts as well.
    """
    found = []
    for line in output.splitlines():
        if not LEFT_OUT.search(line) or NOT_APPLICABLE.search(line):
            continue
        if NO_INTERPRETER.search(line) and not interpreters_required:
            continue
        found.append(line)
    return found


def interpreters_missing(output):
    """The Python versions that ansible-test wanted and did not find, in their order; pure."""
    versions = {match["version"] for match in NO_INTERPRETER.finditer(output)}
    return sorted(versions, key=lambda version: [int(part) for part in version.split(".")])


def pip_version():
    """The version of pip that the installed ansible-test bootstraps its environments with."""
    # In a process of its own: importing ansible-test's internals changes the one that does it.
    script = """
import types
from ansible_test._internal.python_requirements import get_venv_packages
print(get_venv_packages(types.SimpleNamespace(version="3.12"))["pip"])
"""
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()


def prepare_pip(version, home=HOME):
    """Put the script and the wheel where ansible-test looks."""
    cache = home / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), f"pip=={version}"]
    subprocess.run(command, check=True)
    script.write_text(GET_PIP.format(version=version), encoding="utf-8")


def real_interpreters(path=None):
    """Directories of the interpreters that the shims of a version manager stand for.

    A shim answers with whatever version is chosen for the current directory; asked by its full name (python3.12) while
    all versions are chosen, it is the one meant.
    """
    directories = []
    for directory in (path or os.environ.get("PATH", "")).split(os.pathsep):
        for shim in sorted(pathlib.Path(directory).glob("python3.*")) if directory else ():
            if not re.fullmatch(r"python3\.\d+", shim.name) or not os.access(shim, os.X_OK):
                continue
            real = _executable_of(shim)
            if real and real.parent != shim.parent and (real.parent / shim.name).exists():
                directories.append(str(real.parent))
    return list(dict.fromkeys(directories))


def _executable_of(shim):
    for environment in (None, {"PYENV_VERSION": _version_for(shim.name)}):
        if environment and not environment["PYENV_VERSION"]:
            continue
        command = [str(shim), "-c", "import sys; print(sys.executable)"]
        answer = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **(environment or {})})
        if answer.returncode == 0:
            return pathlib.Path(answer.stdout.strip())
    return None


def _version_for(name):
    """The newest version that pyenv has for ``python3.N``, or nothing."""
    pyenv = shutil.which("pyenv")
    if not pyenv:
        return ""
    wanted = name.removeprefix("python") + "."
    listed = subprocess.run([pyenv, "versions", "--bare"], check=False, capture_output=True, text=True).stdout.split()
    return next((version for version in reversed(listed) if version.startswith(wanted)), "")


def environment():
    """The environment of the run: a home of its own, so that nothing is put into the user's."""
    home = pathlib.Path.home()
    settings = [path for path in (home / ".config/pip/pip.conf", home / ".pip/pip.conf") if path.exists()]
    result = dict(os.environ, HOME=str(HOME), PIP_CACHE_DIR=os.environ.get("PIP_CACHE_DIR", str(home / ".cache" / "pip")))
    if settings:
        result.setdefault("PIP_CONFIG_FILE", str(settings[0]))
    programs = str(pathlib.Path(sys.executable).parent)
    result["PATH"] = os.pathsep.join([programs, *real_interpreters(), os.environ["PATH"]])
    result.pop("PYTHONPATH", None)
    return result


def main(arguments):
    prepare_pip(pip_version())
    command = [str(pathlib.Path(sys.executable).with_name("ansible-test")), "sanity", "--color", "no", *arguments]
    process = subprocess.Popen(
        command, cwd=checkout.COPY, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    output = "".join(lines)
    required = bool(os.environ.get("CI"))
    left_out = problems(output, required)
    for line in left_out:
        print(f"FAILED: a check was left out: {line}")
    if not required:
        for version in interpreters_missing(output):
            print(f"NOT CHECKED HERE: Python {version}, of which this machine has no interpreter")
    return process.wait() or bool(left_out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
