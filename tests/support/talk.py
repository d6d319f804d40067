"""Conversations as tests: `assert talk() >> beat() << close(4400, "beat is not possible while connected")`."""

from collections import deque
from dataclasses import dataclass
from typing import Self

from checkins.news import Seat
from signaling.dialogue import Act, Dialogue, Tell
from signaling.messages import (
    Admit,
    Beat,
    CloseCode,
    End,
    Hello,
    Join,
    Leave,
    Message,
    Note,
    Offer,
    PeerMistake,
    Said,
    Welcome,
    dump,
    parse,
)


@dataclass(frozen=True)
class Close:
    """The server closes the connection."""

    code: int
    reason: str


class Talk:
    """`>>` is said by the browser, as a message or as raw text; `<<` is what has to come of it next."""

    def __init__(self, seat: Seat) -> None:
        self._dialogue = Dialogue(seat)
        self._outcomes: deque[Act | Message | Close] = deque()
        self._transcript: list[str] = []
        self._over = False

    def __rshift__(self, said: Said | str) -> Self:
        text = said if isinstance(said, str) else dump(said)
        self._transcript.append(f">> {text}")
        assert not self._over, self._told("something was said after the close")
        try:
            act = self._dialogue.hear(parse(text))
        except PeerMistake as mistake:
            self._over = True
            self._outcomes.append(Close(CloseCode.PROTOCOL_MISTAKE, mistake.reason))
        else:
            if act is not None:
                self._outcomes.append(act.message if isinstance(act, Tell) else act)
        return self

    def __lshift__(self, expected: Act | Message | Close) -> Self:
        assert self._outcomes, self._told(f"nothing came, where {expected!r} was expected")
        outcome = self._outcomes.popleft()
        self._transcript.append(f"<< {outcome!r}")
        assert outcome == expected, self._told(f"{expected!r} was expected")
        return self

    def __bool__(self) -> bool:
        assert not self._outcomes, self._told(f"nobody expected {list(self._outcomes)}")
        return True

    def _told(self, complaint: str) -> str:
        return "\n".join([*self._transcript, complaint])


def talk(seat: Seat = Seat.OFFICER) -> Talk:
    """A conversation with a browser that has just connected."""
    return Talk(seat)


def in_room(seat: Seat = Seat.OFFICER, check_in: str = "c1") -> Talk:
    """A conversation with a browser that has its seat."""
    talking = talk(seat) >> hello() >> join(check_in)
    talking._outcomes.clear()
    return talking


def hello(v: int = 1) -> Hello:
    return Hello(v=v)


def join(check_in: str = "c1") -> Join:
    return Join(check_in=check_in)


def beat() -> Beat:
    return Beat()


def admit() -> Admit:
    return Admit()


def offer(sdp: str = "v=0\r\n") -> Offer:
    return Offer(sdp=sdp)


def note(text: str = "正常") -> Note:
    return Note(text=text)


def end() -> End:
    return End()


def leave() -> Leave:
    return Leave()


def welcome() -> Welcome:
    return Welcome()


def close(code: int, reason: str) -> Close:
    return Close(code, reason)
