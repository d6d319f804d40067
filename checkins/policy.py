"""What an agency decides about its check-ins, read from policy.toml: windows, graces, sampling, retention, notice."""

import tomllib
from datetime import timedelta
from pathlib import Path

from pydantic import ConfigDict, PositiveFloat, PositiveInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

OURS = Path(__file__).with_name("policy.toml")

NOTHING_UNKNOWN = ConfigDict(extra="forbid")  # a misspelt line must not pass in silence


class BadPolicy(ValueError):
    """A policy file that cannot be used; the message says which values and why."""


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Window:
    """When somebody may come: from `opens_before_min` before the agreed time until window and grace are over."""

    length_min: PositiveInt
    grace_min: PositiveInt
    opens_before_min: PositiveInt

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.length_min)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_min)

    @property
    def opens_before(self) -> timedelta:
        return timedelta(minutes=self.opens_before_min)


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Session:
    """How long a subject's browser stays in after its link was used."""

    longest_h: PositiveInt

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_h)


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class CallRules:
    """How long a connection may be away before the call is over."""

    reconnect_grace_s: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Sampling:
    """The wait from one still to the next is random between these two."""

    shortest_s: PositiveFloat
    longest_s: PositiveFloat

    def __post_init__(self) -> None:
        if self.longest_s < self.shortest_s:
            raise ValueError("longest_s is shorter than shortest_s")


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Filing:
    """Whether a match by the machine may be filed after a person's look."""

    one_look_suffices: bool


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Retention:
    """How long each kind of evidence is kept, as the notice says it. A face template's days count from release."""

    recording_days: PositiveInt
    stills_days: PositiveInt
    face_template_days: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class NoticeInForce:
    """Which version of the notice is shown and agreed to."""

    version: str


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Policy:
    """One agency's decisions; every table of policy.toml is there, and nothing else."""

    window: Window
    session: Session
    call: CallRules
    sampling: Sampling
    filing: Filing
    retention: Retention
    notice: NoticeInForce


def read_policy(path: Path = OURS) -> Policy:
    """The policy in a file; BadPolicy for anything missing, unknown or out of range."""
    try:
        return TypeAdapter(Policy).validate_python(tomllib.loads(path.read_text("utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(f"{path.name}: {error}") from error
