"""Marks on a real disk: whole, in their order, once; also when the disk was full, and when we were killed."""

import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cases.entries import EngineCited, FileCited, NoteFiled, StillFiled, ThresholdsCited
from checkins.identity import IdentityState
from checkins.marks import (
    BrokeOff,
    CallEnded,
    IdentityStands,
    Mark,
    Marks,
    MediaFlow,
    MuteTurned,
    PictureTurned,
    SignalTurned,
    read_marks,
)
from checkins.news import Seat
from checkins.quality import Quality
from live.marks import FILE, UnreadableMark

pytestmark = pytest.mark.rim

NOTE = NoteFiled(2.5, '说"好"，\n再问一次')
ALL: list[Mark] = [
    EngineCited("sface", "0b" * 32, ThresholdsCited(0.42, 0.36)),
    MediaFlow(Seat.SUBJECT, 0.25, flows=True),
    StillFiled(1.5, "match", 0.81, ("too_dark",), FileCited("check-ins/c1/stills/0001.jpg", "cd" * 32, 31_007)),
    StillFiled(4.5, "no_face", None, (), None),
    IdentityStands(IdentityState.MATCHED),
    NOTE,
    SignalTurned(Seat.SUBJECT, 4.0, weak=True, worst=Quality(0.21, None, 180)),
    PictureTurned(Seat.SUBJECT, 5.0, paused=True, measured=Quality(0.3, 900, 70)),
    PictureTurned(Seat.SUBJECT, 9.0, paused=False, measured=None),
    MuteTurned(Seat.OFFICER, 9.5, sound=True, picture=False),
    BrokeOff(Seat.OFFICER),
    CallEnded("grace", datetime(2026, 11, 23, 2, 6, tzinfo=UTC), 301.5),
]


async def test_what_was_written_down_is_read_back(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    await marks.add(*ALL[:3])
    await marks.add(*ALL[3:])
    assert read_marks(tmp_path) == marks.made == ALL
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


async def test_where_nothing_was_written_down_nothing_is_read(tmp_path: Path) -> None:
    await Marks(tmp_path).add()
    assert read_marks(tmp_path) == []
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("cut", [b'{"note":{"at_s":2', b"{", b"\x00" * 100, b"\x00\x00\n" + b"\x00" * 9])
async def test_what_was_cut_off_is_left_out(tmp_path: Path, cut: bytes) -> None:
    await Marks(tmp_path).add(*ALL)
    with (tmp_path / FILE).open("ab") as file:
        file.write(cut)
    assert read_marks(tmp_path) == ALL


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b'{"verse":{"text":"secret"}}', b'{"note":{"text":"secret"}}', b'{"note":"secret","a":1}']
)
async def test_a_line_that_is_nothing_of_ours_is_named_by_its_number_only(tmp_path: Path, line: bytes) -> None:
    await Marks(tmp_path).add(NOTE)
    with (tmp_path / FILE).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(UnreadableMark) as unreadable:
        read_marks(tmp_path)
    assert str(unreadable.value) == "2"
    assert unreadable.value.__context__ is None


async def test_marks_that_are_made_at_once_are_all_there(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    await asyncio.gather(*(marks.add(NoteFiled(float(n), "x" * n)) for n in range(50)))
    assert read_marks(tmp_path) == marks.made
    assert len(marks.made) == 50


@pytest.mark.parametrize("fails", ["pwrite", "fsync"])
async def test_what_a_full_disk_does_not_take_is_written_with_the_next_mark(
    tmp_path: Path, fails: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    marks = Marks(tmp_path)
    await marks.add(ALL[0])
    pwrite = os.pwrite

    def half(descriptor: int, data: bytes, offset: int) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwrite(descriptor, data[: len(data) // 2], offset)

    def not_safe(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, fails, half if fails == "pwrite" else not_safe)
        await marks.add(ALL[1])
        await marks.add(ALL[2])
    assert marks.made == ALL[:3]
    assert all(message.startswith(f"marks of {tmp_path.name} wait for the disk: ") for message in caplog.messages)
    await marks.add(ALL[3])
    assert read_marks(tmp_path) == ALL[:4]
