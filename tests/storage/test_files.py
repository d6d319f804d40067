import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage import files
from storage.files import AlreadySealed, BadName, FileStore, SealedFile, UnknownFile
from storage.ids import new_id

pytestmark = pytest.mark.rim

DATA = b"\x1a\x45\xdf\xa3 not much of a recording"
NAME = "check-ins/0123456789abcdef0123/subject.webm"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def finished(store: FileStore) -> Path:
    path = store.working_folder("check-ins/0123456789abcdef0123/subject") / "whole.webm"
    path.write_bytes(DATA)
    return path


def test_a_sealed_file_is_whole_hashed_and_read_only(store: FileStore, finished: Path) -> None:
    sealed = store.seal(finished, NAME)
    assert sealed == SealedFile(NAME, hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert store.path(NAME).read_bytes() == DATA
    assert store.path(NAME).stat().st_mode & 0o777 == 0o400
    assert not finished.exists()
    assert store.unchanged(sealed)


def test_what_was_sealed_is_found_again_by_its_name(store: FileStore, finished: Path) -> None:
    assert store.find(NAME) is None
    assert store.seal(finished, NAME) == store.find(NAME)


def test_every_folder_is_for_its_owner_only(store: FileStore, finished: Path, tmp_path: Path) -> None:
    store.seal(finished, NAME)
    modes = {folder: os.stat(folder).st_mode & 0o777 for folder, _, _ in os.walk(tmp_path / "files")}
    assert set(modes.values()) == {0o700}
    assert len(modes) == 9


def test_what_is_in_memory_is_sealed_as_well_and_leaves_nothing_behind(store: FileStore, tmp_path: Path) -> None:
    sealed = store.keep(b"a still", "check-ins/0123/stills/0001.jpg")
    assert store.path(sealed.name).read_bytes() == b"a still"
    assert sealed.size == 7
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


def test_a_sealed_name_is_never_taken_twice(store: FileStore, finished: Path) -> None:
    sealed = store.keep(b"the first", NAME)
    with pytest.raises(AlreadySealed):
        store.seal(finished, NAME)
    with pytest.raises(AlreadySealed):
        store.keep(b"the second", NAME)
    assert store.unchanged(sealed)
    assert finished.read_bytes() == DATA


def test_sealing_goes_on_where_a_crash_left_both_names(store: FileStore, finished: Path, tmp_path: Path) -> None:
    target = tmp_path / "files" / "sealed" / NAME
    target.parent.mkdir(parents=True)
    os.link(finished, target)
    sealed = store.seal(finished, NAME)
    assert store.unchanged(sealed)
    assert not finished.exists()


@pytest.mark.parametrize(
    "tampering",
    [
        lambda path: path.write_bytes(DATA[:-1] + b"!"),
        lambda path: path.write_bytes(DATA + b"!"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    ],
)
def test_a_changed_or_missing_file_is_not_unchanged(store: FileStore, tampering, finished: Path) -> None:  # type: ignore[no-untyped-def]
    sealed = store.seal(finished, NAME)
    path = store.path(NAME)
    path.chmod(0o600)
    tampering(path)
    assert not store.unchanged(sealed)


def test_a_failed_fsync_seals_nothing(store: FileStore, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="the disk"):
        store.seal(finished, NAME)
    with pytest.raises(UnknownFile):
        store.path(NAME)


def test_a_full_disk_keeps_nothing_by_halves(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_source: Path) -> tuple[str, int]:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files, "_make_durable", fail)
    with pytest.raises(OSError, match="full"):
        store.keep(b"a still", NAME)
    assert list((tmp_path / "files" / "incoming").iterdir()) == []
    with pytest.raises(UnknownFile):
        store.path(NAME)


def test_only_a_regular_file_is_sealed(store: FileStore, tmp_path: Path) -> None:
    folder = store.working_folder("check-ins/0123/subject")
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "inner").mkdir()
    for source in ("link", "inner"):
        with pytest.raises(OSError):  # noqa: PT011 - ELOOP or EISDIR, whichever the system says
            store.seal(folder / source, NAME)
    with pytest.raises(UnknownFile):
        store.path(NAME)


def test_what_a_former_run_left_behind_is_found_and_removed_by_name(store: FileStore, tmp_path: Path) -> None:
    (store.working_folder("check-ins/01/subject") / "init.webm").write_bytes(b"x")
    (store.working_folder("check-ins/01/officer") / "init.webm").write_bytes(b"x")
    store.working_folder("check-ins/02/subject")  # empty: nothing was lost
    after_a_crash = FileStore(tmp_path / "files")
    assert after_a_crash.unfinished() == ["check-ins/01/officer", "check-ins/01/subject"]
    after_a_crash.remove_working_folder("check-ins/01/officer")
    assert after_a_crash.unfinished() == ["check-ins/01/subject"]


hostile = st.one_of(
    st.text(),
    st.text("./\\%2eE:~\0 \u202e", max_size=20),
    st.lists(st.sampled_from(["..", ".", "", "%2e%2e", "a", "\0", "C:", "con", "\u202egpj.x"])).map("/".join),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile)
@example("../../etc/passwd")
@example("/etc/passwd")
@example("a/../../b")
@example("a//b")
@example("a/")
@example(".hidden")
@example("a\\..\\b")
@example("%2e%2e/a")
@example("a\0.webm")
@example("a\n")
@example("C:/windows")
@example("\u202egpj.exe")
@example("a" * 300)
@example("/".join("a" * 20))
@example("")
def test_a_hostile_name_is_stored_beneath_the_root_or_refused(tmp_path: Path, name: str) -> None:
    outside = tmp_path / new_id()
    outside.mkdir()
    store = FileStore(outside / "files")
    try:
        sealed = store.keep(b"x", name)
    except BadName:
        with pytest.raises(UnknownFile):
            store.path(name)
        with pytest.raises(BadName):
            store.working_folder(name)
        assert not store.unchanged(SealedFile(name, "0" * 64, 1))
    else:
        assert store.path(sealed.name).resolve().is_relative_to((outside / "files" / "sealed").resolve())
    assert {entry.name for entry in outside.iterdir()} == {"files"}


def test_a_folder_is_no_file(store: FileStore) -> None:
    store.keep(b"x", NAME)
    with pytest.raises(UnknownFile):
        store.path("check-ins")
