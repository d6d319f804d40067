"""What an agency decides about its devices, read from policy.toml: lengths, graces, room on the disk."""

import tomllib
from datetime import timedelta
from pathlib import Path

from pydantic import ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt, TypeAdapter
from pydantic.dataclasses import dataclass

OURS = Path(__file__).with_name("policy.toml")

NOTHING_UNKNOWN = ConfigDict(extra="forbid")  # a misspelt line must not pass in silence


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class RecordingRules:
    """A file lasts `longest_min` at most; the next one begins `overlap_s` before it ends."""

    longest_min: PositiveFloat
    overlap_s: PositiveFloat

    @property
    def longest(self) -> timedelta:
        return timedelta(minutes=self.longest_min)


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class StreamRules:
    """How long a device is waited for, and how many watch it."""

    away_grace_s: PositiveFloat
    most_viewers: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class DiskRules:
    """What must be free."""

    least_free_mb: NonNegativeInt

    @property
    def least_free(self) -> int:
        """In bytes."""
        return self.least_free_mb << 20


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class Retention:
    """How long recordings are kept, as the page says it."""

    recording_days: PositiveInt


@dataclass(frozen=True, slots=True, config=NOTHING_UNKNOWN)
class DevicePolicy:
    """One agency's decisions; every table of policy.toml is there, and nothing else."""

    recording: RecordingRules
    stream: StreamRules
    disk: DiskRules
    retention: Retention


def read_device_policy(path: Path = OURS) -> DevicePolicy:
    """The policy in a file; pydantic's or tomllib's own error for anything missing, unknown or out of range."""
    return TypeAdapter(DevicePolicy).validate_python(tomllib.loads(path.read_text("utf-8")))
