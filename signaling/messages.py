"""The wire: docs/protocol.md in code, every message a browser and the server say to each other."""

from enum import IntEnum, StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from cases.entries import DropCause
from checkins import news
from checkins.checkin import CheckInState
from checkins.identity import IdentityState
from checkins.news import Presence, Seat
from checkins.note import readable
from checkins.quality import Signal
from recognition.verdict import Reason, Verdict

VERSION = 1

LARGEST_FRAME = 96 * 1024  # bytes: the largest offer, with room for JSON's escapes
LONGEST_SDP = 64 * 1024  # characters; Chromium's offer for one audio and one video section has about 7,000
LONGEST_NOTE = 500  # characters

PageSecret: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
CheckInName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{1,40}$")]
NoteText: TypeAlias = Annotated[str, AfterValidator(readable), StringConstraints(min_length=1, max_length=LONGEST_NOTE)]


class SaidKind(StrEnum):
    """The `type` of what a browser says."""

    HELLO = "hello"
    JOIN = "join"
    BEAT = "beat"
    ADMIT = "admit"
    OFFER = "offer"
    PICTURE = "picture"
    MUTE = "mute"
    NOTE = "note"
    END = "end"
    LEAVE = "leave"


class ToldKind(StrEnum):
    """The `type` of what the server says."""

    WELCOME = "welcome"
    RELAY = "relay"
    STANDING = "standing"
    ANSWER = "answer"
    IDENTITY = "identity"
    QUALITY = "quality"
    SO_FAR = "so_far"
    OFFER_AGAIN = "offer_again"
    ENDED = "ended"
    REFUSED = "refused"
    GOING_AWAY = "going_away"
    BEAT = "beat"


class Refusal(StrEnum):
    """Why a message did nothing although it came in turn."""

    NOT_ADMITTED = "not_admitted"
    BAD_OFFER = "bad_offer"
    NOT_POSSIBLE = "not_possible"
    NOT_YOURS = "not_yours"
    BUSY = "busy"


class CloseCode(IntEnum):
    """Why the server closes a connection."""

    DONE = 1000
    GOING_AWAY = 1001
    ABNORMAL = 1006  # never sent: what both sides see when a connection just ends
    TOO_LARGE = 1009
    OUR_FAULT = 1011
    PROTOCOL_MISTAKE = 4400
    NO_SESSION = 4401
    NOT_YOURS = 4404
    SILENT = 4408
    REPLACED = 4409
    TOO_MANY = 4429


class PeerMistake(Exception):
    """The browser broke the protocol: close with PROTOCOL_MISTAKE and `reason`, which quotes nothing that it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Message(BaseModel):
    """One JSON object in one text frame."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Hello(Message):
    """The version spoken."""

    type: Literal[SaidKind.HELLO] = SaidKind.HELLO
    v: Annotated[int, Field(ge=0, le=9999)]


class Resume(Message):
    """Which page joins, by a secret of its own, and the how manieth time."""

    page: PageSecret
    turn: Annotated[int, Field(ge=1)]


class Join(Message):
    """Take the seat in this check-in."""

    type: Literal[SaidKind.JOIN] = SaidKind.JOIN
    check_in: CheckInName
    resume: Resume | None = None


class Beat(Message):
    """Still here."""

    type: Literal[SaidKind.BEAT] = SaidKind.BEAT


class Admit(Message):
    """Let the waiting subject in."""

    type: Literal[SaidKind.ADMIT] = SaidKind.ADMIT


class Offer(Message):
    """A complete offer of media."""

    type: Literal[SaidKind.OFFER] = SaidKind.OFFER
    sdp: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SDP)]


class Picture(Message):
    """This browser sends sound only because its network is too slow, or a picture again."""

    type: Literal[SaidKind.PICTURE] = SaidKind.PICTURE
    paused: bool


class Mute(Message):
    """Whether the person keeps the microphone silent and the camera dark, by the page's own buttons."""

    type: Literal[SaidKind.MUTE] = SaidKind.MUTE
    sound: bool
    picture: bool


class Note(Message):
    """An officer's note."""

    type: Literal[SaidKind.NOTE] = SaidKind.NOTE
    text: NoteText


