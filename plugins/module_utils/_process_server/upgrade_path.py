# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Through which versions a process server is upgraded. Pure; private to this collection.

service-updates-how-to: an upgrade is supported over at most four minor versions; from further behind one first goes to the own
version plus four, so from 9.16 to 9.20, and then on to 9.24.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import versions

# "All versions below N-4 are out of support" (service-updates-how-to).
MOST_MINOR_VERSIONS = 4


def steps(name, current, target, available):
    """The versions to install one after the other, ``target`` the last; ``()`` where ``current`` is it.

    ``available``: versions of the installers that were given, in any order. As few steps as there can be: each goes as far
    as is supported. A `Refusal` for server ``name`` names the versions that an installer is missing of.
    """
    here, found = current, []
    wanted = [version for version in available if not versions.is_newer(version, target)]
    while not versions.are_same(here, target):
        within = [version for version in wanted if is_supported(here, version)]
        if not within:
            raise _no_way(name, here, target, available)
        here = max(within, key=versions.numbers)
        found.append(here)
    return tuple(found)


def is_supported(current, version):
    """Whether one upgrade may go from ``current`` to ``version``; nothing is documented of one between major versions."""
    (major, minor), (new_major, new_minor) = _release(current), _release(version)
    return bool(versions.is_newer(version, current)) and major == new_major and new_minor - minor <= MOST_MINOR_VERSIONS


def _no_way(name, here, target, available):
    (major, minor), (new_major, new_minor) = _release(here), _release(target)
    if major != new_major:
        missing = f"Microsoft documents no upgrade from {major}.x to {new_major}.x"
        cure = "Deploy a new process server with the configuration server's version and switch its machines to that"
    elif is_supported(here, target):
        missing = f"no installer of {target} is given"
        cure = f"Add the installer of {target} to installers"
    else:
        last = min(minor + MOST_MINOR_VERSIONS, new_minor)
        missing = (
            f"one upgrade goes over at most {MOST_MINOR_VERSIONS} minor versions, and no installer from {major}.{minor + 1} to "
            f"{major}.{last} is given"
        )
        cure = f"Add an installer of {major}.{last}, or of the nearest before it, to installers"
    given = ", ".join(sorted(available, key=versions.numbers)) or "none"
    return Refusal("finding the way to the version", on=name, code="no path", said=f"from {here} to {target}: {missing}; given: {given}", cure=cure)


def _release(version):
    """``(major, minor)``."""
    numbers = versions.numbers(version)
    return numbers[0], numbers[1] if len(numbers) > 1 else 0
