"""Who may say what when in a live lesson; sans-IO."""

from signaling.dialogue import Stage
from signaling.lesson_messages import LessonSaid, LessonSaidKind
from signaling.messages import VERSION, Hello, PeerMistake
from statetable import IllegalCue, Table, step

_K = LessonSaidKind

LESSON_DIALOGUE: Table[Stage, LessonSaidKind] = {
    (Stage.CONNECTED, _K.HELLO): Stage.KNOWN,
    (Stage.KNOWN, _K.JOIN): Stage.IN_ROOM,
    (Stage.KNOWN, _K.BEAT): Stage.KNOWN,
    (Stage.IN_ROOM, _K.BEAT): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.OPEN): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.OFFER): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.HAND): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.WORD): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.SHARE): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.END): Stage.IN_ROOM,
    (Stage.IN_ROOM, _K.LEAVE): Stage.KNOWN,
}

FOR_TEACHERS = frozenset({_K.OPEN, _K.WORD, _K.SHARE, _K.END})
FOR_LEARNERS = frozenset({_K.HAND})


class LessonDialogue:
    """The conversation with one browser in a lesson."""

    def __init__(self, *, teaches: bool) -> None:
        self.stage = Stage.CONNECTED
        self._not_theirs = FOR_LEARNERS if teaches else FOR_TEACHERS

    def hear(self, said: LessonSaid) -> None:
        """PeerMistake if it came out of turn, is not theirs to say, or is of a version that is not spoken here."""
        kind = LessonSaidKind(said.type)
        try:
            stage = step(LESSON_DIALOGUE, self.stage, kind)
        except IllegalCue as illegal:
            raise PeerMistake(str(illegal)) from None
        if kind in self._not_theirs:
            raise PeerMistake(f"{kind} is not possible in this seat")
        if isinstance(said, Hello) and said.v != VERSION:
            raise PeerMistake(f"version {said.v} is not spoken here, only {VERSION}")
        self.stage = stage
