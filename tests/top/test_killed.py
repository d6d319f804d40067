"""kill -9 in mid-call, from end to end: two callers over UDP, a server that dies, and what the next one has on file."""

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path

import av
import pytest

from cases.entries import CheckInEnded, RecordingFiled
from checkins.checkin import CheckInState
from demo import people as demo_people
from demo.caller import Caller
from demo.clips import clip
from demo.scripted import meet
from server import Running
from storage.files import SealedFile
from tests.support.servers import faceless, loopback

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
FRAMES_A_SECOND = {"audio": 50, "video": 25}


async def call_until_killed(data: Path, workers: int) -> dict[str, Counter[str]]:
    """How many frames each seat's media had come to, on the other side, when the server was killed."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.serve_until_killed", data, str(workers)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        origin, links = json.loads(await server.stdout.readline())
        async with Caller(origin, clip("subject")) as subject, Caller(origin, clip("officer")) as officer:
            await meet(subject, officer, links, {})
            await officer.say({"type": "note", "text": "说到一半"})
            await officer.hear_if(lambda told: told["type"] == "identity" and told["stills"] >= 5)
            await officer.has_played(75)
            await subject.has_played(75)
            server.send_signal(signal.SIGKILL)
            return {"subject": officer.played.copy(), "officer": subject.played.copy()}
    finally:
        if server.returncode is None:
            server.kill()
        await server.communicate()


def packets_in(path: Path) -> Counter[str]:
    """How many frames of each kind a player finds; every picture decodes."""
    with av.open(str(path)) as container:
        found: Counter[str] = Counter(packet.stream.type for packet in container.demux() if packet.size)
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == found["video"]
    return found


async def ends_on_file(server: Running) -> tuple[list[CheckInEnded], list[CheckInState]]:
    """What is in the demo subject's ledger, and where their check-ins stand."""
    rooms = server.rooms
    officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, rooms.now())
    subject = await demo_people.subject_of(rooms.subjects, officer)
    bodies = [entry.body for entry in await rooms.ledger.entries(subject)]
    rows = await rooms.appointments.of_case(officer, subject, rooms.now())
    states = [row.appointment.check_in.state for row in rows]
    return [body for body in bodies if isinstance(body, CheckInEnded)], states


def check_recording(recording: RecordingFiled, path: Path, played: Counter[str]) -> None:
    """It plays, says that it was cut off, and at most one second is missing of what the other side had."""
    assert recording.state == "sealed_with_gap"
    found = packets_in(path)
    for kind, a_second in FRAMES_A_SECOND.items():
        assert found[kind] >= played[kind] - a_second
    assert recording.seconds == pytest.approx(found["audio"] / FRAMES_A_SECOND["audio"], abs=1.0)


@pytest.mark.parametrize("workers", [0, 1])
async def test_what_was_recorded_when_the_server_was_killed_is_filed_by_the_next_one(
    tmp_path: Path, workers: int
) -> None:
    played = await call_until_killed(tmp_path, workers)
    async with faceless(loopback(tmp_path)) as server:
        [ended], states = await ends_on_file(server)
        files = server.rooms.files
        assert states == [CheckInState.ENDED]
        assert ended.ended_by == "restart"
        for recording in ended.recordings:
            assert recording.file is not None
            cited = recording.file
            assert files.unchanged(SealedFile(cited.name, cited.sha256, cited.size))
            check_recording(recording, files.path(cited.name), played[recording.seat])
        assert len(ended.stills) >= 5
        for still in ended.stills:
            assert still.file is not None
            assert files.unchanged(SealedFile(still.file.name, still.file.sha256, still.file.size))
        assert sum(ended.verdicts.values()) == len(ended.stills)
        assert [note.text for note in ended.notes] == ["说到一半"]
        assert files.unfinished() == []
    async with faceless(loopback(tmp_path)) as server:
        assert (await ends_on_file(server))[0] == [ended]
