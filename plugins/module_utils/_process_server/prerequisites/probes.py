# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is tried from here that is no request to Azure: a TCP port, the installer's URL. Decides nothing; private to this collection."""

from __future__ import annotations

import socket

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import (
    Connection,
    Download,
    Fact,
)

# Long enough for a slow line to on-premises; every probe of a run goes at the same time.
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30


def connect(address, port, seconds=CONNECT_SECONDS):
    """Open a TCP connection and close it again: a `Connection`. Nothing is sent."""
    try:
        with socket.create_connection((address, port), timeout=seconds) as opened:
            return Connection("open", local_address=opened.getsockname()[0])
    except ConnectionRefusedError:
        return Connection("refused", local_address=_local_address(address, port))
    except TimeoutError:
        return Connection("silent", local_address=_local_address(address, port))
    except OSError as error:
        return Connection("error", error.strerror or type(error).__name__, _local_address(address, port))


def _local_address(address, port):
    """The address of ours from which it was tried; a datagram socket that is connected sends nothing."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
            unsent.connect((address, port))
            return unsent.getsockname()[0]
    except OSError:
        return ""


def ask_installer(url):
    """What the installer's URL answers, without its body: a `Fact` with a `Download`. Errors do not quote the URL, which may hold a signature."""
    import requests

    try:
        # Without compression, since the size of the file itself is what is asked for.
        answer = requests.head(
            url,
            allow_redirects=True,
            timeout=(CONNECT_SECONDS * 2, ANSWER_SECONDS),
            headers={"Accept-Encoding": "identity"},
        )
    except requests.RequestException as error:
        return Fact(unknown=_words(error))
    length = answer.headers.get("Content-Length", "")
    return Fact(Download(answer.status_code, int(length) if length.isdigit() else None))


def _words(error):
    import requests

    for kind, words in (
        (requests.exceptions.ProxyError, "the proxy does not let it through"),
        (requests.exceptions.SSLError, "its certificate is not trusted"),
        (requests.exceptions.Timeout, "no answer in time"),
        (requests.exceptions.ConnectionError, "no connection"),
    ):
        if isinstance(error, kind):
            return words
    return type(error).__name__
