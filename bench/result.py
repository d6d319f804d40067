"""What one run of the media bench has found, as JSON and as a table."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

JOINS = 50  # who come at the same moment


@dataclass(frozen=True, slots=True)
class CheckIn:
    """CPU for one check-in: two who publish and see each other, both recorded. None: not installed."""

    rooms: int
    cpu_ms_per_second: float
    tutorial_cpu_ms_per_second: float
    janus_cpu_ms_per_second: float | None
    tutorial_ratio: float
    janus_ratio: float | None


@dataclass(frozen=True, slots=True)
class Class:
    """CPU for a packet that reaches a viewer: one publisher, recorded, before `viewers`."""

    viewers: int
    us_per_forwarded_packet: float
    janus_us_per_forwarded_packet: float | None
    janus_ratio: float | None


@dataclass(frozen=True, slots=True)
class Milliseconds:
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class ClassOf60:
    """A teacher and one who speaks, both recorded, before all learners, whose own pictures and sound come in too."""

    learners: int
    cpu_share: float  # of one core
    forwarded_per_second: float
    us_per_forwarded_packet: float
    missing_packets: int  # of all that somebody should have seen
    latency_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Loss:
    """With so many packets of the publishers dropped: video that came all the same, and audio on file."""

    dropped_share: float
    recovered_share: float
    janus_recovered_share: float | None
    recorded_audio_share: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one run has measured; `machine` says where."""

    machine: Mapping[str, str]
    seconds: float
    checkin: CheckIn
    lecture: Class
    class60: ClassOf60
    latency_ms: Milliseconds
    join_ms: Milliseconds
    joins_50_s: float
    loss: Loss

    def json(self) -> str:
        told = asdict(self)
        told["class"] = told.pop("lecture")
        return json.dumps(told, indent=2)

    def show(self, screen: Console) -> None:
        """The same for people."""
        table = Table("", "Fairwatch", "Janus", "tutorial", title="media, server CPU")
        check_in, lecture, loss = self.checkin, self.lecture, self.loss
        table.add_row(
            f"CPU ms per check-in-second, {check_in.rooms} at once",
            f"{check_in.cpu_ms_per_second:.1f}",
            _number(check_in.janus_cpu_ms_per_second),
            f"{check_in.tutorial_cpu_ms_per_second:.0f} (one alone)",
        )
        table.add_row(
            f"CPU µs per forwarded packet, {lecture.viewers} viewers",
            f"{lecture.us_per_forwarded_packet:.1f}",
            _number(lecture.janus_us_per_forwarded_packet),
            "",
        )
        room = self.class60
        table.add_row(f"CPU of a class of {room.learners}, share of a core", f"{room.cpu_share:.0%}", "", "")
        late = room.latency_ms
        table.add_row("latency ms there, p50 / p95", f"{late.p50:.2f} / {late.p95:.2f}", "", "")
        table.add_row("packets missing there", f"{room.missing_packets}", "", "")
        table.add_row("latency ms, p50 / p95", f"{self.latency_ms.p50:.2f} / {self.latency_ms.p95:.2f}", "", "")
        table.add_row("join ms, p50 / p95", f"{self.join_ms.p50:.0f} / {self.join_ms.p95:.0f}", "", "")
        table.add_row(f"{JOINS} joins at once, s", f"{self.joins_50_s:.2f}", "", "")
        table.add_row(
            f"video recovered at {loss.dropped_share:.0%} loss",
            f"{loss.recovered_share:.1%}",
            "–" if loss.janus_recovered_share is None else f"{loss.janus_recovered_share:.1%}",
            "",
        )
        table.add_row(f"audio on file at {loss.dropped_share:.0%} loss", f"{loss.recorded_audio_share:.1%}", "", "")
        screen.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
