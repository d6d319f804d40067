"""Scripts, styles and vendored files: read once at start, served under a hash of them all, for ever unchanged."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
YEAR_S = 31_536_000
# The operating system's own table may lack these or call them something a browser refuses as a module.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file and its smaller twin; `packed` is None where packing gains nothing."""

    content_type: str
    body: bytes
    packed: bytes | None


class Assets:
    """All static files under one hash.

    The hash is the tree's, not each file's, so that modules may import each other by relative names: one changed file
    gives all of them new addresses, and no address ever means two contents.
    """

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = files
        digest = hashlib.sha256()
        for name in sorted(files):
            digest.update(name.encode() + b"\0" + hashlib.sha256(files[name].body).digest())
        self.version = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of the file `name` ("css/staff.css"); KeyError when there is none, so that a typo is seen."""
        self._files[name]
        return f"/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """One file; an address of another version is not found rather than answered with other contents."""
        asset = self._files.get(request.match_info["name"])
        if asset is None or request.match_info["version"] != self.version:
            raise web.HTTPNotFound
        headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable", "Vary": "Accept-Encoding"}
        body = asset.body
        if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers={**headers, "Content-Type": asset.content_type})


def read_assets(folder: Path = FOLDER) -> Assets:
    """Every file below `folder`."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            files[path.relative_to(folder).as_posix()] = read_asset(path)
    return Assets(files)


def read_asset(path: Path) -> Asset:
    """One file with its type; text is packed."""
    content_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    body = path.read_bytes()
    packed = gzip.compress(body, mtime=0)
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return Asset(content_type, body, packed if len(packed) < len(body) * 0.9 else None)
