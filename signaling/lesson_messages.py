"""The wire of a live lesson: what its browsers and the server say to each other (docs/protocol.md)."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from courses import news
from courses.floor import Place
from courses.lesson import LessonState
from courses.news import Line, Presence
from signaling.messages import (
    LONGEST_SDP,
    Beat,
    GoingAway,
    Hello,
    Leave,
    Message,
    PeerMistake,
    Refusal,
    Relay,
    Resume,
    StillHere,
    Welcome,
    reason_of,
)

MOST_PLACES = 999

LessonName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{1,40}$")]
PlaceNumber: TypeAlias = Annotated[Place, Field(ge=1, le=MOST_PLACES)]


class LessonSaidKind(StrEnum):
    """The `type` of what a browser in a lesson says."""

    HELLO = "hello"
    JOIN = "join"
    BEAT = "beat"
    OPEN = "open"
    OFFER = "offer"
    HAND = "hand"
    WORD = "word"
    SHARE = "share"
    END = "end"
    LEAVE = "leave"


class LessonToldKind(StrEnum):
    """The `type` of what the server says of a lesson alone."""

    STANDING = "standing"
    CLASS = "class"
    ANSWER = "answer"
    OFFER_AGAIN = "offer_again"
    OVER = "over"
    REFUSED = "refused"


class Join(Message):
    """Take the seat in this lesson."""

    type: Literal[LessonSaidKind.JOIN] = LessonSaidKind.JOIN
    lesson: LessonName
    resume: Resume | None = None


class Open(Message):
    """The lesson begins."""

    type: Literal[LessonSaidKind.OPEN] = LessonSaidKind.OPEN


class Offer(Message):
    """A complete offer of media on one of this browser's connections."""

    type: Literal[LessonSaidKind.OFFER] = LessonSaidKind.OFFER
    line: Line
    sdp: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SDP)]


class Hand(Message):
    """A learner's hand goes up or down; down from whoever has the word gives it back."""

    type: Literal[LessonSaidKind.HAND] = LessonSaidKind.HAND
    up: bool


class Word(Message):
    """The teacher gives the word to a learner, or takes it back."""

    type: Literal[LessonSaidKind.WORD] = LessonSaidKind.WORD
    place: PlaceNumber | None


class Share(Message):
    """The teacher shows a screen, or no more."""

    type: Literal[LessonSaidKind.SHARE] = LessonSaidKind.SHARE
    on: bool


class End(Message):
    """The lesson is over for everybody."""

    type: Literal[LessonSaidKind.END] = LessonSaidKind.END


class Standing(Message):
    """Where the lesson stands, for this browser; nobody's name is in it."""

    type: Literal[LessonToldKind.STANDING] = LessonToldKind.STANDING
    state: LessonState
    place: PlaceNumber | None
    live_s: Annotated[float, Field(ge=0)] | None
    you: Presence
    teacher: Presence
    here: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=0)]
    word: PlaceNumber | None
    sharing: bool
    hands: Annotated[int, Field(ge=0)]
    hand: Annotated[int, Field(ge=1)] | None


class InClass(Message):
    """One learner, as the teacher sees them."""

    place: PlaceNumber
    name: str
    here: Presence


class Class(Message):
    """Who is here, and whose hands are up, in their order; teachers only."""

    type: Literal[LessonToldKind.CLASS] = LessonToldKind.CLASS
    learners: tuple[InClass, ...]
    hands: tuple[PlaceNumber, ...]


class Answer(Message):
    """To an offer."""

    type: Literal[LessonToldKind.ANSWER] = LessonToldKind.ANSWER
    line: Line
    sdp: str


class OfferAgain(Message):
    """This connection was lost through a fault of ours: offer anew."""

    type: Literal[LessonToldKind.OFFER_AGAIN] = LessonToldKind.OFFER_AGAIN
    line: Line


class Over(Message):
    """The lesson is over; a second one says that it is on file."""

    type: Literal[LessonToldKind.OVER] = LessonToldKind.OVER
    filed: bool


class Refused(Message):
    """The message named in `about` did nothing; `line` is that of an offer."""

    type: Literal[LessonToldKind.REFUSED] = LessonToldKind.REFUSED
    about: LessonSaidKind
    code: Refusal
    reason: str
    line: Line | None = None


LessonSaid: TypeAlias = Hello | Join | Beat | Open | Offer | Hand | Word | Share | End | Leave
LessonTold: TypeAlias = (
    Welcome | Relay | Standing | Class | Answer | OfferAgain | Over | Refused | GoingAway | StillHere
)

_SAID: TypeAdapter[LessonSaid] = TypeAdapter(Annotated[LessonSaid, Field(discriminator="type")])
_TOLD: TypeAdapter[LessonTold] = TypeAdapter(Annotated[LessonTold, Field(discriminator="type")])


def parse(text: str) -> LessonSaid:
    """What a browser said, or PeerMistake."""
    try:
        return _SAID.validate_json(text)
    except ValidationError as error:
        raise PeerMistake(reason_of(error, LessonSaidKind)) from None


def parse_told(text: str) -> LessonTold:
    """What a server said, for a client; pydantic's ValidationError if it is not this version's."""
    return _TOLD.validate_json(text)


def told(item: news.News) -> LessonTold:
    """`item` of news from a live lesson, as the browser hears it."""
    match item:
        case news.Standing():
            return Standing(
                state=item.state,
                place=item.place,
                live_s=item.live_s,
                you=item.you,
                teacher=item.teacher,
                here=item.here,
                of=item.of,
                word=item.word,
                sharing=item.sharing,
                hands=item.hands,
                hand=item.hand,
            )
        case news.ClassNews(learners, hands):
            listed = tuple(InClass(place=one.place, name=one.name, here=one.here) for one in learners)
            return Class(learners=listed, hands=hands)
        case news.OfferAgain(line):
            return OfferAgain(line=line)
        case news.Over(filed):
            return Over(filed=filed)
