"""The notice: both languages say the same things, periods come from policy, and its hash is of what was shown."""

import hashlib
from dataclasses import replace

import pytest

from checkins.notice import FOLDER, notice_in_force
from checkins.policy import Retention, read_policy
from live.notices import Language, period

pytestmark = pytest.mark.rim

POLICY = read_policy()


@pytest.mark.parametrize("language", Language)
def test_the_notice_in_force_is_whole(language: Language) -> None:
    notice = notice_in_force(POLICY, language)
    assert notice.version == POLICY.notice.version
    assert "{" not in notice.text
    assert all(section.heading and section.text for section in notice.sections)


def test_both_languages_have_the_same_sections() -> None:
    assert len({len(notice_in_force(POLICY, language).sections) for language in Language}) == 1


@pytest.mark.parametrize(
    ("language", "said"), [(Language.ZH, "录像存 3 年，截图存 3 年"), (Language.EN, "kept for 3 years")]
)
def test_periods_come_from_policy(language: Language, said: str) -> None:
    assert said in notice_in_force(POLICY, language).text


def test_the_hash_is_of_the_words_that_were_shown() -> None:
    notice = notice_in_force(POLICY, Language.ZH)
    assert notice.sha256 == hashlib.sha256(notice.text.encode()).hexdigest()
    shorter = replace(POLICY, retention=Retention(recording_days=30, stills_days=30, face_template_days=30))
    assert notice_in_force(shorter, Language.ZH).sha256 != notice.sha256
    assert notice_in_force(POLICY, Language.EN).sha256 != notice.sha256


def test_both_choices_are_told_to_count_the_same() -> None:
    assert "都一样算数" in notice_in_force(POLICY, Language.ZH).text


# SHA-256 of each file as it was first shown to anybody. A text that was agreed to is never edited: add a version.
AS_FIRST_SHOWN = {"2026-11.toml": "62e4d707b0a9ee6480a5784239c8f37777dc9a87f45b01e7a25a0034791c8741"}


def test_a_text_that_somebody_has_agreed_to_is_never_edited() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.toml")}
    assert found == AS_FIRST_SHOWN


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [(1, " 1 天", "1 day"), (30, " 30 天", "30 days"), (365, " 1 年", "1 year"), (400, " 400 天", "400 days")],
)
def test_whole_years_are_said_as_years(days: int, zh: str, en: str) -> None:
    assert (period(days, Language.ZH), period(days, Language.EN)) == (zh, en)
