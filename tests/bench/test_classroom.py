"""A class of sixty under its whole load: who sees whom, and what is on file."""

import os
from pathlib import Path
from typing import Literal

import av
import pytest

from bench.classroom import ROOM, TEACHER, Classroom, seat_of
from bench.load import LEARNER, Clip, clip
from bench.ours import Ours

pytestmark = pytest.mark.rim

LEARNERS = 60


def on_file(folder: Path, kind: Literal["audio", "video"]) -> list[bytes]:
    with av.open(folder / "recording.webm") as recording:
        return [bytes(packet) for packet in recording.demux(**{kind: 0}) if packet.size]


def frames(sent: Clip) -> set[bytes]:
    whole, parts = set(), b""
    for packet in sent.video:
        parts += packet.payload[1:]
        if packet.marker:
            whole.add(parts)
            parts = b""
    return whole


async def test_sixty_see_the_teacher_and_who_has_the_word_and_both_are_on_file_in_whole_frames(
    tmp_path: Path,
) -> None:
    async with Ours.running(tmp_path) as server:
        room = Classroom(server, LEARNERS)
        await room.gather()
        before_the_word, measured = await room.run_with_word(2.0)
        seen = room.seen()
        await room.close()
    assert before_the_word == 0
    assert len(seen) == 2 * LEARNERS
    assert all(packets > 0 for packets in seen)
    assert measured.cpu_s > 0
    assert sorted(os.listdir(tmp_path)) == [f"{ROOM}-{seat_of(0)}", f"{ROOM}-{TEACHER}"]
    for seat, sent in ((TEACHER, clip()), (seat_of(0), clip(LEARNER))):
        folder = tmp_path / f"{ROOM}-{seat}"
        sound = on_file(folder, "audio")
        assert sound
        assert set(sound) <= {packet.payload for packet in sent.audio}
        shown = on_file(folder, "video")
        assert shown
        assert set(shown) <= frames(sent)
