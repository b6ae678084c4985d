"""Checks recorded exchanges with oav against the published OpenAPI files, and says which operations were covered.

Usage: ``python -m tests.conformance.check FOLDER`` with the exchanges the rehearsal worlds wrote there. It ends with 1 when an
exchange breaks its operation's schema, matches no operation, or when an operation that was sent could not be checked.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import jsonschema

from tests.conformance import own_schemas, versions

CHECKOUT = pathlib.Path(__file__).parents[2]
VALIDATOR = pathlib.Path(__file__).with_name("validate.js")
ARM = "management.azure.com"


def shared_folder():
    """The folder with the published specifications, beside the checkout unless the environment names another."""
    return pathlib.Path(os.environ.get("AZURE_DR_SHARED") or CHECKOUT.parent / "shared")


def missing_requirements():
    """Why the check cannot be made here, or an empty text."""
    if not (shared_folder() / "azure-specs" / "specification").is_dir():
        return f"the published OpenAPI files are not here: {shared_folder()}/azure-specs"
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
            url = urllib.parse.urlsplit(exchange["url"])
            body = json.dumps([exchange["response_body"], exchange["request_body"]], sort_keys=True)
            key = hashlib.sha256(f"{exchange['method']} {url.netloc}{url.path} {url.query} {exchange['status']} {body}".encode()).hexdigest()
            seen.setdefault(key, exchange)
    return list(seen.values())


def check(exchanges):
    """``(operations covered with their number of exchanges, problems)``."""
    problems, covered, asked = [], collections.Counter(), []
    for exchange in exchanges:
        url = urllib.parse.urlsplit(exchange["url"])
        own = own_schemas.find(url.netloc, url.path)
        if own:
            problems += _check_own(exchange, url, own)
            covered[f"(own schema) {_template(url)}"] += 1
        elif url.netloc != ARM:
            problems.append(f"{_name(exchange)}: matches no operation and is not on the closed list")
        else:
            asked.append((exchange, url))
    for exchange, answer in zip((exchange for exchange, _url in asked), _ask_oav(asked), strict=True):
        problems += _judge(exchange, answer)
        covered[answer["operation"] or f"(no operation) {exchange['method']} {exchange['url']}"] += 1
    return covered, problems


def _ask_oav(asked):
    lines = []
    for number, (exchange, url) in enumerate(asked):
        sent = dict(urllib.parse.parse_qsl(url.query)).get("api-version", "")
        version, _problem = versions.held(url.path, sent)
        query = re.sub(r"(?<=api-version=)[^&]*", version or sent, url.query)
        lines.append(
            json.dumps(
                {
                    "id": number,
                    "method": exchange["method"],
                    "url": urllib.parse.urlunsplit(("", "", url.path, query, "")),
                    "status": exchange["status"],
                    "requestHeaders": _lower(exchange["request_headers"]),
                    "requestBody": exchange["request_body"],
                    "responseHeaders": _lower(exchange["response_headers"]),
                    "responseBody": exchange["response_body"],
                }
            )
        )
    done = subprocess.run(
        ["node", str(VALIDATOR), str(shared_folder() / "azure-specs" / "specification")],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        env={**os.environ, "NODE_PATH": str(node_modules())},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"oav failed: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _judge(exchange, answer):
    url = urllib.parse.urlsplit(exchange["url"])
    sent = dict(urllib.parse.parse_qsl(url.query)).get("api-version", "")
    refused = exchange["status"] >= 400
    _version, problem = versions.held(url.path, sent)
    if problem and not refused:
        return [f"{_name(exchange)}: {problem}"]
    if answer["operation"] is None:
        # A request that ARM itself refuses need not be one that exists (an unknown path, a missing version).
        return _check_shape(exchange) if refused else [f"{_name(exchange)}: matches no operation"]
    errors = answer["errors"]
    if refused:
        undeclared = any(error["code"] == "INVALID_RESPONSE_CODE" for error in errors)
        errors = [error for error in errors if error["half"] == "response" and error["code"] != "INVALID_RESPONSE_CODE"]
        if undeclared or errors:
            return _check_shape(exchange)
    return [f"{_name(exchange)} [{answer['operation']}]: {error['half']} {error['code']} {error['path']}: {error['message']}" for error in errors]


def _check_own(exchange, url, own):
    success, error = own
    return _validate(exchange, error if exchange["status"] >= 400 else success)


def _check_shape(exchange):
    return _validate(exchange, own_schemas.ERROR_SHAPES)


def _validate(exchange, schema):
    found = jsonschema.Draft202012Validator(schema).iter_errors(exchange["response_body"])
    return [f"{_name(exchange)}: {'/'.join(map(str, error.absolute_path))} {error.message}" for error in found]


def _name(exchange):
    url = urllib.parse.urlsplit(exchange["url"])
    return f"{exchange['method']} {url.path} -> {exchange['status']}"


def _template(url):
    return url.netloc + re.sub(r"/(operations|diskoperations|operationresults|replicationoperationstatus)/[^/]+$", r"/\1/{id}", re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)", "/{id}", url.path, flags=re.IGNORECASE), flags=re.IGNORECASE)


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
        return 0
    exchanges = read(options.folder)
    if not exchanges:
        raise SystemExit(f"conformance: no exchange was recorded in {options.folder}")
    covered, problems = check(exchanges)
    print(f"conformance: {len(exchanges)} different exchanges, {len(covered)} operations")
    for operation, count in sorted(covered.items()):
        print(f"  {count:5}  {operation}")
    for problem in sorted(set(problems)):
        print(f"  WRONG  {problem}")
    print(f"conformance: {len(set(problems))} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