class End(Message):
    """The check-in is over for everybody."""

    type: Literal[SaidKind.END] = SaidKind.END


class Leave(Message):
    """Leave the seat; the check-in goes on."""

    type: Literal[SaidKind.LEAVE] = SaidKind.LEAVE


class Welcome(Message):
    """After hello."""

    type: Literal[ToldKind.WELCOME] = ToldKind.WELCOME
    v: int = VERSION


class Relay(Message):
    """Where a browser may relay its media, and the pass for it; before each standing by which there may be media."""

    type: Literal[ToldKind.RELAY] = ToldKind.RELAY
    urls: tuple[str, ...]
    username: str
    password: Annotated[str, Field(repr=False)]
    lifetime_s: Annotated[int, Field(gt=0)]


class Standing(Message):
    """Where the check-in stands, after join and after every change; `live_s` in seconds since admission.

    `paused` are the seats that send no picture, because their network is too slow; `silenced` and `hidden` those whose
    person keeps the microphone silent or the camera dark; `unshown` those whose picture the other one's browser cannot
    show.
    """

    type: Literal[ToldKind.STANDING] = ToldKind.STANDING
    state: CheckInState
    ahead: Annotated[int, Field(ge=0)]
    subject: Presence
    officer: Presence
    live_s: Annotated[float, Field(ge=0)] | None
    paused: tuple[Seat, ...]
    silenced: tuple[Seat, ...]
    hidden: tuple[Seat, ...]
    unshown: tuple[Seat, ...]


class Answer(Message):
    """To an offer."""

    type: Literal[ToldKind.ANSWER] = ToldKind.ANSWER
    sdp: str


class Identity(Message):
    """What a still said, for officers; `at_s` in seconds since admission."""

    type: Literal[ToldKind.IDENTITY] = ToldKind.IDENTITY
    state: IdentityState
    verdict: Verdict | None
    at_s: Annotated[float, Field(ge=0)] | None
    reasons: tuple[Reason, ...]
    usable: Annotated[int, Field(ge=0)]
    stills: Annotated[int, Field(ge=0)]
    engine: str


class Quality(Message):
    """How good the subject's connection was in the last seconds, for officers; `loss` is a share, from 0 to 1."""

    type: Literal[ToldKind.QUALITY] = ToldKind.QUALITY
    signal: Signal
    loss: Annotated[float, Field(ge=0, le=1)]
    rtt_ms: Annotated[int, Field(ge=0)] | None
    kbit_s: Annotated[int, Field(ge=0)]


class StillSoFar(Message):
    """What one still said."""

    at_s: Annotated[float, Field(ge=0)]
    verdict: Verdict
    reasons: tuple[Reason, ...]


class DropSoFar(Message):
    """When the subject's connection was away, and through whom; `to_s` is null while it is."""

    from_s: Annotated[float, Field(ge=0)]
    to_s: Annotated[float, Field(ge=0)] | None
    cause: DropCause


class PauseSoFar(Message):
    """When the subject's network carried sound only; `to_s` is null while it does."""

    from_s: Annotated[float, Field(ge=0)]
    to_s: Annotated[float, Field(ge=0)] | None


class NoteSoFar(Message):
    """What the officer wrote down."""

    at_s: Annotated[float, Field(ge=0)]
    text: str


class SoFar(Message):
    """What a call has come to, for officers, after join; times in seconds since admission."""

    type: Literal[ToldKind.SO_FAR] = ToldKind.SO_FAR
    stills: tuple[StillSoFar, ...]
    drops: tuple[DropSoFar, ...]
    pauses: tuple[PauseSoFar, ...]
    notes: tuple[NoteSoFar, ...]


class OfferAgain(Message):
    """This browser's media connection was lost through a fault of ours: offer anew, on a new peer connection."""

    type: Literal[ToldKind.OFFER_AGAIN] = ToldKind.OFFER_AGAIN


class Receipt(Message):
    """What both people may keep; times in UTC, `gap_s` in seconds."""

    code: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    officer: str
    unit: str
    gap_s: Annotated[float, Field(ge=0)]


