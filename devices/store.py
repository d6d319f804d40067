"""The tables of devices: what they are, and what they recorded."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import PostId, UnitId
from devices.device import DeviceId, DeviceKind, DeviceRecordingId, Stage
from storage.database import Base


class DeviceRow(Base):
    """Devices that stream by themselves. The token itself is in the device only.

    .. pii: none of its own; a name that the agency chose, and when the device was last heard of; administrators and
       staff whose post covers the unit see it.
    """

    __tablename__ = "device"

    id: Mapped[DeviceId] = mapped_column(String(20), primary_key=True)
    name: Mapped[str]
    kind: Mapped[DeviceKind]
    unit: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    token_since: Mapped[datetime]
    added_at: Mapped[datetime]
    added_by: Mapped[PostId | None] = mapped_column(ForeignKey("post.id"))  # None: from the command line
    revoked_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class DeviceRecordingRow(Base):
    """What devices recorded. The audit log, whose chain shows every change, holds each sealed file's hash as well.

    .. pii: where pictures and voices of whoever was before a device are kept; to show what happened there; kept as the
       agency's archive schedule says; staff whose post covers the unit.
    """

    __tablename__ = "device_recording"

    id: Mapped[DeviceRecordingId] = mapped_column(String(20), primary_key=True)
    device: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), index=True)
    began_at: Mapped[datetime]
    stage: Mapped[Stage] = mapped_column(index=True)
    starts_at: Mapped[datetime | None]
    seconds: Mapped[float]
    gaps: Mapped[str] = mapped_column(Text)  # JSON
    name: Mapped[str | None]
    sha256: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
