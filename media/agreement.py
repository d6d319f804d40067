"""Which codec a seat is to send, so that whoever watches it can show it."""

from collections.abc import Collection, Sequence

from media.frames import Codec


def agreed(offered: Sequence[Codec], viewers: Collection[Collection[Codec]]) -> Codec:
    """Of what the seat can send, what most of its viewers can show; the first of those, if there are several."""
    return max(offered, key=lambda codec: shown_by(codec, viewers))


def shown_by(codec: Codec, viewers: Collection[Collection[Codec]]) -> int:
    """How many of the viewers can show it."""
    return sum(codec in viewer for viewer in viewers)
