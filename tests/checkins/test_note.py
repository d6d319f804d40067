"""What people write, and what of it is kept: one rule for every note and every reason."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.details import BadDetail
from checkins.note import LONGEST_TEXT, checked_note, readable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  本人在家，神情自然。\n", "本人在家，神情自然。"),
        ("一\r\n二\r三\n四", "一\n二\n三\n四"),
        ("一\u2028二\u2029三\x85四\x0b五\x0c六", "一\n二\n三\n四\n五\n六"),  # what word processors call a line's end
        ("项目\t状态", "项目\t状态"),
        ("在\x00家", "在家"),
        ("\x1b[31m在家\x1b[0m", "[31m在家[0m"),
        ("在\x7f\x9b家", "在家"),
        ("金额 \u202e001\u202c 元", "金额 001 元"),
        ("\u2066在\u2067家\u2068。\u2069\u202a\u202b\u202d", "在家。"),
        ("在\ud800家", "在家"),
        ("\u200fئۇيغۇرچە\u200e", "\u200fئۇيغۇرچە\u200e"),
        ("👩\u200d👦 在家", "👩\u200d👦 在家"),
        ("\x00\u202e \x1b", ""),
    ],
)
def test_a_note_is_kept_as_it_reads(written: str, kept: str) -> None:
    assert readable(written) == kept


@given(st.text(st.characters()))
def test_nothing_unseen_is_kept_and_what_was_kept_stays_as_it_is(written: str) -> None:
    kept = readable(written)
    assert readable(kept) == kept
    assert not [c for c in kept if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"}]
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


HIDDEN = "\u200b\u2060\ufeff\u00ad\u2062\u206a\ufff9\U000e0041\U000e0100\U0001d173\ufdd0\uffff"
BLANK = "\u200e\u034f\ufe0f\u180b\u3164\uffa0\u2800\u17b4\ue000"


def test_nothing_hides_in_a_note() -> None:
    assert readable("在" + HIDDEN + "家") == "在家"


@pytest.mark.parametrize("written", ["", " \n", "\x00", "\u202e\u202c", *HIDDEN, *BLANK, BLANK])
def test_a_note_of_which_nothing_can_be_seen_is_missing(written: str) -> None:
    with pytest.raises(BadDetail, match="reason: missing"):
        checked_note("reason", written)


def test_a_note_may_be_as_long_as_the_form_says_with_its_lines_counted_once() -> None:
    sent = "\r\n".join("字" * (LONGEST_TEXT // 2))  # as browsers send a field's lines
    assert checked_note("note", sent) == sent.replace("\r", "")
    with pytest.raises(BadDetail, match="note: too_long"):
        checked_note("note", "字" * (LONGEST_TEXT + 1))
