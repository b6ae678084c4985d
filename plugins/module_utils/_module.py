# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's module, which here knows its secrets before it says that its options are wrong. Private to this collection."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.validation import check_type_dict


class Module(AnsibleModule):
    """An `AnsibleModule` that shows no secret when it refuses its options.

    Ansible gathers the values of ``no_log`` options in one go: where a list of dictionaries is given as something else it gives up,
    and then shows all of the options, secrets among them, from ``-vvv`` on.
    """

    _given = {}

    def _load_params(self):
        super()._load_params()
        # The check of the options changes them as it goes, and its texts quote them as they were given.
        self._given = copy.deepcopy(self.params)
        for problem in misshapen(self.argument_spec, self._given):
            self.fail_json(msg=problem)

    def fail_json(self, msg, **kwargs):
        self.no_log_values.update(secrets_in(self.argument_spec, self._given))
        super().fail_json(msg, **kwargs)


def misshapen(specification, options):
    """Which options should hold dictionaries and do not, one text each, without what they hold; pure.

    Ansible's own words for it name neither the option nor its place in the list.
    """
    for name, described in specification.items():
        given = options.get(name)
        if given is None or not described.get("options"):
            continue
        if described["type"] == "dict" and not _is_dictionary(given):
            yield f"{name} must be a dictionary, and is a {_kind(given)}"
        elif described["type"] == "list" and not isinstance(given, (list, tuple)):
            yield f"{name} must be a list of dictionaries, and is a {_kind(given)}"
        elif described["type"] == "list":
            for number, one in enumerate(given, 1):
                if not _is_dictionary(one):
                    yield f"{name} must be a list of dictionaries, and its entry {number} is a {_kind(one)}"


def _is_dictionary(value):
    """Whether it is one, or a text that Ansible takes as one: JSON, or ``key=value`` pairs."""
    try:
        check_type_dict(value)
    except (TypeError, ValueError):
        return False
    return True


def _kind(value):
    if isinstance(value, Mapping):
        return "dictionary"
    return {"str": "text", "list": "list", "int": "number", "float": "number", "bool": "truth value"}.get(type(value).__name__, type(value).__name__)


def secrets_in(specification, options):
    """Every text in the options that is or may be a secret; pure, and for options of any shape.

    What stands in the place of a dictionary with secrets in it counts as one: nobody knows which part of it is the secret.
    """
    if not isinstance(options, Mapping):
        return texts_in(options) if _has_secrets(specification) else set()
    found = set()
    for name, described in specification.items():
        given = options.get(name)
        if given is None:
            continue
        if described.get("no_log"):
            found |= texts_in(given)
        elif described.get("options"):
            for one in given if isinstance(given, (list, tuple)) else [given]:
                found |= secrets_in(described["options"], one)
    return found


def texts_in(value):
    """The texts of a value of any shape, numbers as texts too."""
    if isinstance(value, Mapping):
        return set().union(*map(texts_in, value.values()))
    if isinstance(value, (list, tuple, set)):
        return set().union(*map(texts_in, value))
    return set() if value is None or isinstance(value, bool) or value == "" else {str(value)}


def _has_secrets(specification):
    return any(described.get("no_log") or _has_secrets(described.get("options") or {}) for described in specification.values())
