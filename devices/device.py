"""A device and its recordings as values; and where its stream stands, as a table."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from accounts.actor import UnitId
from statetable import Table

DeviceId = NewType("DeviceId", str)
DeviceRecordingId = NewType("DeviceRecordingId", str)


class DeviceKind(StrEnum):
    """What a device is."""

    BODY_WORN = "body_worn"  # 执法记录仪
    ROOM_CAMERA = "room_camera"  # 房间摄像头
    ENCODER = "encoder"  # 编码器: a box or a program that sends another picture on


@dataclass(frozen=True, slots=True)
class Device:
    """One device. Once `revoked_at` is set it streams no more; its recordings stay."""

    id: DeviceId
    name: str
    kind: DeviceKind
    unit: UnitId
    unit_name: str
    added_at: datetime
    token_since: datetime
    revoked_at: datetime | None
    seen_at: datetime | None


class Stage(StrEnum):
    """How far a recording of a device is."""

    WRITING = "writing"
    SEALED = "sealed"
    SEALED_WITH_GAP = "sealed_with_gap"  # it broke off, and is whole up to there
    EMPTY = "empty"  # nothing came
    NOT_JOINED = "not_joined"  # the disk cannot read its own parts


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """Nothing of this kind between two moments, in seconds since the recording began."""

    kind: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class DeviceRecording:
    """One file of a device. `name`, `sha256` and `size` are those of the sealed file, None where there is none."""

    id: DeviceRecordingId
    device: DeviceId
    began_at: datetime
    stage: Stage
    starts_at: datetime | None  # its first frame
    seconds: float
    gaps: tuple[RecordingGap, ...]
    name: str | None
    sha256: str | None
    size: int | None


class StreamState(StrEnum):
    """Where the stream of a device stands."""

    AWAY = "away"
    COMING = "coming"
    LIVE = "live"
    LOST = "lost"


class StreamCue(StrEnum):
    OFFERED = "offered"
    CONNECTED = "connected"
    LOST = "lost"
    GIVEN_UP = "given_up"  # it has not come, or has not come back in time
    ENDED = "ended"  # by its own word, because it was revoked, or because the server stops


STREAM: Table[StreamState, StreamCue] = {
    (StreamState.AWAY, StreamCue.OFFERED): StreamState.COMING,
    (StreamState.COMING, StreamCue.OFFERED): StreamState.COMING,
    (StreamState.COMING, StreamCue.CONNECTED): StreamState.LIVE,
    (StreamState.COMING, StreamCue.GIVEN_UP): StreamState.AWAY,
    (StreamState.COMING, StreamCue.ENDED): StreamState.AWAY,
    (StreamState.LIVE, StreamCue.OFFERED): StreamState.LIVE,  # until the older connection has gone for the newer
    (StreamState.LIVE, StreamCue.LOST): StreamState.LOST,
    (StreamState.LIVE, StreamCue.ENDED): StreamState.AWAY,
    (StreamState.LOST, StreamCue.OFFERED): StreamState.LOST,
    (StreamState.LOST, StreamCue.CONNECTED): StreamState.LIVE,
    (StreamState.LOST, StreamCue.GIVEN_UP): StreamState.AWAY,
    (StreamState.LOST, StreamCue.ENDED): StreamState.AWAY,
}
