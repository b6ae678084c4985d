"""Microsoft's sizing table, and its edges."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import sizing as subject


@pytest.mark.parametrize(
    "churn, machines, cores, memory, disk, size",
    [
        (None, None, 8, 12, 600, "Standard_A8_v2"),
        (0, None, 4, 8, 300, "Standard_A4_v2"),
        (250, 85, 4, 8, 300, "Standard_A4_v2"),
        (250.5, None, 8, 12, 600, "Standard_A8_v2"),
        (10, 86, 8, 12, 600, "Standard_A8_v2"),
        (1024, 150, 8, 12, 600, "Standard_A8_v2"),
        (1025, 10, 12, 24, 1024, "Standard_D16s_v5"),
        (None, 225, 12, 24, 1024, "Standard_D16s_v5"),
    ],
)
def test_row(churn, machines, cores, memory, disk, size):
    row = subject.row_for(churn, machines)
    assert (row.cores, row.memory_gb, row.cache_disk_gb, row.size) == (cores, memory, disk, size)


@pytest.mark.parametrize("churn, machines", [(2049, None), (None, 226), (1, 1000)])
def test_more_than_one_server_can_carry(churn, machines):
    assert subject.row_for(churn, machines) is None
