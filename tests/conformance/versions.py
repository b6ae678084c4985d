"""From the api-version the product sends to the one whose OpenAPI file is held: a version not listed is an error."""

from __future__ import annotations

import re

# (what the path is about, versions sent, version held). The first that matches counts. The libraries send the newest
# versions, and not the same for all parts of a service; the files held are the nearest complete copies, whose models
# the newer ones extend.
TABLE = (
    # Asked of any resource, whose own provider stands before it in the path.
    (r"/providers/Microsoft\.Authorization/", {"2022-04-01"}, "2022-04-01"),
    (r"/providers/Microsoft\.Compute/skus$", {"2021-07-01"}, "2021-07-01"),
    (r"/providers/Microsoft\.Compute/disks(/|$)", {"2025-01-02", "2026-03-02", "2026-03-03"}, "2023-10-02"),
    (r"/providers/Microsoft\.Compute/", {"2025-04-01", "2026-03-01", "2026-03-02", "2026-04-01"}, "2024-03-01"),
    (r"/providers/Microsoft\.Network/", {"2026-03-01"}, "2024-01-01"),
    (r"/providers/Microsoft\.RecoveryServices/vaults/[^/]+/replication", {"2025-08-01"}, "2024-04-01"),
    (r"/providers/Microsoft\.RecoveryServices/vaults", {"2024-04-01", "2026-11-01"}, "2024-04-01"),
    (r"/providers/Microsoft\.MarketplaceOrdering/", {"2021-01-01"}, "2021-01-01"),
    (r"^/subscriptions/[^/]+/resourcegroups(/[^/]+)?$", {"2021-04-01"}, "2021-04-01"),
    (r"^/subscriptions(/[^/]+)?$", {"2022-12-01"}, "2022-12-01"),
)


def held(path, sent):
    """The version held for a request, or a text that says why there is none."""
    for pattern, versions, version in TABLE:
        if re.search(pattern, path, re.IGNORECASE):
            return (version, None) if sent in versions else (None, f"api-version {sent} is not in the table for {pattern}")
    return None, "no line of the table of versions is about this path"
