"""A server whose media is in processes of its own: one is killed in mid-call, and what that costs the check-in."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cases.entries import CheckInEnded, RecordingFiled
from checkins.checkin import CheckInState
from demo import people as demo_people
from demo.caller import Caller
from demo.clips import clip
from demo.greeting import sign_in_links
from demo.scripted import meet
from media import webm
from media.contract import NoMedia
from media.crew import Crew
from server import running
from settings import Settings
from storage.files import SealedFile
from tests.support.processes import gone, kill
from tests.support.servers import faceless, loopback

pytestmark = pytest.mark.rim

FRAMES_A_SECOND = {"audio": 50, "video": 25}


def with_workers(data: Path, workers: int) -> Settings:
    return replace(loopback(data), workers=workers)


async def offers_again(caller: Caller) -> None:
    """What its page does by itself."""
    await caller.hear("offer_again")
    await caller.call()
    await caller.has_played(min(caller.played.values()) + 50)


def check_recording(recording: RecordingFiled, path: Path, lost: tuple[float, float], played: dict[str, int]) -> None:
    """It is whole but for the time that media was away; of what the other side had before, a second at most."""
    assert recording.state == "sealed"
    from_s, to_s = lost
    blocks = [block for cluster in webm.clusters(path.read_bytes()) for block in cluster.blocks]
    for kind, a_second in FRAMES_A_SECOND.items():
        times = [block.ms / 1000 for block in blocks if block.kind == kind]
        assert sum(at < from_s for at in times) >= played[kind] - a_second
        assert sum(at > to_s - 1 for at in times) >= a_second
    assert {gap.cause for gap in recording.gaps if gap.from_s > 5} <= {"server"}


async def test_a_call_whose_media_process_is_killed_goes_on_in_the_other_as_the_same_check_in(
    tmp_path: Path, crews: Sequence[Crew]
) -> None:
    async with faceless(with_workers(tmp_path, 2)) as house:
        rooms, [crew] = house.rooms, crews
        await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        links = await sign_in_links(house, rooms.now())
        async with Caller(house.origin, clip("subject")) as subject, Caller(house.origin, clip("officer")) as officer:
            check_in = await meet(subject, officer, links, {})
            for caller in (subject, officer):
                await caller.has_played(100)
            [holder] = [worker for worker in crew.workers if worker.rooms]
            kill(holder.pid)
            played = {"subject": dict(officer.played), "officer": dict(subject.played)}
            await asyncio.gather(offers_again(subject), offers_again(officer))
            assert [worker.rooms for worker in crew.workers if worker.port != holder.port] == [1]
            await officer.say({"type": "end"})
            await subject.hear_if(lambda told: told["type"] == "ended" and told["receipt"] is not None)
        by = await demo_people.actor_of(rooms.people, demo_people.OFFICER, rooms.now())
        case = await demo_people.subject_of(rooms.subjects, by)
        [ended] = [entry.body for entry in await rooms.ledger.entries(case) if isinstance(entry.body, CheckInEnded)]
        [row] = await rooms.appointments.of_case(by, case, rooms.now())
        assert (row.appointment.id, row.appointment.check_in.state) == (check_in, CheckInState.ENDED)
        assert (ended.check_in, ended.ended_by) == (check_in, "officer")
        assert [(drop.seat, drop.cause) for drop in sorted(ended.drops, key=lambda drop: drop.seat)] == [
            ("officer", "server"),
            ("subject", "server"),
        ]
        lost = {drop.seat: (drop.from_s, drop.to_s) for drop in ended.drops}
        for recording in ended.recordings:
            assert recording.file is not None
            assert rooms.files.unchanged(SealedFile(recording.file.name, recording.file.sha256, recording.file.size))
            path = rooms.files.path(recording.file.name)
            check_recording(recording, path, lost[recording.seat], played[recording.seat])
        assert rooms.files.unfinished() == []


async def test_a_server_that_has_stopped_leaves_no_media_process(tmp_path: Path, crews: Sequence[Crew]) -> None:
    async with faceless(with_workers(tmp_path, 2)):
        [crew] = crews
        pids = [worker.pid for worker in crew.workers]
    assert len(set(pids)) == 2
    for pid in pids:
        await gone(pid)


async def test_a_taken_port_is_said_before_anything_has_begun(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"UDP port {number}: .* in use"):
            async with running(replace(with_workers(tmp_path / "data", 1), udp_port=number)):
                pass
    assert not (tmp_path / "data").exists()


async def test_a_media_process_that_does_not_start_is_said_before_anything_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(NoMedia, match="Media worker 1 of 2 did not start"):
        async with running(with_workers(tmp_path / "data", 2)):
            pass
    assert not (tmp_path / "data").exists()
