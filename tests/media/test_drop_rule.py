"""Frame by frame: what a recorder takes while its disk keeps up, and what while it does not."""

import pytest

from media.drop_rule import BACKLOG, KEYFRAME_EVERY_S, VIDEO_BACKLOG, DropRule
from media.frames import Codec, EncodedFrame

pytestmark = pytest.mark.unit

VIDEO_FULL, FULL = VIDEO_BACKLOG + 1, BACKLOG + 1


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ("K d d K d", "K d d K d"),
        ("d d K d", "K d"),
        ("K d a d", "K d a d"),
        ("K d! d K d", "K K d"),  # behind: to the next keyframe, and not before there is room again
        ("K K! d K! K d", "K K d"),
        ("a! d! K! a! K d", "a a K d"),
        ("a!! a! K!! a", "a a"),
        ("k d K d", "K d"),  # the first keyframe lies before zero
        ("b a", "a"),
    ],
)
def test_video_gives_way_to_its_next_keyframe_and_sound_comes_last(offered: str, taken: str) -> None:
    """K and d are video, a is audio, k and b the same from before zero; `!` video's room is used up, `!!` all room."""
    rule = DropRule(100.0, ask_keyframe=lambda: None)
    kept: list[str] = []
    for n, token in enumerate(offered.split()):
        letter = token[0]
        at = (99.0 if letter in "kb" else 100.0) + n / 25
        codec = Codec.OPUS if letter in "ab" else Codec.VP8
        frame = EncodedFrame(codec, b"..", 0, keyframe=letter in "Kkab", heard_at=at, at=at)
        if rule.takes(frame, {0: 0, 1: VIDEO_FULL, 2: FULL}[token.count("!")]):
            kept.append(letter)
    assert kept == taken.split()


def test_a_keyframe_is_asked_for_so_that_the_recording_can_be_entered() -> None:
    asked: list[float] = []
    rule = DropRule(0.0, ask_keyframe=lambda: asked.append(second))
    for second in range(20):
        keyframe = second in (0, 8)  # nobody answers for three seconds
        rule.takes(EncodedFrame(Codec.VP8, b".", 0, keyframe=keyframe, heard_at=second, at=second), 0)
    assert KEYFRAME_EVERY_S == 5
    assert asked == [5, 6, 7, 13, 14, 15, 16, 17, 18, 19]
