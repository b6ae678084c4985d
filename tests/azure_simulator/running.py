"""Run a world: in a thread with a loop of its own, everything released at the end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import claims, scenario as scenarios
from .application import Application
from .errors import WorldError
from .proxy import Proxy
from .world import SUBSYSTEMS, World


@contextlib.contextmanager
def running(scenario: str | Path | Mapping[str, Any], changes: Mapping[str, Any] | None = None, *,
            subsystems: tuple[str, ...] = SUBSYSTEMS) -> Iterator[World]:
    """Serve a scenario (name, folder or sections) until the block ends.

    changes     sections laid over the scenario, e.g. ``{"world": {"token": {"lifetime_seconds": 5}}}``
    Raises WorldError at the end when something broke inside the world.
    """
    sections = dict(scenario) if isinstance(scenario, Mapping) else scenarios.load(scenario)
    sections = scenarios.merge(sections, changes or {})
    claim = claims.claim()
    try:
        sections = scenarios.resolve(sections, claim.octet)
        server = _Server(sections, claim.octet, subsystems)
        world = server.start()
        try:
            yield world
        finally:
            server.stop()
        world.raise_errors()
    finally:
        claim.release()


class _Server:
    """The thread of a world."""

    def __init__(self, sections: dict[str, Any], octet: int, subsystems: tuple[str, ...]):
        self._sections = sections
        self._octet = octet
        self._subsystems = subsystems
        self._thread = threading.Thread(target=self._run, name=f"world-127.{octet}", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._world: World | None = None

    def start(self) -> World:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self._world

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        if self._thread.is_alive():
            raise WorldError("the rehearsal world does not end")
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        world = World(self._sections, self._octet, self._loop)
        self._loop.set_exception_handler(lambda loop, context: _keep(world, context))
        try:
            application = Application(world)
            proxy = Proxy(world, application)
            await world.install(self._subsystems)
            if world.installer_host is not None:
                proxy.hosts += sorted(world.installer_host.hosts)
            world.write_authority()
            world.proxy_address = await proxy.start(f"127.{self._octet}.255.1")
            # Registered last, so that it is closed first: no request meets a subsystem that has ended.
            world.at_close(proxy.close)
            self._world = world
            self._ready.set()
            await self._stop.wait()
        finally:
            await world.close()


def _keep(world: World, context: dict[str, Any]) -> None:
    """What asyncio itself reports. Connections that the other side drops are everyday life, not errors."""
    error = context.get("exception")
    if isinstance(error, (ConnectionError, TimeoutError)) or (error is None and "transport" in context):
        return
    if isinstance(error, OSError):
        return
    world.errors.append(error or WorldError(context.get("message", "unknown trouble in the event loop")))
