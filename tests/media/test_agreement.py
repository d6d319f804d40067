"""Who sends which codec, so that everybody sees everybody as far as that can be."""

import pytest

from media.agreement import agreed
from media.frames import Codec

pytestmark = pytest.mark.unit

CODECS = {"v": Codec.VP8, "h": Codec.H264}


def of(letters: str) -> tuple[Codec, ...]:
    return tuple(CODECS[letter] for letter in letters)


@pytest.mark.parametrize(
    ("offered", "viewers", "codec"),
    [
        ("vh", "", "v"),  # nobody watches yet
        ("vh", "vh vh", "v"),
        ("vh", "h", "h"),
        ("vh", "vh vh h", "h"),  # everybody can show it
        ("vh", "v h", "v"),  # nothing suits both
        ("vh", "v h h", "h"),
        ("h", "v v", "h"),  # it can send nothing else
        ("v", "h", "v"),
    ],
)
def test_a_seat_sends_what_most_of_its_viewers_can_show(offered: str, viewers: str, codec: str) -> None:
    assert agreed(of(offered), [of(viewer) for viewer in viewers.split()]) is CODECS[codec]
