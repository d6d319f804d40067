"""The notice (告知书) before a live lesson: who is recorded, and when."""

from pathlib import Path

from courses.policy import LessonPolicy
from live.notices import Language, Notice, period, read_notice

FOLDER = Path(__file__).with_name("notices")


def lesson_notice(policy: LessonPolicy, language: Language) -> Notice:
    """The text that policy says is shown now. FileNotFoundError if policy names a version that was never written."""
    filled = {"recording": period(policy.retention.recording_days, language)}
    return read_notice(FOLDER / f"{policy.notice.version}.toml", language, filled)
