# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Azure and Windows take as a computer name, an administrator and a password. Pure; private to this collection.

The rules are those of "Frequently asked question about Windows Virtual Machines" (virtual-machines/windows/faq) unless
marked otherwise. No text made here quotes a password.
"""

from __future__ import annotations

import re

# A Windows computer name (NetBIOS) has 15 characters at most.
LONGEST_NAME = 15
LONGEST_USER_NAME = 20
PASSWORD_LENGTHS = (12, 123)

REFUSED_USER_NAMES = frozenset(
    "1 123 a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner "
    "root server sql "
    "support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4 user5".split()
)
REFUSED_PASSWORDS = frozenset(
    (
        "abc@123",
        "iloveyou!",
        "P@$$w0rd",
        "P@ssw0rd",
        "P@ssword123",
        "Pa$$word",
        "pass@word1",
        "Password!",
        "Password1",
        "Password22",
    )
)
# Signs no local Windows account may have in its name.
SIGNS_NO_USER_NAME_HAS = '\\/"[]:|<>+=;,?*@&'


def name_problem(name):
    """Why ``name`` cannot be a process server's, or an empty text."""
    if len(name) > LONGEST_NAME:
        return f"the name has {len(name)} characters; a Windows computer name has {LONGEST_NAME} at most"
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        return "the name may hold letters, digits and hyphens only"
    if name.startswith("-") or name.endswith("-"):
        return "the name may not begin or end with a hyphen"
    if name.isdigit():
        return "the name may not consist of digits only"
    return ""


def user_name_problem(user_name):
    """Why ``user_name`` cannot be the administrator's, or an empty text."""
    if len(user_name) > LONGEST_USER_NAME:
        return f"admin_username has {len(user_name)} characters, {LONGEST_USER_NAME} are allowed"
    if user_name.endswith("."):
        return "admin_username may not end with a full stop"
    if user_name.lower() in REFUSED_USER_NAMES:
        return f"Azure refuses the admin_username {user_name}"
    if any(sign in SIGNS_NO_USER_NAME_HAS or not sign.isprintable() for sign in user_name):
        return f"admin_username may hold none of {SIGNS_NO_USER_NAME_HAS}"
    return ""


def password_problem(password):
    """Why Azure will not take the password, or an empty text; the password itself is not in it."""
    shortest, longest = PASSWORD_LENGTHS
    if not shortest <= len(password) <= longest:
        return f"admin_password has {len(password)} characters, {shortest} to {longest} are allowed"
    if password in REFUSED_PASSWORDS:
        return "Azure refuses this admin_password, which everybody tries first"
    kinds = sum(bool(re.search(pattern, password)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]"))
    if kinds < 3:
        return "admin_password needs three of these: lower case letters, upper case letters, digits, other signs"
    return ""
