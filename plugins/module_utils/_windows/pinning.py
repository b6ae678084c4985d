# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate a server may show. Private to this collection.

Either exactly the one whose SHA-256 is known beforehand, or one that an authority vouches for. Any other certificate
ends the TLS handshake: nothing is sent to that server, neither credentials nor any other byte of HTTP.
"""

from __future__ import annotations

import os
import re
import ssl

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal


def normalize_fingerprint(text):
    """64 lower-case hexadecimal digits; colons and blanks between them are allowed, other lengths refused.

    Shorter ones are MD5 and SHA-1, which can be forged; SHA-1 is what Windows shows as the certificate's thumbprint.
    """
    digits = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise Refusal(
            "reading the certificate's fingerprint",
            said=f"{text!r} is not a SHA-256 of 64 hexadecimal digits",
            cure=(
                "Windows' own thumbprint is a SHA-1 of 40 digits and does not serve. Ask for the right one with: "
                "openssl s_client -connect ADDRESS:5986 | openssl x509 -noout -fingerprint -sha256"
            ),
        )
    return digits


def authorities(ca_file):
    """What `requests` takes as ``verify``: the file given, else this system's own store of certificate authorities.

    Variables that steer other programs, such as REQUESTS_CA_BUNDLE, are not looked at: a proxy's certificate
    authority that is trusted for Azure has no say in who a server is.
    """
    if ca_file:
        if not os.path.exists(ca_file):
            raise Refusal("reading the certificate authorities", on=ca_file, said="there is no such file", cure="Correct winrm_ca_file")
        return ca_file
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    # A Python that was not built for this system points to a directory that is empty or not there.
    return paths.capath if paths.capath and os.listdir(paths.capath) else True


def protect(session, fingerprint, ca_file):
    """Make a `requests` session accept the right certificate only. Without a fingerprint, authorities decide."""
    if fingerprint:
        session.mount("https://", _pinning_adapter(normalize_fingerprint(fingerprint)))
    else:
        session.verify = authorities(ca_file)


def _pinning_adapter(fingerprint):
    from requests.adapters import HTTPAdapter

    class PinningAdapter(HTTPAdapter):
        """Sends only over connections whose certificate has the fingerprint."""

        # urllib3 compares it right after the handshake, before it writes anything. Through a proxy the connection
        # comes from another manager, which must compare it as well.
        def init_poolmanager(self, connections, maxsize, block=False, **pool_options):
            super().init_poolmanager(connections, maxsize, block=block, assert_fingerprint=fingerprint, **pool_options)

        def proxy_manager_for(self, proxy, **proxy_options):
            return super().proxy_manager_for(proxy, assert_fingerprint=fingerprint, **proxy_options)

        def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
            # A self-signed certificate has no chain to verify; its fingerprint says more than a chain could.
            return super().send(request, stream=stream, timeout=timeout, verify=False, cert=cert, proxies=proxies)

    return PinningAdapter()
