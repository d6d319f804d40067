"""Static files: addresses that never change their contents, types that browsers take, nothing else on the disk."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web.assets import FOLDER, Assets, read_assets

pytestmark = pytest.mark.rim


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "css").mkdir()
    (tmp_path / "css/a.css").write_text("body { color: red }\n" * 50)
    (tmp_path / "b.js").write_text("export {};\n")
    return tmp_path


def served(assets: Assets) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.router.add_get("/static/{version}/{name:.+}", assets.serve)
    return TestClient(TestServer(app))


async def test_a_file_is_kept_for_ever_under_its_address(folder: Path) -> None:
    assets = read_assets(folder)
    async with served(assets) as client:
        reply = await client.get(assets.url("css/a.css"))
        assert reply.status == 200
        assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply.headers["Content-Type"] == "text/css; charset=utf-8"
        assert await reply.text() == (folder / "css/a.css").read_text()


async def test_text_travels_packed_to_who_can_unpack_it(folder: Path) -> None:
    assets = read_assets(folder)
    async with served(assets) as client:
        packed = await client.get(assets.url("css/a.css"), headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
        assert gzip.decompress(await packed.read()) == (folder / "css/a.css").read_bytes()
        plain = await client.get(assets.url("css/a.css"), headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers


async def test_a_script_has_a_type_that_browsers_take_for_a_module(folder: Path) -> None:
    assets = read_assets(folder)
    async with served(assets) as client:
        assert (await client.get(assets.url("b.js"))).headers["Content-Type"].startswith("text/javascript")


def test_one_changed_file_changes_every_address(folder: Path) -> None:
    before = read_assets(folder)
    (folder / "b.js").write_text("export default 1;\n")
    after = read_assets(folder)
    assert before.url("css/a.css") != after.url("css/a.css")


@pytest.mark.parametrize(
    "address",
    [
        "/static/0000000000000000/css/a.css",
        "/static/{v}/c.css",
        "/static/{v}/../assets.py",
        "/static/{v}/%2e%2e/assets.py",
        "/static/{v}//etc/passwd",
        "/static/{v}/css/a.css%00",
    ],
)
async def test_what_is_not_one_of_them_is_not_found(folder: Path, address: str) -> None:
    assets = read_assets(folder)
    async with served(assets) as client:
        assert (await client.get(address.replace("{v}", assets.version))).status == 404


def test_an_address_of_no_file_is_a_mistake_that_is_seen(folder: Path) -> None:
    with pytest.raises(KeyError):
        read_assets(folder).url("css/typo.css")


def test_vendored_files_are_what_was_published() -> None:
    vendored = json.loads((FOLDER / "vendor/vendor.json").read_text("utf-8"))
    assert {entry["name"] for entry in vendored} == {"htmx.org", "lucide-static"}
    for entry in vendored:
        assert hashlib.sha512((FOLDER.parent / entry["file"]).read_bytes()).hexdigest() == entry["sha512"], entry[
            "file"
        ]
        assert entry["version"]
        assert entry["licence"]
