"""What a recorder leaves out before it is written: never half a picture, and sound last."""

from collections.abc import Callable

from media.frames import EncodedFrame, KeyframeWish, Kind

KEYFRAME_EVERY_S = 5.0  # a recording can be entered only at keyframes, and browsers send none unasked
# Behind a disk that stalls, video waits for its next keyframe when this many bytes are queued (a minute at 600 kbit/s);
# audio, a twentieth of it and all that is left of the conversation, has room beyond.
VIDEO_BACKLOG = 4 << 20
BACKLOG = 5 << 20


class DropRule:
    """Decides which frames the writer gets, so that what it gets can always be played.

    Nothing from before `zero`. Video only from a keyframe on without a hole; when the writer is behind, video gives
    way to its next keyframe first, and audio only when even its own room is full.
    """

    def __init__(self, zero: float, ask_keyframe: Callable[[], None]) -> None:
        self._zero = zero
        self._wish = KeyframeWish(ask_keyframe)
        self._unbroken = False
        self._keyframe_at = zero

    def takes(self, frame: EncodedFrame, backlog: int) -> bool:
        """Whether to keep the frame while `backlog` bytes wait to be written."""
        if frame.kind is Kind.AUDIO:
            return frame.at >= self._zero and backlog <= BACKLOG
        self._unbroken = (frame.keyframe or self._unbroken) and frame.at >= self._zero and backlog <= VIDEO_BACKLOG
        if self._unbroken and frame.keyframe:
            self._keyframe_at = frame.at
            self._wish.fulfilled()
        if not self._unbroken or frame.at - self._keyframe_at >= KEYFRAME_EVERY_S:
            self._wish.repeat(frame.heard_at)
        return self._unbroken