class Ended(Message):
    """The check-in is over; `receipt` is null while that is not on file."""

    type: Literal[ToldKind.ENDED] = ToldKind.ENDED
    receipt: Receipt | None


class Refused(Message):
    """The message named in `about` did nothing; the connection goes on."""

    type: Literal[ToldKind.REFUSED] = ToldKind.REFUSED
    about: SaidKind
    code: Refusal
    reason: str


class GoingAway(Message):
    """The server is stopping; join again in some seconds."""

    type: Literal[ToldKind.GOING_AWAY] = ToldKind.GOING_AWAY


class StillHere(Message):
    """The server is alive, and the network between us."""

    type: Literal[ToldKind.BEAT] = ToldKind.BEAT


Said: TypeAlias = Hello | Join | Beat | Admit | Offer | Picture | Mute | Note | End | Leave
Told: TypeAlias = (
    Welcome
    | Relay
    | Standing
    | Answer
    | Identity
    | Quality
    | SoFar
    | OfferAgain
    | Ended
    | Refused
    | GoingAway
    | StillHere
)

_SAID: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Field(discriminator="type")])
_TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="type")])


def parse(text: str) -> Said:
    """What a browser said, or PeerMistake."""
    try:
        return _SAID.validate_json(text)
    except ValidationError as error:
        raise PeerMistake(reason_of(error, SaidKind)) from None


def parse_told(text: str) -> Told:
    """What a server said, for a client; pydantic's ValidationError if it is not this version's."""
    return _TOLD.validate_json(text)


def dump(message: Said | Told) -> str:
    """`message` as it stands in its frame."""
    return message.model_dump_json()


def told(item: news.News) -> Told:
    """`item` of news from a live check-in, as the browser hears it."""
    match item:
        case news.Standing():
            return Standing(
                state=item.state,
                ahead=item.ahead,
                subject=item.subject,
                officer=item.officer,
                live_s=item.live_s,
                paused=item.paused,
                silenced=item.silenced,
                hidden=item.hidden,
                unshown=item.unshown,
            )
        case news.IdentityNews():
            return Identity(
                state=item.state,
                verdict=item.verdict,
                at_s=item.at_s,
                reasons=item.reasons,
                usable=item.usable,
                stills=item.stills,
                engine=item.engine,
            )
        case news.QualityNews(quality):
            return Quality(signal=quality.signal, loss=quality.loss, rtt_ms=quality.rtt_ms, kbit_s=quality.kbit_s)
        case news.SoFar(stills, drops, notes, pauses):
            return SoFar(
                stills=tuple(StillSoFar(at_s=one.at_s, verdict=one.verdict, reasons=one.reasons) for one in stills),
                drops=tuple(DropSoFar(from_s=one.from_s, to_s=one.to_s, cause=one.cause) for one in drops),
                pauses=tuple(PauseSoFar(from_s=one.from_s, to_s=one.to_s) for one in pauses),
                notes=tuple(NoteSoFar(at_s=one.at_s, text=one.text) for one in notes),
            )
        case news.Ended(receipt):
            return Ended(receipt=None if receipt is None else _receipt(receipt))
        case news.OfferAgain():
            return OfferAgain()
        case news.GoingAway():
            return GoingAway()


def _receipt(receipt: news.Receipt) -> Receipt:
    return Receipt(
        code=receipt.code,
        started_at=receipt.started_at,
        ended_at=receipt.ended_at,
        officer=receipt.officer,
        unit=receipt.unit,
        gap_s=receipt.gap_s,
    )


def reason_of(error: ValidationError, kinds: type[StrEnum]) -> str:
    """One short sentence from pydantic's first complaint; only names of ours, nothing that the browser sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    kind = first["type"]
    if kind == "json_invalid":
        return "a message is one JSON object"
    if kind.startswith("union_tag"):
        return "a message has a type, one of " + ", ".join(kinds)
    where = first["loc"]
    if kind == "extra_forbidden":
        return f"{where[0]} has a field too many"
    if len(where) < 2:
        return "a message is one JSON object"
    return f"{where[0]}: {where[1]}: {kind.replace('_', ' ')}"
