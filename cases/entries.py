"""What a ledger entry may say: one frozen value a kind, and their one form as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import TypeAdapter

from accounts.actor import PersonId, PostId
from cases.review import Conclusion, EntryId


class EntryKind(StrEnum):
    FACE_ENROLLED = "face_enrolled"
    CHECK_IN_ENDED = "check_in_ended"
    CHECK_IN_MISSED = "check_in_missed"
    CONCLUSION = "conclusion"
    CORRECTION = "correction"
    LESSON_ATTENDED = "lesson_attended"


@dataclass(frozen=True, slots=True)
class FileCited:
    """A sealed file by name, content hash (SHA-256, hexadecimal) and size in bytes; never its content."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ThresholdsCited:
    """What a score meant on that day: at least this close is a match, farther than the other no match."""

    match: float
    no_match: float


@dataclass(frozen=True, slots=True)
class EngineCited:
    """The face engine that spoke, the hash of its model file, and what its scores meant where scores are on file."""

    name: str
    model_sha256: str
    thresholds: ThresholdsCited | None = None


@dataclass(frozen=True, slots=True)
class FaceEnrolled:
    """A reference face (登记照) was made: from which pictures, by which engine, and which one it supersedes."""

    reference: str
    pictures: tuple[FileCited, ...]
    engine: EngineCited
    template_sha256: str
    supersedes: str | None


@dataclass(frozen=True, slots=True)
class ConsentCited:
    """What the subject agreed to: which notice text (its version and SHA-256), which of two equal choices, when."""

    notice_version: str
    notice_sha256: str
    language: str
    choice: Literal["face", "other_way"]
    at: datetime


@dataclass(frozen=True, slots=True)
class StillFiled:
    """One still, `at_s` after admission; `file` is None when its picture was not kept."""

    at_s: float
    verdict: str
    score: float | None
    reasons: tuple[str, ...]
    file: FileCited | None


