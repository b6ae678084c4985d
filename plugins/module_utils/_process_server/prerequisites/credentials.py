# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do Azure's rules take the administrator's name and password. Pure; never quotes a password; private to this collection."""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import failed, not_applicable, ok
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import is_registered

# Both lists and lengths: virtual-machines/windows/faq, and OSProfile.adminUsername and adminPassword in the Compute API.
LONGEST_USER = 20
REFUSED_USERS = frozenset(
    "administrator admin user user1 test user2 test1 user3 admin1 1 123 a actuser adm admin2 aspnet backup console david guest john owner root "
    "server sql support support_388945a0 sys test2 test3 user4 user5".split()
)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 123
REFUSED_PASSWORDS = frozenset(["abc@123", "iloveyou!", "P@$$w0rd", "P@ssw0rd", "P@ssword123", "Pa$$word", "pass@word1", "Password!", "Password1", "Password22"])
KINDS = ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]")
PASSWORD_RULE = f"Give {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters with lower case, upper case, a digit and a special character"


def checks(facts, places, fabric):
    return [check for place in places for check in _of(facts, place, fabric)]


def user_flaw(user):
    """What is wrong with a user name, empty when nothing is."""
    if not user:
        return "admin_username is not given"
    if len(user) > LONGEST_USER:
        return f"{user} has {len(user)} characters, Azure takes {LONGEST_USER}"
    if user.endswith("."):
        return f"{user} ends with a full stop"
    if user.lower() in REFUSED_USERS:
        return f"{user} is one of the names that Azure refuses"
    # The characters that Windows refuses in the name of a local account.
    if re.search(r'[\\/"\[\]:|<>+=;,?*@\x00-\x1f]', user):
        return f"{user!r} has a character that Windows refuses in a user name"
    return ""


def password_flaw(password):
    """What is wrong with a password, in words that do not tell it; empty when nothing is.

    The documented sources differ (8 or 12 characters, three or all four kinds): what holds for all of them is asked for.
    """
    if not password:
        return "admin_password is not given"
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return f"admin_password has fewer than {SHORTEST_PASSWORD} or more than {LONGEST_PASSWORD} characters"
    if not all(re.search(kind, password) for kind in KINDS):
        return "admin_password lacks lower case, upper case, a digit or a special character"
    if password in REFUSED_PASSWORDS:
        return "admin_password is one that Azure refuses"
    return ""


def _of(facts, place, fabric):
    if place.deployed and is_registered(place.entry, fabric, facts.now):
        why = "the machine is there and registered, nobody has to sign in"
        return [not_applicable("admin_username", place.name, why), not_applicable("admin_password", place.name, why)]
    return [
        _verdict("admin_username", place, user_flaw(place.entry.get("admin_username")), "Give another user name"),
        _verdict("admin_password", place, password_flaw(place.entry.get("admin_password")), PASSWORD_RULE),
    ]


def _verdict(name, place, flaw, cure):
    return failed(name, place.name, flaw, cure) if flaw else ok(name, place.name, "Azure's rules take it")
