from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import details
from accounts.details import BadDetail

pytestmark = pytest.mark.unit

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GOOD_NUMBER = "11010519491231002X"  # the example in GB 11643


def refusal(check: Callable[..., object], *typed: object) -> tuple[str, str]:
    with pytest.raises(BadDetail) as caught:
        check(*typed)
    return caught.value.field, caught.value.reason_code


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("张伟", "张伟"),
        ("  张伟\t", "张伟"),
        ("阿迪力·买买提", "阿迪力·买买提"),
        ("Zoe\u0301", "Zoé"),  # composed, so that the same name is the same text
        ("\U0002a6d6\ue000", "\U0002a6d6\ue000"),  # rare characters, also those only a private font has
        ("名" * 60, "名" * 60),
    ],
)
def test_a_name_is_taken_as_people_write_it(typed: str, taken: str) -> None:
    assert details.checked_name("name", typed) == taken


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        (" \u3000\n", "missing"),
        ("名" * 61, "too_long"),
        ("张\n伟", "unprintable"),
        ("张\x00伟", "unprintable"),
        ("\x1b[31m张伟", "unprintable"),
        ("张\u202e伟", "unprintable"),  # right-to-left override
        ("张\u2066伟", "unprintable"),  # an isolate that is never closed
        ("张\u200b伟", "unprintable"),  # zero width
        ("张\u2028伟", "unprintable"),
        ("张\ud800", "unprintable"),
    ],
)
def test_a_name_that_cannot_be_shown_as_it_is_gets_a_reason(typed: str, reason: str) -> None:
    assert refusal(details.checked_name, "office_name", typed) == ("office_name", reason)


@given(st.text(max_size=80))
def test_whatever_is_taken_as_a_name_is_short_and_printable(typed: str) -> None:
    try:
        name = details.checked_name("name", typed)
    except BadDetail:
        return
    assert 1 <= len(name) <= 60
    assert not set(name) & set("\n\r\x00\x1b\u202e")
    assert details.checked_name("name", name) == name


@given(st.integers(21, 100).map(lambda times: "王芳x" * times))
def test_a_refusal_never_repeats_what_was_typed(typed: str) -> None:
    with pytest.raises(BadDetail) as caught:
        details.checked_name("name", typed)
    assert str(caught.value) == "name: too_long"


@pytest.mark.parametrize("typed", [GOOD_NUMBER, " 11010519491231002x ", "11010519491231002Ｘ"])
def test_an_id_number_is_taken_in_every_way_of_typing_it(typed: str) -> None:
    assert details.checked_id_number(typed, NINE) == GOOD_NUMBER


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("1101051949123100", "form"),
        ("110105194912310021X", "form"),
        ("11010519491231002Y", "form"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "form"),  # digits of another script
        ("110105194902300021", "birth_date"),
        ("110105189912310025", "birth_date"),
        ("11010520261124002X", "birth_date"),  # tomorrow
        ("110105194912310021", "check_character"),
    ],
)
def test_an_impossible_id_number_gets_a_reason(typed: str, reason: str) -> None:
    assert refusal(details.checked_id_number, typed, NINE) == ("id_number", reason)


def test_a_number_of_somebody_born_today_in_china_is_possible() -> None:
    late_evening_in_china_before = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # already the 24th in China
    digits = "11010520261124002"
    number = digits + details.check_character(digits + "0")
    assert details.checked_id_number(number, late_evening_in_china_before) == number


@given(st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(at: int, by: int) -> None:
    wrong = GOOD_NUMBER[:at] + str((int(GOOD_NUMBER[at]) + by) % 10) + GOOD_NUMBER[at + 1 :]
    assert refusal(details.checked_id_number, wrong, NINE)[0] == "id_number"


@given(st.integers(0, 15))
def test_two_neighbouring_digits_that_changed_places_are_noticed(at: int) -> None:
    digits = list(GOOD_NUMBER)
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    wrong = "".join(digits)
    assert wrong == GOOD_NUMBER or refusal(details.checked_id_number, wrong, NINE)[0] == "id_number"


@pytest.mark.parametrize(
    ("born", "at", "minor"),
    [
        (date(2008, 11, 24), datetime(2026, 11, 23, 15, 59, tzinfo=UTC), True),  # the day before the birthday
        (date(2008, 11, 23), datetime(2026, 11, 23, 15, 59, tzinfo=UTC), True),  # the birthday itself
        (date(2008, 11, 23), datetime(2026, 11, 23, 16, 0, tzinfo=UTC), False),  # midnight after it, in China
        (date(2008, 2, 29), datetime(2026, 2, 28, 12, 0, tzinfo=UTC), True),
        (date(2008, 2, 29), datetime(2026, 3, 1, 12, 0, tzinfo=UTC), False),
        (date(2020, 1, 1), NINE, True),
        (date(1949, 12, 31), NINE, False),
    ],
)
def test_full_age_begins_the_day_after_the_eighteenth_birthday(born: date, at: datetime, minor: bool) -> None:  # noqa: FBT001 (a column of the table)
    assert details.is_minor(born, at) is minor


@pytest.mark.parametrize(
    ("typed", "taken"),
    [("13800138000", "13800138000"), ("+86 138-0013-8000", "+8613800138000"), ("(010) 6888 8888", "01068888888")],
)
def test_a_phone_number_is_kept_as_digits(typed: str, taken: str) -> None:
    assert details.checked_phone(typed) == taken


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("- ", "missing"),
        ("110", "form"),
        ("1" * 16, "form"),
        ("13800138000\n", "form"),
        ("手机", "form"),
    ],
)
def test_what_is_no_phone_number_gets_a_reason(typed: str, reason: str) -> None:
    assert refusal(details.checked_phone, typed) == ("phone", reason)


@pytest.mark.parametrize("typed", ["", "a", "王芳", "a b", "-a", "a" * 41, "a\nb", "a/b"])
def test_a_login_is_plain(typed: str) -> None:
    assert refusal(details.checked_login, typed) == ("login", "form")


def test_a_login_is_the_same_in_capitals_and_with_space_around_it() -> None:
    assert details.checked_login(" Wang.Fang ") == "wang.fang"


@pytest.mark.parametrize(("typed", "reason"), [("nine char", "too_short"), ("x" * 129, "too_long")])
def test_a_password_has_a_length_and_no_other_rules(typed: str, reason: str) -> None:
    assert details.checked_password("密码也可以是一句中文话") == "密码也可以是一句中文话"
    assert refusal(details.checked_password, typed) == ("password", reason)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张", "*"), ("张伟", "张*"), ("张建伟", "张*伟"), ("欧阳建伟", "欧**伟"), ("阿迪力·买买提", "阿*****提")],
)
def test_a_masked_name_keeps_the_first_and_the_last_character(name: str, masked: str) -> None:
    assert details.masked_name(name) == masked


def test_a_masked_id_number_keeps_four_and_four() -> None:
    assert details.masked_id_number(GOOD_NUMBER) == "1101**********002X"