DropCause: TypeAlias = Literal["connection", "server", "left"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Seconds after admission between which a recording has no picture or no sound ("video", "audio"), and why.

    "not_opened": connected, and nothing came yet; "muted": the person had put it out, their browser said; "silent":
    nothing of this kind came, and nothing else explains it.
    """

    kind: str
    from_s: float
    to_s: float
    cause: str


@dataclass(frozen=True, slots=True)
class PictureSize:
    """What a picture measures from `from_s` after admission on: browsers adapt it to the network."""

    from_s: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RecordingFiled:
    """One person's recording, `seconds` long from `starts_at_s` after admission.

    `file` is None when nothing was ever written, or when a full disk left only its parts ("not_joined").
    """

    seat: str
    state: Literal["sealed", "sealed_with_gap", "empty", "not_joined"]
    file: FileCited | None
    seconds: float
    starts_at_s: float
    gaps: tuple[Gap, ...]
    sizes: tuple[PictureSize, ...] = ()  # entries made before it was kept have none


@dataclass(frozen=True, slots=True)
class Drop:
    """A connection that was away, in seconds after admission; "server": we lost it ourselves, "left": they had gone."""

    seat: str
    from_s: float
    to_s: float
    cause: DropCause = "connection"


@dataclass(frozen=True, slots=True)
class WeakStretch:
    """A connection that was there and weak, in seconds after admission, with the worst that was measured of it.

    `loss` is the share of packets lost, `rtt_ms` a round trip, None where it was not known.
    """

    seat: str
    from_s: float
    to_s: float
    loss: float
    rtt_ms: int | None
    kbit_s: int


@dataclass(frozen=True, slots=True)
class PicturePause:
    """When a browser sent sound only, because it found its network too slow; in seconds after admission.

    The figures are those of WeakStretch as the server had measured them when it began, None where it had not.
    """

    seat: str
    from_s: float
    to_s: float
    loss: float | None
    rtt_ms: int | None
    kbit_s: int | None


@dataclass(frozen=True, slots=True)
class Mute:
    """When a person kept the microphone silent ("audio") or the camera dark ("video"), in seconds after admission.

    By the page's own button and by the browser's word, which nobody has proved. The recording has silence and black
    pictures there; it goes on until the browser said otherwise, also through a drop.
    """

    seat: str
    kind: Literal["audio", "video"]
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class NoteFiled:
    """What the officer wrote down, `at_s` after admission."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class CheckInEnded:
    """A video check-in that took place. `verdicts` counts stills by verdict; the state is the machine's last word.

    It was agreed for `starts_at`; they came at `arrived_at`. `ended_by` is "grace" when the connection stayed away,
    "restart" when we did. `unable_because` is why the machine looked at nothing, as codes; entries made before it was
    kept have none.
    """

    check_in: str
    starts_at: datetime
    arrived_at: datetime | None
    admitted_at: datetime
    ended_at: datetime
    ended_by: Literal["officer", "subject", "grace", "restart"]
    officer_post: PostId
    consent: ConsentCited
    identity_state: str
    verdicts: Mapping[str, int]
    stills: tuple[StillFiled, ...]
    recordings: tuple[RecordingFiled, ...]
    drops: tuple[Drop, ...]
    notes: tuple[NoteFiled, ...]
    engine: EngineCited | None
    liveness: Literal["not checked"] = "not checked"
    weak: tuple[WeakStretch, ...] = ()
    unable_because: tuple[str, ...] = ()
    pauses: tuple[PicturePause, ...] = ()
    mutes: tuple[Mute, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckInMissed:
    """A check-in that did not take place in its window, and the reason a person put on file for it.

    Whoever has an `arrived_at` came, and was not let in.
    """

    check_in: str
    starts_at: datetime
    closes_at: datetime
    arrived_at: datetime | None
    reason: str
    by_person: PersonId


@dataclass(frozen=True, slots=True)
class Concluded:
    """A person's conclusion about the entry it cites."""

    check_in: str
    cites: EntryId
    conclusion: Conclusion
    note: str
    by_person: PersonId


@dataclass(frozen=True, slots=True)
class Corrected:
    """A person's conclusion in place of the one it cites, and why; the one it cites stays on file."""

    check_in: str
    cites: EntryId
    conclusion: Conclusion
    reason: str
    by_person: PersonId


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """Which notice somebody read before they came in, by its version and SHA-256, and when."""

    notice_version: str
    notice_sha256: str
    language: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """Between these seconds after the beginning a learner's connection was there; `ended` says why it then was not."""

    from_s: float
    to_s: float
    ended: Literal["connection", "left", "server", "lesson_over"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Between these seconds after the beginning this learner, by number, had the word; its recording is `seat`."""

    place: int
    from_s: float
    to_s: float
    seat: str


@dataclass(frozen=True, slots=True)
class LessonAttended:
    """A live lesson (直播课) that took place, as one of its learners attended it: number `place`, in these `stays`.

    Without stays they were not there. `recordings` are those of the whole lesson: "teacher", and in their order every
    shared screen and everybody's word. `notice` is None for whom no link let in.
    """

    lesson: str
    title: str
    place: int
    starts_at: datetime
    opened_at: datetime
    ended_at: datetime
    ended_by: Literal["teacher", "grace", "restart"]
    teacher_post: PostId
    notice: NoticeRead | None
    stays: tuple[Stay, ...]
    turns: tuple[Turn, ...]
    recordings: tuple[RecordingFiled, ...]

    @property
    def stayed_s(self) -> float:
        """How long this learner was there, in seconds."""
        return sum(stay.to_s - stay.from_s for stay in self.stays)


Body: TypeAlias = FaceEnrolled | CheckInEnded | CheckInMissed | Concluded | Corrected | LessonAttended

_BODIES: Mapping[EntryKind, type[Body]] = {
    EntryKind.FACE_ENROLLED: FaceEnrolled,
    EntryKind.CHECK_IN_ENDED: CheckInEnded,
    EntryKind.CHECK_IN_MISSED: CheckInMissed,
    EntryKind.CONCLUSION: Concluded,
    EntryKind.CORRECTION: Corrected,
    EntryKind.LESSON_ATTENDED: LessonAttended,
}
_KINDS = {body: kind for kind, body in _BODIES.items()}
_ADAPTERS: Mapping[EntryKind, TypeAdapter[Body]] = {kind: TypeAdapter(body) for kind, body in _BODIES.items()}


def kind_of(body: Body) -> EntryKind:
    """The kind that a body is filed under."""
    return _KINDS[type(body)]


def dump(body: Body) -> dict[str, object]:
    """`body` as JSON values; what parse() reads back. No number at all becomes null."""
    content: dict[str, object] = json.loads(_ADAPTERS[kind_of(body)].dump_json(body))
    return content


def parse(kind: EntryKind, content: Mapping[str, object]) -> Body:
    """The value that dump() wrote."""
    return _ADAPTERS[kind].validate_python(content)
