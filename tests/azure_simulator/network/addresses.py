"""Which addresses of a subnet are Azure's own, taken, or free. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator

# virtual-networks-faq: Azure keeps the first four and the last address of every subnet for itself.
RESERVED_FIRST = 4
OFFERED = 5

Address = ipaddress.IPv4Address
Prefix = ipaddress.IPv4Network


def is_reserved(prefix: Prefix, address: Address) -> bool:
    return int(address) - int(prefix.network_address) < RESERVED_FIRST or address == prefix.broadcast_address


def free(prefix: Prefix, taken: Collection[str]) -> Iterator[str]:
    """The free addresses, lowest first."""
    return (str(one) for one in prefix.hosts() if not is_reserved(prefix, one) and str(one) not in taken)


def availability(prefix: Prefix, address: Address, taken: Collection[str]) -> dict:
    """The answer of CheckIPAddressAvailability (recorded): five others where the address is not to be had."""
    reserved = is_reserved(prefix, address)
    if not reserved and str(address) not in taken:
        return {"available": True, "availableIPAddresses": [], "isPlatformReserved": False}
    others = [one for one, _number in zip(free(prefix, taken), range(OFFERED))]
    return {"available": False, "availableIPAddresses": others, "isPlatformReserved": reserved}
