"""Sealed files: evidence that is complete, hashed, on the disk, and never changed again."""

import hashlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from storage.ids import new_id

# Names are made by us: folders and a file, in small letters, none of them hidden, none that climbs.
_PART = r"[a-z0-9][a-z0-9._-]{0,63}"
_NAME = re.compile(rf"{_PART}(?:/{_PART}){{0,5}}")

_CHUNK = 1 << 20  # bytes hashed at a time


class UnknownFile(Exception):
    """No sealed file has this name."""


class BadName(ValueError):
    """Not a name we would make: "check-ins/<id>/subject.webm" is one."""


class AlreadySealed(Exception):
    """Another file is sealed under this name; it stays as it is, and so does the one that was offered."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What an entry cites: the name relative to the store, SHA-256 in hexadecimal, size in bytes."""

    name: str
    sha256: str
    size: int


class FileStore:
    """Files beneath one folder on one file system: `working/` while they grow, `sealed/` for good.

    Everything here blocks on the disk and belongs in a thread. An OSError means the file cannot be relied on: after a
    failed fsync the kernel may have dropped what it could not write, so a second try proves nothing.
    """

    def __init__(self, root: Path) -> None:
        self._working = root / "working"
        self._sealed = root / "sealed"
        self._incoming = root / "incoming"
        for folder in (self._working, self._sealed, self._incoming):
            _make_folder(folder)

    def free(self) -> int:
        """Bytes that the file system has left for us."""
        return shutil.disk_usage(self._working).free

    def working_folder(self, name: str) -> Path:
        """A folder, for its owner only, for something that is being made; there already after a crash."""
        folder = self._working / _checked(name)
        _make_folder(folder)
        return folder

    def unfinished(self) -> list[str]:
        """The names of the working folders that hold files: at start-up, what a former run left behind."""
        return sorted(
            Path(folder).relative_to(self._working).as_posix() for folder, _, files in os.walk(self._working) if files
        )

    def remove_working_folder(self, name: str) -> None:
        """The folder and all that is left in it, when what was worth keeping is sealed."""
        shutil.rmtree(self._working / _checked(name))

    def seal(self, source: Path, name: str) -> SealedFile:
        """Moves a complete file to its sealed place: fsynced, hashed, read-only, there as a whole or not at all.

        AlreadySealed if the name is taken, BadName; OSError if the disk fails or `source` is on another file system.
        """
        target = self._sealed / _checked(name)
        sha256, size = _make_durable(source)
        _make_folder(target.parent)
        try:
            # A link, not a rename: a rename would silently replace what is sealed under this name.
            os.link(source, target, follow_symlinks=False)
        except FileExistsError:
            if not os.path.samefile(source, target):  # the same: a crash came between the link and the unlink
                raise AlreadySealed(name) from None
        _sync_folder(target.parent)
        source.unlink()
        return SealedFile(name, sha256, size)

    def keep(self, data: bytes, name: str) -> SealedFile:
        """Seals what is in memory: a still, a portrait. Raises what seal() raises."""
        incoming = self._incoming / new_id()
        with open(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        try:
            return self.seal(incoming, name)
        finally:
            incoming.unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        """Where a sealed file is, to be read. UnknownFile if there is none of that name or it is no name at all."""
        if not _NAME.fullmatch(name):
            raise UnknownFile
        path = self._sealed / name
        if path.is_symlink() or not path.is_file():
            raise UnknownFile
        return path

    def find(self, name: str) -> SealedFile | None:
        """What is sealed under this name, hashed anew; None if nothing is."""
        try:
            with self.path(name).open("rb") as opened:
                return SealedFile(name, *_hash(opened.fileno()))
        except UnknownFile:
            return None

    def unchanged(self, file: SealedFile) -> bool:
        """Whether the file is there and still what was sealed, byte for byte."""
        return self.find(file.name) == file


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadName("not a name we would make")
    return name


def _make_folder(folder: Path) -> None:
    """The folder and those above it, for their owner only; each new one is known to the disk before it is used."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _make_durable(source: Path) -> tuple[str, int]:
    """Read-only, on the disk, and its SHA-256 and size; never follows a link to somewhere else."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(source)
        os.fchmod(descriptor, 0o400)
        os.fsync(descriptor)
        return _hash(descriptor)
    finally:
        os.close(descriptor)


def _hash(descriptor: int) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    while chunk := os.read(descriptor, _CHUNK):
        sha256.update(chunk)
        size += len(chunk)
    return sha256.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
