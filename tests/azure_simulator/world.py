"""The world: what all subsystems share. It lives on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import re
import tempfile
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from .access import Access
from .arm import Router
from .buckets import Buckets
from .certificates import Authority
from .clock import Clock
from .errors import ScenarioError, WorldError
from .faults import Faults
from .operations import Operations
from .request_log import RequestLog

Result = TypeVar("Result")

_FINGERPRINT = re.compile(r"\{certificate_sha256:([0-9.]+)\}")

SUBSYSTEMS = ("entra", "installer_host", "resources", "network", "compute", "site_recovery", "windows")


class World:
    """All state of a rehearsal.

    scenario    sections of the scenario, placeholders replaced
    octet       second octet of all addresses of this world
    clock       .now() in UTC
    loop        the event loop on which handlers and timers run
    operations, faults, log, buckets, access, authority
                long-running operations, planned faults, the request log, throttling, permissions, certificates
    errors      exceptions inside handlers and timers: bugs of the simulator, raised when the world ends
    entra, installer_host, resources, network, compute, site_recovery, windows
                the subsystems, set by their install(world, router)
    """

    entra: Any = None
    installer_host: Any = None
    resources: Any = None
    network: Any = None
    compute: Any = None
    site_recovery: Any = None
    windows: Any = None

    def __init__(self, scenario: dict[str, Any], octet: int, loop: asyncio.AbstractEventLoop):
        self.scenario = scenario
        self.octet = octet
        self.loop = loop
        self.clock = Clock()
        self.errors: list[BaseException] = []
        self.router = Router()
        section = scenario.get("world") or {}
        self.log = RequestLog(scenario, self.clock)
        self.faults = Faults()
        self.buckets = Buckets(section.get("buckets") or {})
        self.access = Access(section)
        self.authority = Authority()
        self.operations = Operations(self, self.router)
        self.proxy_address: tuple[str, int] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="azure-simulator-")
        self._thread = threading.get_ident()
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task] = set()
        self._at_close: list[Callable[[], Any]] = []

    # --- subsystems ------------------------------------------------------------------------------------------------

    async def install(self, subsystems: tuple[str, ...] = SUBSYSTEMS) -> None:
        """Build the subsystems in order; on the loop's thread."""
        self._thread = threading.get_ident()
        for name in subsystems:
            module = importlib.import_module(f"{__package__}.{name}")
            outcome = module.install(self, self.router)
            if inspect.isawaitable(outcome):
                await outcome

    # --- scenario data ---------------------------------------------------------------------------------------------

    def section(self, name: str) -> dict[str, Any]:
        """A section of the scenario; an empty one when the scenario has none of that name."""
        return self.scenario.get(name) or {}

    def latency(self, kind: str, name: str = "") -> float:
        """Seconds that something takes here: `world.latencies.<kind>` is a number, or `{default, by_name}`."""
        latencies = self.section("world").get("latencies") or {}
        entry = latencies.get(kind, latencies.get("default", 0))
        if isinstance(entry, dict):
            by_name = {key.lower(): value for key, value in (entry.get("by_name") or {}).items()}
            entry = by_name.get(name.lower(), entry.get("default", 0))
        if isinstance(entry, bool) or not isinstance(entry, (int, float)) or entry < 0:
            raise ScenarioError(f"the latency {kind!r} must be a number of seconds, not {entry!r}")
        return float(entry)

    def retry_after(self, kind: str, first: bool = True, default: int | tuple[int, int] = 1) -> int:
        """Whole seconds for a Retry-After header: `world.retry_after.<kind>` is a number or `[first, later]`."""
        entry = (self.section("world").get("retry_after") or {}).get(kind, default)
        if isinstance(entry, (list, tuple)):
            entry = entry[0] if first else entry[1]
        if isinstance(entry, bool) or not isinstance(entry, int) or entry < 1:
            raise ScenarioError(f"Retry-After for {kind!r} must be a whole number >= 1, not {entry!r}")
        return entry

    # --- time and work on the loop -----------------------------------------------------------------------------------

    def later(self, seconds: float, callback: Callable[[], Any]) -> None:
        """Run `callback` (plain or async) on the loop after `seconds`. What it raises is kept in `errors`."""
        if threading.get_ident() != self._thread:
            self.loop.call_soon_threadsafe(self.later, seconds, callback)
            return

        def fire() -> None:
            self._timers.discard(handle)
            try:
                outcome = callback()
            except Exception as error:
                self.errors.append(error)
                return
            if inspect.isawaitable(outcome):
                self.spawn(outcome)

        handle = self.loop.call_later(max(0.0, seconds), fire)
        self._timers.add(handle)

    def spawn(self, work: Awaitable[Any]) -> asyncio.Task:
        """Run a coroutine on the loop until it ends or the world does. What it raises is kept in `errors`."""
        async def kept() -> Any:
            try:
                return await work
            except Exception as error:
                self.errors.append(error)

        task = self.loop.create_task(kept())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def call(self, function: Callable[[], Result] | Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run `function` on the loop's thread and return its value: the way in for anyone outside who reads or changes
        the world while it runs."""
        if threading.get_ident() == self._thread:
            raise WorldError("call() is for other threads; on the loop's own thread, just do it")

        async def run() -> Any:
            outcome = function()
            return await outcome if inspect.isawaitable(outcome) else outcome

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    # --- what the outside needs to know ------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """A folder of this world's own, gone when the world ends."""
        return Path(self._folder.name)

    def environment(self) -> dict[str, str]:
        """Environment variables with which a product finds this world instead of the real Azure. Both spellings of the
        proxy variables, and no exceptions from it, so that settings of the machine do not get in the way."""
        if self.proxy_address is None:
            raise WorldError("the world is not being served")
        proxy = "http://{}:{}".format(*self.proxy_address)
        section = self.section("world")
        client = (section.get("clients") or [{}])[0]
        subscription = (section.get("subscriptions") or [{}])[0].get("id", "")
        tenant = (section.get("tenant") or {}).get("id", "")
        return {
            "HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(self.folder / "ca.pem"),
            "AZURE_SUBSCRIPTION_ID": subscription,
            "AZURE_TENANT": tenant, "AZURE_TENANT_ID": tenant,
            "AZURE_CLIENT_ID": client.get("id", ""),
            "AZURE_SECRET": client.get("secret", ""), "AZURE_CLIENT_SECRET": client.get("secret", ""),
        }

    def playbook_vars(self) -> dict[str, Any]:
        """Variables for the shipped playbooks that fit this world. `{certificate_sha256:<address>}` in a text is the
        fingerprint of the certificate that the host at this address shows: known to its administrator, and new in each
        world."""
        def complete(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: complete(item) for key, item in value.items()}
            if isinstance(value, list):
                return [complete(item) for item in value]
            if isinstance(value, str):
                return _FINGERPRINT.sub(lambda match: self._fingerprint(match.group(1)), value)
            return value

        return complete(self.section("playbook"))

    def _fingerprint(self, address: str) -> str:
        for host in self.windows.hosts() if self.windows is not None else ():
            if host.address == address:
                for listener in host.listeners:
                    if listener.transport.upper() == "HTTPS":
                        return listener.sha256
        raise ScenarioError(f"no Windows host at {address} has an HTTPS listener")

    # --- the end -----------------------------------------------------------------------------------------------------

    def at_close(self, callback: Callable[[], Any]) -> None:
        """Call this (plain or async) when the world ends, last registered first."""
        self._at_close.append(callback)

    async def close(self) -> None:
        """Release everything: timers, tasks, what subsystems opened, the folder."""
        for handle in list(self._timers):
            handle.cancel()
        self._timers.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for callback in reversed(self._at_close):
            try:
                outcome = callback()
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception as error:
                self.errors.append(error)
        self._at_close.clear()
        self.log.close()
        self._folder.cleanup()

    def write_authority(self) -> None:
        """Put the certificate of this run's authority where `environment()` says it is."""
        path = self.folder / "ca.pem"
        path.write_bytes(self.authority.pem)
        os.chmod(path, 0o644)

    def raise_errors(self) -> None:
        """Raise what went wrong inside the world, with its traces."""
        if self.errors:
            traces = "\n".join("".join(traceback.format_exception(type(error), error, error.__traceback__))
                               for error in self.errors)
            raise WorldError(f"{len(self.errors)} error(s) inside the rehearsal world:\n{traces}") from self.errors[0]
