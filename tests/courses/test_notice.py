"""The notice before a lesson, and the policy it is filled from."""

import pytest

from courses.notice import lesson_notice
from courses.policy import read_lesson_policy
from live.notices import Language

pytestmark = pytest.mark.rim


@pytest.mark.parametrize("language", list(Language))
def test_the_notice_says_who_is_recorded_and_for_how_long_it_is_kept(language: Language) -> None:
    notice = lesson_notice(read_lesson_policy(), language)
    assert len(notice.sections) == 5
    assert {Language.ZH: "3 年", Language.EN: "3 years"}[language] in notice.text
    assert "{" not in notice.text


def test_a_class_has_sixty_learners_at_most_and_a_small_picture_each() -> None:
    policy = read_lesson_policy()
    assert policy.lesson.most_learners == 60
    assert policy.call.listener_bits < policy.call.speaker_bits
