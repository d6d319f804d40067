"""Times as people say them."""

from datetime import UTC, datetime

import pytest

from web import dates
from web.words import Language

pytestmark = pytest.mark.unit

AT = datetime(2026, 10, 26, 18, 30, tzinfo=UTC)  # half past two in the morning of the 27th in China
ZH, EN = Language.ZH, Language.EN


def test_a_moment_is_said_by_the_clock_on_the_wall_in_china() -> None:
    assert dates.clock(AT) == "02:30"
    assert dates.day(AT, ZH) == "10 月 27 日 星期二"
    assert dates.day(AT, EN) == "Tuesday 27 October"
    assert dates.moment(AT, ZH) == "10 月 27 日 02:30"
    assert dates.moment(AT, EN) == "27 Oct 02:30"
    assert dates.long_day(AT, ZH) == "2026 年 10 月 27 日"
    assert dates.long_day(AT, EN) == "27 Oct 2026"


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(0, "0 秒", "0 s"), (59.6, "1 分 0 秒", "1 min 0 s"), (12, "12 秒", "12 s"), (312, "5 分 12 秒", "5 min 12 s")],
)
def test_a_duration_is_minutes_and_seconds(seconds: float, zh: str, en: str) -> None:
    assert (dates.duration(seconds, ZH), dates.duration(seconds, EN)) == (zh, en)


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [(0, "不到 1 分钟", "under 1 min"), (18, "18 分钟", "18 min"), (61, "1 小时", "1 h"), (3000, "2 天", "2 d")],
)
def test_an_age_is_as_rough_as_it_is_old(minutes: int, zh: str, en: str) -> None:
    assert (dates.age(minutes * 60, ZH), dates.age(minutes * 60, EN)) == (zh, en)


def test_a_place_in_a_recording_has_two_digits_each() -> None:
    assert [dates.position(s) for s in (0, 137.9, 3600)] == ["00:00", "02:17", "60:00"]


def test_what_a_field_shows_is_what_it_is_read_as() -> None:
    assert dates.for_input(AT) == "2026-10-27T02:30"
    assert dates.from_input(dates.for_input(AT)) == AT


@pytest.mark.parametrize(
    "value", ["", "tomorrow", "2026-13-01T10:00", "2026-10-27", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_what_is_no_moment_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        dates.from_input(value)
