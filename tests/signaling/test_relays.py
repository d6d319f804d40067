"""A pass for a relay is what coturn expects, and says for how long and for which seat."""

from datetime import UTC, datetime

import pytest

from checkins.checkin import CheckInId
from checkins.news import Seat
from signaling.relays import PASS_S, Relays

pytestmark = pytest.mark.unit

SECRET = "0123456789abcdef0123456789abcdef"
RELAYS = Relays(("turn:turn.example:3478",), SECRET)
AT = datetime(2026, 11, 23, 2, 0, 5, 900_000, tzinfo=UTC)


def test_a_pass_is_what_coturn_expects() -> None:
    # printf %s 1795399805:c1-subject | openssl dgst -sha1 -hmac $SECRET -binary | base64
    told = RELAYS.pass_for(CheckInId("c1"), Seat.SUBJECT, AT)
    assert (told.username, told.password) == ("1795399805:c1-subject", "MXP1bbep+pdF1rNff+2ws/hwa9k=")
    assert told.urls == RELAYS.urls


def test_a_pass_opens_the_relay_for_ten_minutes_at_most() -> None:
    told = RELAYS.pass_for(CheckInId("c1"), Seat.SUBJECT, AT)
    assert int(told.username.partition(":")[0]) - AT.timestamp() <= told.lifetime_s == PASS_S <= 600


def test_every_pass_of_a_seat_is_counted_for_that_seat() -> None:
    later = RELAYS.pass_for(CheckInId("c1"), Seat.OFFICER, AT.replace(minute=9)).username
    assert later.partition(":")[2] == RELAYS.pass_for(CheckInId("c1"), Seat.OFFICER, AT).username.partition(":")[2]
    others = [(CheckInId("c1"), Seat.SUBJECT), (CheckInId("c2"), Seat.OFFICER)]
    assert all(not RELAYS.pass_for(*other, AT).username.endswith(later.partition(":")[2]) for other in others)


def test_what_opens_a_relay_is_not_shown_by_accident() -> None:
    told = RELAYS.pass_for(CheckInId("c1"), Seat.SUBJECT, AT)
    assert SECRET not in f"{RELAYS!r} {told!r} {told}"
    assert told.password not in f"{told!r} {told}"
