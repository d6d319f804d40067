"""The media plane beside what others do: the same load, one run, the server's CPU only."""

import asyncio
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeAlias

import av
from rich.console import Console

from bench import janus
from bench.classroom import Classroom
from bench.janus import Janus
from bench.load import LEARNER, clip
from bench.ours import Ours
from bench.result import JOINS, CheckIn, Class, ClassOf60, Loss, Milliseconds, Result
from bench.scenario import Load, Measured
from bench.server import Server
from bench.tutorial import Tutorial

VIEWERS = 30
LEARNERS = 60
LOSS = 0.02
LOSSY_ROOMS = 2
OUR_NETWORK = "FAIRWATCH_BENCH_NETWORK"  # set in the child that has one of its own
OUTSIDE = "192.0.2.10"  # RFC 5737; Janus leaves the loopback out
NETWORK = f"""set -e
ip link set lo up
ip link add bench0 type veth peer name bench1
ip addr add {OUTSIDE}/24 dev bench0
ip link set bench0 up
ip link set bench1 up
exec "$@"
"""

Start: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Server]]


def in_own_network(arguments: Sequence[str], screen: Console) -> int:
    """Run the bench in a network of its own, where Janus has an address; without root or Janus in this one."""
    environment = os.environ | {OUR_NETWORK: "1"}
    command = [sys.executable, "-m", "bench.media", *arguments]
    why = why_no_janus()
    if why is not None:
        screen.print(f"Janus is left out: {why}")
        return subprocess.run(command, check=False, env=os.environ | {OUR_NETWORK: ""}).returncode
    own = ["unshare", "--net", "--", "sh", "-c", NETWORK, "sh", *command]
    return subprocess.run(own, check=False, env=environment).returncode


def why_no_janus() -> str | None:
    """What stands in the way of measuring Janus here; None if nothing does."""
    if not janus.installed():
        return "it is not installed (Debian: apt-get install janus)"
    if os.geteuid() != 0:
        return "it needs an address that is not the loopback's, and only root may make a network for it"
    missing = [tool for tool in ("unshare", "ip") if shutil.which(tool) is None]
    return f"{missing[0]} is not installed" if missing else None


async def measure(rooms: int, seconds: float, screen: Console) -> Result:
    """All of it, one after another; about nine times `seconds` and a minute."""
    with_janus = bool(os.environ.get(OUR_NETWORK))
    with screen.status("encoding the clips …"):
        clip()
        clip(LEARNER)

    async def run(what: str, start: Start, load: Callable[[Load], Awaitable[None]], loss: float = 0.0) -> Measured:
        with screen.status(f"{what} …"):
            measured, _ = await _run(start, load, loss, seconds)
        screen.print(f"{what}: {measured.cpu_s / measured.seconds:.0%} of a core")
        return measured

    def start_janus(folder: Path) -> AbstractAsyncContextManager[Server]:
        return Janus.running(folder, OUTSIDE)

    def check_ins(load: Load) -> Awaitable[None]:
        return load.check_ins(rooms)

    def lossy_check_ins(load: Load) -> Awaitable[None]:
        return load.check_ins(LOSSY_ROOMS)

    def lecture(load: Load) -> Awaitable[None]:
        return load.lecture(VIEWERS)

    ours = await run(f"{rooms} check-ins", Ours.running, check_ins)
    theirs = await run(f"{rooms} check-ins, Janus", start_janus, check_ins) if with_janus else None
    tutorial = await run("one check-in, the tutorial way", Tutorial.running, lambda load: load.check_ins(1))
    our_class = await run(f"one publisher before {VIEWERS}", Ours.running, lecture)
    their_class = await run(f"one publisher before {VIEWERS}, Janus", start_janus, lecture) if with_janus else None
    with screen.status(f"a class of {LEARNERS} …"):
        room = await _class_of_60(seconds)
    screen.print(f"a class of {LEARNERS}: {room.cpu_share:.0%} of a core")
    with screen.status("loss …"):
        lossy, audio = await _run(Ours.running, lossy_check_ins, LOSS, seconds)
        lossy_janus = None
        if with_janus:
            lossy_janus, _ = await _run(start_janus, lossy_check_ins, LOSS, seconds)
    with screen.status("joins …"):
        joined_s = await _joins()
    cpu = 1000 * ours.cpu_s / ours.seconds / rooms
    tutorial_cpu = 1000 * tutorial.cpu_s / tutorial.seconds
    janus_cpu = None if theirs is None else 1000 * theirs.cpu_s / theirs.seconds / rooms
    forwarded = 1e6 * our_class.cpu_s / our_class.forwarded
    janus_forwarded = None if their_class is None else 1e6 * their_class.cpu_s / their_class.forwarded
    return Result(
        machine=_machine(),
        seconds=seconds,
        checkin=CheckIn(rooms, cpu, tutorial_cpu, janus_cpu, tutorial_cpu / cpu, _ratio(cpu, janus_cpu)),
        lecture=Class(VIEWERS, forwarded, janus_forwarded, _ratio(forwarded, janus_forwarded)),
        class60=room,
        latency_ms=_milliseconds(ours.latencies_s),
        join_ms=_milliseconds(ours.joins_s),
        joins_50_s=joined_s,
        loss=Loss(
            dropped_share=LOSS,
            recovered_share=lossy.recovered / lossy.dropped,
            janus_recovered_share=None if lossy_janus is None else lossy_janus.recovered / lossy_janus.dropped,
            recorded_audio_share=audio,
        ),
    )


