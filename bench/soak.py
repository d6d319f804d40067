"""Check-ins that go on for long: what the server's memory and open files come to, for each room."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from bench.load import clip
from bench.ours import Ours
from bench.scenario import Load
from bench.server import open_files, resident_mib

LOOK_EVERY_S = 10.0
SETTLED_AFTER = 0.1  # of the whole: by then every buffer has been used once


@dataclass(frozen=True, slots=True)
class Soaked:
    """`growth_mib_per_room` from when the server had settled to the end; open files at both moments."""

    rooms: int
    minutes: float
    settled_mib: float
    end_mib: float
    growth_mib_per_room: float
    settled_files: int
    end_files: int
    samples_mib: Sequence[float]

    def json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def show(self, screen: Console) -> None:
        """The same for people."""
        screen.print(f"{self.rooms} check-ins for {self.minutes:g} minutes")
        screen.print(f"  memory      {self.settled_mib:.1f} MiB, then {self.end_mib:.1f} MiB")
        screen.print(f"  growth      {self.growth_mib_per_room:.2f} MiB a room")
        screen.print(f"  open files  {self.settled_files}, then {self.end_files}")


async def soak(rooms: int, minutes: float, screen: Console) -> Soaked:
    """Hold the check-ins and look at the server every ten seconds, or twenty times if that is more."""
    seconds = 60 * minutes
    pause = min(LOOK_EVERY_S, seconds / 20)
    with tempfile.TemporaryDirectory(prefix="fairwatch-soak-") as name:
        async with Ours.running(Path(name)) as server:
            load = Load(server, clip(), 0.0)
            await load.check_ins(rooms)
            memory: list[float] = []
            files: list[int] = []

            async def look() -> None:
                while True:
                    await asyncio.sleep(pause)
                    memory.append(resident_mib(server.pid))
                    files.append(open_files(server.pid))

            with screen.status(f"{rooms} check-ins for {minutes:g} minutes …"):
                async with asyncio.TaskGroup() as tasks:
                    looking = tasks.create_task(look())
                    await load.run(seconds)
                    looking.cancel()
            await load.close()
    settled = int(len(memory) * SETTLED_AFTER)
    return Soaked(
        rooms=rooms,
        minutes=minutes,
        settled_mib=memory[settled],
        end_mib=memory[-1],
        growth_mib_per_room=(memory[-1] - memory[settled]) / rooms,
        settled_files=files[settled],
        end_files=files[-1],
        samples_mib=memory,
    )
