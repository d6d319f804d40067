"""The notice (告知书) before a check-in, and the two equal choices."""

from enum import StrEnum
from pathlib import Path

from checkins.policy import Policy
from live.notices import Language, Notice, period, read_notice

FOLDER = Path(__file__).with_name("notices")


class Choice(StrEnum):
    """How a subject wants to be known; both count the same."""

    FACE = "face"
    OTHER_WAY = "other_way"


def notice_in_force(policy: Policy, language: Language) -> Notice:
    """The text that policy says is shown now. FileNotFoundError if policy names a version that was never written."""
    filled = {
        "recording": period(policy.retention.recording_days, language),
        "stills": period(policy.retention.stills_days, language),
        "face_template": period(policy.retention.face_template_days, language),
        "reconnect_s": str(policy.call.reconnect_grace_s),
    }
    return read_notice(FOLDER / f"{policy.notice.version}.toml", language, filled)
