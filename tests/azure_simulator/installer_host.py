"""The web server from which Windows hosts fetch installers: `windows.installers[]` of the scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .arm import ArmRequest, ArmResponse, Router
from .errors import ScenarioError
from .installer_content import content, pieces, sha256_of

if TYPE_CHECKING:
    from .world import World


def install(world: World, router: Router) -> None:
    """Serve the scenario's installers."""
    world.installer_host = InstallerHost(world, router)


class InstallerHost:
    """`files` maps each URL to its entry: url, size_bytes, sha256, version."""

    def __init__(self, world: World, router: Router):
        self._world = world
        self.files: dict[str, dict[str, Any]] = {}
        self.hosts: set[str] = set()
        for entry in world.section("windows").get("installers") or []:
            self.add(entry, router)

    def add(self, entry: dict[str, Any], router: Router) -> None:
        """Serve one more installer."""
        url, size = entry["url"], int(entry["size_bytes"])
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise ScenarioError(f"installers are served over https only: {url}")
        actual = sha256_of(url, size)
        if entry.get("sha256") and entry["sha256"].lower() != actual:
            raise ScenarioError(f"the sha256 of {url} ({size} bytes) is {actual}, not {entry['sha256']}")
        self.files[url] = {**entry, "size_bytes": size, "sha256": actual}
        self.hosts.add(parts.hostname)
        path = unquote(parts.path)
        for method in ("GET", "HEAD"):
            router.add_exact(method, path, lambda request: self._answer(request, url), host=parts.hostname,
                             permission=None)
        # Makes the host known to the router, so that other paths are not found rather than not there.
        router.add("GET", "/{path*}", _not_found, host=parts.hostname, permission=None)
        router.add("HEAD", "/{path*}", _not_found, host=parts.hostname, permission=None)

    def read(self, url: str) -> bytes | None:
        """What a host gets that downloads `url`; None where nothing is served there."""
        entry = self.files.get(url)
        return content(url, entry["size_bytes"]) if entry else None

    def _answer(self, request: ArmRequest, url: str) -> ArmResponse:
        size = self.files[url]["size_bytes"]
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream", "Accept-Ranges": "none",
                   "ETag": f'"{self.files[url]["sha256"][:32]}"'}
        return ArmResponse(200, b"" if request.method == "HEAD" else pieces(url, size), headers)


def _not_found(request: ArmRequest) -> ArmResponse:
    return ArmResponse(404, "<html><body><h1>404 Not Found</h1></body></html>", {"Content-Type": "text/html"})