async def _run(
    start: Start, load: Callable[[Load], Awaitable[None]], loss: float, seconds: float
) -> tuple[Measured, float]:
    """What was measured, and the share of the sent audio that lies in the recordings (WebM ones only)."""
    with tempfile.TemporaryDirectory(prefix="fairwatch-bench-") as name:
        folder = Path(name)
        async with start(folder) as server:
            driver = Load(server, clip(), loss)
            await load(driver)
            measured = await driver.run(seconds)
            sent = driver.audio_sent()
            await driver.close()
        return measured, _audio_packets(folder) / sent


async def _class_of_60(seconds: float) -> ClassOf60:
    with tempfile.TemporaryDirectory(prefix="fairwatch-bench-") as name:
        async with Ours.running(Path(name)) as server:
            room = Classroom(server, LEARNERS)
            await room.gather()
            _, measured = await room.run_with_word(seconds)
            await room.close()
    return ClassOf60(
        learners=LEARNERS,
        cpu_share=measured.cpu_s / measured.seconds,
        forwarded_per_second=measured.forwarded / measured.seconds,
        us_per_forwarded_packet=1e6 * measured.cpu_s / measured.forwarded,
        missing_packets=measured.missing,
        latency_ms=_milliseconds(measured.latencies_s),
    )


async def _joins() -> float:
    """How long until JOINS who come at once are all connected, in seconds."""
    with tempfile.TemporaryDirectory(prefix="fairwatch-bench-") as name:
        async with Ours.running(Path(name)) as server:
            driver = Load(server, clip(), 0.0)
            took = await driver.join_at_once(JOINS)
            await driver.close()
    return took


def _audio_packets(folder: Path) -> int:
    """Packets of sound in all WebM recordings there."""
    packets = 0
    for path in folder.glob("*/recording.webm"):
        with av.open(path) as recording:
            packets += sum(1 for packet in recording.demux(audio=0) if packet.size)
    return packets


def _ratio(ours: float, theirs: float | None) -> float | None:
    return None if theirs is None else ours / theirs


def _milliseconds(seconds: Sequence[float]) -> Milliseconds:
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return Milliseconds(1000 * hundredths[49], 1000 * hundredths[94])


def _machine() -> Mapping[str, str]:
    models = (
        line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    return {"cpu": next(models, "?"), "cores": str(os.cpu_count()), "python": platform.python_version()}


def main(arguments: Sequence[str]) -> None:
    """`rooms seconds json`, in the network that in_own_network() has made."""
    rooms, seconds, as_json = int(arguments[0]), float(arguments[1]), arguments[2] == "json"
    screen = Console(stderr=True, highlight=False)
    result = asyncio.run(measure(rooms, seconds, screen))
    if as_json:
        sys.stdout.write(result.json() + "\n")
    else:
        result.show(Console(highlight=False))


if __name__ == "__main__":
    main(sys.argv[1:])
