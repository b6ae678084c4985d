"""Results of our modules as tests write them down: seconds since one begin instead of times."""

from __future__ import annotations

import datetime

BEGIN = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)


def at(seconds):
    return BEGIN + datetime.timedelta(seconds=seconds)


def iso(seconds):
    return at(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def step(server, name, begin, end, status="finished", detail=""):
    return {
        "server": server,
        "step": name,
        "status": status,
        "detail": detail,
        "started": iso(begin),
        "finished": None if end is None else iso(end),
        "seconds": None if end is None else end - begin,
    }


def server(name, **fields):
    network = "/subscriptions/s/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app"
    return {"name": name, "virtual_network": network, "private_ip_address": "192.0.2.10", "changed": True, "action": "register", **fields}


def registered(name, **fields):
    return server(name, **{"state": "registered", "version": "9.62.7096.1", "heartbeat_age_seconds": 12, **fields})


def check(name, result, **fields):
    return {"check": name, "server": "", "result": result, "evidence": f"what was seen of {name}", "cure": "", **fields}


def failure(name, **fields):
    return {
        "name": name,
        "step": "run setup",
        "code": "512",
        "message": "running the set-up on ps-db-01: 512: no answer (correlation id c-1). Open TCP 443, then run again.",
        "correlation_id": "c-1",
        "cure": "Open TCP 443, then run again",
        **fields,
    }
