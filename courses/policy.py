"""What an agency decides about its live lessons, read from policy.toml."""

import tomllib
from datetime import timedelta
from pathlib import Path

from pydantic import ConfigDict, PositiveInt, TypeAdapter
from pydantic.dataclasses import dataclass

OURS = Path(__file__).with_name("policy.toml")

NOTHING_UNKNOWN = ConfigDict(extra="forbid")  # a misspelt line must not pass in silence


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class LessonRules:
    """How many learners, how long, and when their links let them in."""

    most_learners: PositiveInt
    length_min: PositiveInt
    opens_before_min: PositiveInt
    forgotten_after_h: PositiveInt

    @property
    def opens_before(self) -> timedelta:
        return timedelta(minutes=self.opens_before_min)

    @property
    def forgotten_after(self) -> timedelta:
        return timedelta(hours=self.forgotten_after_h)


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Session:
    """How long a learner's browser stays in after its link was used."""

    longest_h: PositiveInt

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_h)


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class CallRules:
    """Graces of connections that are away, and what a learner's picture may take."""

    word_grace_s: PositiveInt
    teacher_grace_s: PositiveInt
    listener_bits: PositiveInt
    speaker_bits: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Retention:
    """How long recordings are kept, as the notice says it."""

    recording_days: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class NoticeInForce:
    """Which version of the notice is shown and agreed to."""

    version: str


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class LessonPolicy:
    """One agency's decisions; every table of policy.toml is there, and nothing else."""

    lesson: LessonRules
    session: Session
    call: CallRules
    retention: Retention
    notice: NoticeInForce


def read_lesson_policy(path: Path = OURS) -> LessonPolicy:
    """The policy in a file; pydantic's ValidationError for anything missing, unknown or out of range."""
    return TypeAdapter(LessonPolicy).validate_python(tomllib.loads(path.read_text("utf-8")))
