"""Whole conversations, as docs/protocol.md tells them."""

import pytest

from checkins.checkin import CheckInId
from checkins.news import Seat
from checkins.turns import Muting, Pausing
from signaling.dialogue import Connect, EndCall, GiveUpSeat, KeepNote, LetIn, TakeSeat, TurnMedia
from tests.support.talk import (
    Talk,
    admit,
    beat,
    close,
    end,
    hello,
    in_room,
    join,
    leave,
    note,
    offer,
    talk,
    welcome,
)

pytestmark = pytest.mark.unit

C1, C2 = CheckInId("c1"), CheckInId("c2")
KINDS = "hello, join, beat, admit, offer, picture, mute, note, end, leave"


def test_a_subject_joins_waits_and_calls() -> None:
    assert (
        talk(Seat.SUBJECT)
        >> hello() << welcome()
        >> join("c1") << TakeSeat(C1)
        >> beat()
        >> offer("v=0") << Connect(C1, "v=0")
        >> end() << EndCall(C1)
    )  # fmt: skip


def test_an_officer_admits_notes_and_ends() -> None:
    assert (
        talk(Seat.OFFICER)
        >> hello() << welcome()
        >> beat()
        >> join("c1") << TakeSeat(C1)
        >> admit() << LetIn(C1)
        >> offer("v=0") << Connect(C1, "v=0")
        >> note("周边安静") << KeepNote(C1, "周边安静")
        >> end() << EndCall(C1)
    )  # fmt: skip


def test_either_says_that_its_network_is_too_slow_for_a_picture_and_that_it_is_not_any_more() -> None:
    for seat in Seat:
        assert (
            in_room(seat, check_in="c1")
            >> '{"type": "picture", "paused": true}' << TurnMedia(C1, Pausing(paused=True))
            >> '{"type": "picture", "paused": false}' << TurnMedia(C1, Pausing(paused=False))
        )  # fmt: skip


def test_either_says_that_they_keep_the_microphone_silent_or_the_camera_dark() -> None:
    for seat in Seat:
        assert (
            in_room(seat, check_in="c1")
            >> '{"type": "mute", "sound": true, "picture": false}' << TurnMedia(C1, Muting(sound=True, picture=False))
            >> '{"type": "mute", "sound": false, "picture": true}' << TurnMedia(C1, Muting(sound=False, picture=True))
        )  # fmt: skip


def test_what_nobody_can_see_of_a_note_is_not_kept_and_ends_no_conversation() -> None:
    pasted = '{"type": "note", "text": "一\\u0000\\u202e二\\r\\n\\u001b[31m三"}'
    assert in_room() >> pasted << KeepNote(C1, "一二\n[31m三")


def test_who_leaves_may_join_again_also_another_check_in() -> None:
    assert (
        in_room(check_in="c1")
        >> leave() << GiveUpSeat()
        >> beat()
        >> join("c2") << TakeSeat(C2)
        >> leave() << GiveUpSeat()
    )  # fmt: skip


def test_beats_are_refused_before_hello() -> None:
    assert talk() >> beat() << close(4400, "beat is not possible while connected")


def test_nobody_joins_without_a_hello() -> None:
    assert talk() >> join() << close(4400, "join is not possible while connected")


def test_hello_is_said_once() -> None:
    assert talk() >> hello() << welcome() >> hello() << close(4400, "hello is not possible while known")


def test_media_is_offered_from_a_seat_only() -> None:
    assert talk() >> hello() << welcome() >> offer() << close(4400, "offer is not possible while known")


def test_a_seat_is_taken_once() -> None:
    assert in_room() >> join("c2") << close(4400, "join is not possible while in_room")


def test_who_has_left_has_no_seat_to_speak_from() -> None:
    assert in_room() >> leave() << GiveUpSeat() >> end() << close(4400, "end is not possible while known")


def test_a_subject_admits_nobody() -> None:
    assert in_room(Seat.SUBJECT) >> admit() << close(4400, "admit is not possible for a subject")


def test_a_subject_writes_no_notes() -> None:
    assert in_room(Seat.SUBJECT) >> note() << close(4400, "note is not possible for a subject")


def test_another_version_is_told_which_one_is_spoken() -> None:
    assert talk() >> hello(v=2) << close(4400, "version 2 is not spoken here, only 1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a message is one JSON object"),
        ("hello", "a message is one JSON object"),
        ('{"type": "hello", "v": 1', "a message is one JSON object"),
        ('[{"type": "beat"}]', "a message is one JSON object"),
        ("null", "a message is one JSON object"),
        ("[" * 5000, "a message is one JSON object"),  # deeper than any parser should follow
        ("{}", f"a message has a type, one of {KINDS}"),
        ('{"type": "sing"}', f"a message has a type, one of {KINDS}"),
        ('{"type": ["hello"]}', f"a message has a type, one of {KINDS}"),
        ('{"type": "welcome", "v": 1}', f"a message has a type, one of {KINDS}"),  # the server's own words
        ('{"type": "beat", "张伟": 1}', "beat has a field too many"),  # a reason never quotes
        ('{"type": "hello"}', "hello: v: missing"),
        ('{"type": "hello", "v": "1"}', "hello: v: int type"),
        ('{"type": "hello", "v": true}', "hello: v: int type"),
        ('{"type": "hello", "v": 1.5}', "hello: v: int type"),
        ('{"type": "hello", "v": -1}', "hello: v: greater than equal"),
        ('{"type": "join", "check_in": "../c1"}', "join: check_in: string pattern mismatch"),
        ('{"type": "join", "check_in": ""}', "join: check_in: string pattern mismatch"),
        ('{"type": "offer", "sdp": ""}', "offer: sdp: string too short"),
        ('{"type": "offer", "sdp": "' + "a" * 65_537 + '"}', "offer: sdp: string too long"),
        ('{"type": "note", "text": "  \\n "}', "note: text: too short"),
        ('{"type": "note", "text": "' + "字" * 501 + '"}', "note: text: too long"),
        ('{"type": "note", "text": "\\u0000\\u202e"}', "note: text: too short"),
        ('{"type": "note", "text": "\\ud800"}', "a message is one JSON object"),
    ],
)
def test_what_is_not_a_message_ends_the_conversation_and_nothing_else(text: str, reason: str) -> None:
    assert talk() >> text << close(4400, reason)


def test_a_conversation_that_differs_shows_its_transcript() -> None:
    with pytest.raises(AssertionError, match=r'>> {"type":"beat"}\nnothing came') as missed:
        in_room() >> beat() << close(4400, "")
    assert "hello" in str(missed.value)
    with pytest.raises(AssertionError, match="nobody expected"):
        bool(talk() >> hello())
    with pytest.raises(AssertionError, match="after the close"):
        _after_the_close(talk())


def _after_the_close(talking: Talk) -> Talk:
    return talking >> beat() >> beat()
