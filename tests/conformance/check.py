"""Checks recorded exchanges with oav against the published OpenAPI files, and says which operations were covered.

Usage: ``python -m tests.conformance.check FOLDER`` with the exchanges the rehearsal worlds wrote there. It ends with 1 when an
exchange breaks its operation's schema, matches no operation, or when an operation that was sent could not be checked; with 77
and the reason where the validator or the OpenAPI files are not to be had, but with 1 in CI.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

import jsonschema

from tests import shared
from tests.conformance import own_schemas, versions

CHECKOUT = pathlib.Path(__file__).parents[2]
VALIDATOR = pathlib.Path(__file__).with_name("validate.js")
ARM = "management.azure.com"
WORLD = "tests.azure_simulator."
# What the world says in `answered_by` where no handler was asked.
REFUSED_BEFORE = "application"
PLANNED = "planned fault"
# The exit code of a check that cannot be made here, as automake's tests have it.
SKIPPED = 77


def specifications():
    return shared.folder() / "azure-specs" / "specification"


def missing_requirements():
    """Why the check cannot be made here, or an empty text."""
    if not specifications().is_dir():
        return f"the published OpenAPI files are not here: {specifications()}"
    if not shutil.which("node"):
        return "node is not installed"
    if not (node_modules() / "oav").is_dir():
        return f"oav is not installed in {node_modules()} (make tools)"
    return ""


def node_modules():
    return pathlib.Path(os.environ.get("OAV_NODE_MODULES") or CHECKOUT / ".node" / "node_modules")


def read(folder):
    """All exchanges of a folder, each different one once: thousands of polls say the same."""
    seen = {}
    for path in sorted(pathlib.Path(folder).glob("*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            exchange = json.loads(line)
            told = [exchange[name] for name in ("method", "url", "status", "request_body", "response_body")]
            key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
            seen.setdefault(key, exchange)
    return list(seen.values())


def check(exchanges):
    """``(operations covered with their number of exchanges, problems)``.

    Left out is what the world did not answer itself: where a test put a handler of its own in Azure's place. What a
    test planned as a fault has to look like an error of Azure's all the same.
    """
    problems, covered, asked = [], collections.Counter(), []
    for exchange in exchanges:
        url = urllib.parse.urlsplit(exchange["url"])
        if not _is_ours(exchange):
            covered["(not checked: answered by a test's own handler)"] += 1
        elif exchange["answered_by"] == PLANNED and exchange["status"] >= 400:
            problems += _check_fault(exchange)
            covered["(planned fault)"] += 1
        elif own := own_schemas.find(url):
            name, success, error = own
            problems += _validate(exchange, error if exchange["status"] >= 400 else success)
            covered[f"(own schema) {name}"] += 1
        elif url.netloc != ARM:
            problems.append(f"{_name(exchange)}: matches no operation and is not on the closed list")
        else:
            asked.append(exchange)
    for exchange, answer in zip(asked, _ask_oav(asked), strict=True):
        problems += _judge(exchange, answer)
        covered[answer["operation"] or "(no operation)"] += 1
    return covered, problems


def _is_ours(exchange):
    by = exchange["answered_by"]
    return by in (REFUSED_BEFORE, PLANNED) or f"{by}.".startswith(WORLD)


def _check_fault(exchange):
    # A gateway may answer with nothing at all.
    return [] if exchange["response_body"] is None else _validate(exchange, own_schemas.ERROR_SHAPES)


def _ask_oav(asked):
    lines = []
    for number, exchange in enumerate(asked):
        url = urllib.parse.urlsplit(exchange["url"])
        sent = _version(url)
        version, _problem = versions.held(url.path, sent)
        query = re.sub(r"(?<=api-version=)[^&]*", version or sent, url.query)
        lines.append(
            json.dumps(
                {
                    "id": number,
                    "method": exchange["method"],
                    "url": urllib.parse.urlunsplit(("", "", _with_one_parent(url.path), query, "")),
                    "status": exchange["status"],
                    "requestHeaders": _lower(exchange["request_headers"]),
                    "requestBody": exchange["request_body"],
                    "responseHeaders": _lower(exchange["response_headers"]),
                    "responseBody": exchange["response_body"],
                }
            )
        )
    done = subprocess.run(
        ["node", str(VALIDATOR), str(specifications())],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        env={**os.environ, "NODE_PATH": str(node_modules())},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"oav failed: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _with_one_parent(path):
    """The path with everything between provider and resource as one segment, where permissions of a resource are asked:
    Permissions_ListForResource has `{parentResourcePath}` there, which stands for any number of segments, or none, while
    oav takes every parameter for one."""
    pattern = r"^(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+)((?:/[^/]+/[^/]+)*)(/[^/]+/[^/]+/providers/Microsoft\.Authorization/permissions)$"
    return re.sub(
        pattern, lambda part: f"{part[1]}/{urllib.parse.quote(part[2].strip('/'), safe='') or '-'}{part[3]}", path, flags=re.IGNORECASE
    )


def _judge(exchange, answer):
    """What is wrong with an exchange, by what oav says of it."""
    url = urllib.parse.urlsplit(exchange["url"])
    refused = exchange["status"] >= 400
    _version_held, problem = versions.held(url.path, _version(url))
    if refused and exchange["answered_by"] == REFUSED_BEFORE and (problem or answer["operation"] is None):
        # ARM refuses what it does not know in its own way: there is no operation whose errors could be asked for.
        return _validate(exchange, own_schemas.ERROR_SHAPES)
    if problem:
        return [f"{_name(exchange)}: {problem}"]
    if answer["operation"] is None:
        return [f"{_name(exchange)}: matches no operation"]
    if not refused:
        return [_told(exchange, answer, error) for error in answer["errors"]]
    # Requests that are refused may be wrong; the answer has to be as declared, or, undeclared, as the sheets say.
    errors = [error for error in answer["errors"] if error["half"] == "response"]
    if any(error["code"] == "INVALID_RESPONSE_CODE" for error in errors):
        return _validate(exchange, own_schemas.ERROR_SHAPES)
    return [_told(exchange, answer, error) for error in errors]


def _told(exchange, answer, error):
    return f"{_name(exchange)} [{answer['operation']}]: {error['half']} {error['code']} {error['path']}: {error['message']}"


def _validate(exchange, schema):
    found = jsonschema.Draft202012Validator(schema).iter_errors(exchange["response_body"])
    return [f"{_name(exchange)}: {'/'.join(map(str, error.absolute_path))} {error.message}" for error in found]


def _name(exchange):
    url = urllib.parse.urlsplit(exchange["url"])
    return f"{exchange['method']} {url.path} -> {exchange['status']}"


def _version(url):
    return dict(urllib.parse.parse_qsl(url.query)).get("api-version", "")


def _lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    options = parser.parse_args(arguments)
    lacking = missing_requirements()
    if lacking:
        if os.environ.get("CI"):
            raise SystemExit(f"conformance cannot be checked: {lacking}")
        print(f"conformance: skipped, {lacking}")
        return SKIPPED
    exchanges = read(options.folder)
    if not exchanges:
        raise SystemExit(f"conformance: no exchange was recorded in {options.folder}")
    covered, problems = check(exchanges)
    print(f"conformance: {len(exchanges)} different exchanges, {len([name for name in covered if name[0] != '('])} operations")
    for operation, count in sorted(covered.items()):
        print(f"  {count:5}  {operation}")
    for problem in sorted(set(problems)):
        print(f"  WRONG  {problem}")
    print(f"conformance: {len(set(problems))} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
