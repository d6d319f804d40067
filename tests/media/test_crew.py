"""Media in processes of their own: calls in them, and what becomes of a call whose process is killed."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from media import webm
from media.contract import NoMedia, SeatState
from media.crew import Crew, pause_before_next
from media.negotiation import BadOffer
from media.process import WorkerProcess
from media.remote_room import RemoteRoom
from media.rtcp import KeyframeRequest, Remb
from media.sampler import Pause, Still
from tests.support.processes import freeze, gone, kill
from tests.support.two_peers import KEYFRAME, VIDEO, WAIT_S, StageOf, StockClient, browser, vp8

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
CONNECTED, FAILED, CLOSED = SeatState.CONNECTED, SeatState.FAILED, SeatState.CLOSED


@asynccontextmanager
async def crew_of(workers: int) -> AsyncIterator[Crew]:
    crew = await Crew.start("127.0.0.1", [0] * workers, ["127.0.0.1"], time.monotonic)
    try:
        yield crew
    finally:
        await crew.close()


def stage_in(crew: Crew) -> StageOf[RemoteRoom]:
    on = StageOf(lambda on_seat: crew.open_room("test", on_seat, 2))
    on.face_each_other()
    return on


async def both_see(subject: StockClient, officer: StockClient) -> None:
    await subject.decodes(10)
    await officer.decodes(10)


def worker_of(on: StageOf[RemoteRoom]) -> WorkerProcess:
    assert on.room.worker is not None
    return on.room.worker


async def test_two_browsers_see_each_other_through_another_process_which_records_and_takes_stills(
    tmp_path: Path,
) -> None:
    stills: asyncio.Queue[Still] = asyncio.Queue()
    async with crew_of(1) as crew, StockClient() as subject, StockClient() as officer:
        on = stage_in(crew)
        [worker] = crew.workers
        zero = time.monotonic()
        recording = on.room.record("subject", tmp_path, zero)
        on.room.sample("subject", Pause(0.05, 0.1), stills.put_nowait)
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        await both_see(subject, officer)
        assert on.seats == [("subject", CONNECTED), ("officer", CONNECTED)]
        assert (await on.room.traffic("subject")).packets > 10
        async with asyncio.timeout(WAIT_S):
            still = await stills.get()
        assert still.pixels.shape == (480, 640, 3)
        assert still.jpeg.startswith(b"\xff\xd8")
        assert zero < still.at < time.monotonic()
        await on.room.disconnect("subject")
        await on.reached("subject", CLOSED)
        await on.room.close()
        handed_out = stills.qsize()
        recorded = await recording.finish()
        assert await recording.finish() == recorded
        assert stills.qsize() == handed_out
        assert worker.rooms == 0
    assert recorded.path == tmp_path / "recording.webm"
    assert not recorded.broken
    assert 0 <= recorded.starts_at_s < WAIT_S
    await gone(worker.pid)


async def test_in_another_process_too_h264_is_agreed_on_recorded_and_missed_by_who_cannot_show_it(
    tmp_path: Path,
) -> None:
    async with crew_of(1) as crew, StockClient() as subject, StockClient("H264") as phone:
        on = stage_in(crew)
        recording = on.room.record("officer", tmp_path, time.monotonic())
        await subject.join(on, "subject")
        await on.reached("subject", CONNECTED)
        await phone.join(on, "officer")
        await on.reached("subject", FAILED)  # asked to offer again, for the other knows no VP8
        await subject.decodes(10)
        async with StockClient() as again:
            await again.join(on, "subject")
            await both_see(again, phone)
            async with StockClient("VP8") as old:
                await old.join(on, "subject")
                await old.hears(10)
                assert (await on.room.traffic("subject")).unshown
        await on.room.close()
        recorded = await recording.finish()
    assert recorded.path == tmp_path / "recording.mkv"


def test_it_works_on_uvloop_too() -> None:
    async def call() -> None:
        async with crew_of(1) as crew, StockClient() as subject, StockClient() as officer:
            on = stage_in(crew)
            await subject.join(on, "subject")
            await officer.join(on, "officer")
            await both_see(subject, officer)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(call())


async def test_a_bad_offer_is_refused_in_the_same_words() -> None:
    async with crew_of(1) as crew:
        on = stage_in(crew)
        with pytest.raises(BadOffer, match=r"\w+"):
            await on.room.connect("subject", "v=0\r\nm=application")


async def test_a_room_goes_to_the_worker_with_the_fewest() -> None:
    async with crew_of(2) as crew:
        rooms = [stage_in(crew).room for _ in range(4)]
        first, second = crew.workers
        assert [room.worker for room in rooms] == [first, second, first, second]
        await rooms[1].close()
        assert stage_in(crew).room.worker is second
        assert first.port != second.port


async def test_a_call_whose_worker_is_killed_goes_on_in_the_other_and_into_the_same_recording(tmp_path: Path) -> None:
    async with crew_of(2) as crew:
        on = stage_in(crew)
        killed = worker_of(on)
        zero = time.monotonic()
        recording = on.room.record("subject", tmp_path, zero)
        async with StockClient() as subject, StockClient() as officer:
            await subject.join(on, "subject")
            await officer.join(on, "officer")
            await both_see(subject, officer)
            kill(killed.pid)
            await on.reached("subject", FAILED)
            await on.reached("officer", FAILED)
        killed_at_s = time.monotonic() - zero
        assert on.room.worker is not killed
        on.seats.clear()
        async with StockClient() as subject, StockClient() as officer:
            await subject.join(on, "subject")
            await officer.join(on, "officer")
            await both_see(subject, officer)
            await on.room.close()
            recorded = await recording.finish()
    assert recorded.path is not None
    assert not recorded.broken
    times = [block.ms for cluster in webm.clusters(recorded.path.read_bytes()) for block in cluster.blocks]
    before = [ms for ms in times if ms < killed_at_s * 1000]
    assert before
    assert len(before) < len(times)


async def test_a_worker_that_hangs_is_as_good_as_dead(caplog: pytest.LogCaptureFixture) -> None:
    async with crew_of(2) as crew:
        on = stage_in(crew)
        hangs, other = worker_of(on), next(worker for worker in crew.workers if worker is not worker_of(on))
        async with StockClient() as subject:
            await subject.join(on, "subject")
            await connected(subject, on)
            freeze(hangs.pid)
            await on.reached("subject", FAILED)
        assert on.room.worker is other  # whose beats were heard all the while
        await gone(hangs.pid)
    assert f"media worker {hangs.number} died: it has said nothing for 5 s" in caplog.text


async def test_where_the_only_worker_was_killed_an_offer_waits_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.remote_room.PLACE_WITHIN_S", WAIT_S)  # to start one on a machine that has much to do
    async with crew_of(1) as crew:
        on = stage_in(crew)
        async with StockClient() as subject:
            await subject.join(on, "subject")
            await connected(subject, on)
            kill(worker_of(on).pid)
            await on.reached("subject", FAILED)
        on.seats.clear()
        assert crew.workers == []
        async with StockClient() as subject:
            await subject.join(on, "subject")
            await connected(subject, on)


async def test_a_room_that_moves_keeps_whom_each_seat_watches_and_what_it_may_send() -> None:
    async with crew_of(2) as crew:
        on = stage_in(crew)
        on.room.watch("officer", None)
        on.room.limit("subject", 80_000)
        with pytest.raises(ValueError, match="bits_per_second"):
            on.room.limit("subject", 1)
        async with browser() as subject:
            await subject.join(on, "subject")
            kill(worker_of(on).pid)
            await on.reached("subject", FAILED)
        on.seats.clear()
        async with browser() as subject, browser() as officer:
            await subject.join(on, "subject")
            await officer.join(on, "officer")
            subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
            await subject.until(lambda: any(isinstance(report, Remb) for report in subject.reports))
            told = [report.bitrate for report in subject.reports if isinstance(report, Remb)]
            assert told[0] == pytest.approx(80_000, rel=1e-3)
            assert officer.heard == []
            on.room.watch("officer", "subject")
            await subject.until(lambda: any(isinstance(report, KeyframeRequest) for report in subject.reports))
            subject.send(VIDEO, 1, 3000, vp8(1, KEYFRAME))
            await officer.until(lambda: officer.of(VIDEO))


async def connected(subject: StockClient, on: StageOf[RemoteRoom]) -> None:
    await on.reached("subject", CONNECTED)
    await subject.is_connected()


async def test_calls_of_the_other_workers_notice_nothing() -> None:
    async with crew_of(2) as crew, StockClient() as subject, StockClient() as officer:
        one, other = stage_in(crew), stage_in(crew)
        await subject.join(other, "subject")
        await officer.join(other, "officer")
        await both_see(subject, officer)
        kill(worker_of(one).pid)
        await subject.decodes(60)
        await officer.decodes(60)
        assert other.seats == [("subject", CONNECTED), ("officer", CONNECTED)]


def something_is_written(folder: Path) -> None:
    while not any(path.stat().st_size for path in folder.glob("*.cluster")):
        time.sleep(0.01)


async def test_a_recording_whose_worker_dies_at_the_end_is_made_of_what_lies_on_the_disk(tmp_path: Path) -> None:
    async with crew_of(1) as crew, StockClient() as subject:
        on = stage_in(crew)
        recording = on.room.record("subject", tmp_path, time.monotonic())
        await subject.join(on, "subject")
        await connected(subject, on)
        await asyncio.to_thread(something_is_written, tmp_path)
        await on.room.close()
        worker = worker_of(on)
        kill(worker.pid)
        await gone(worker.pid)
        recorded = await recording.finish()
    assert recorded.broken
    assert recorded.path is not None


async def test_a_recording_whose_worker_dies_while_it_is_finished_is_not_begun_again_by_the_next(
    tmp_path: Path,
) -> None:
    async with crew_of(2) as crew, StockClient() as subject, StockClient() as again:
        on = stage_in(crew)
        recording = on.room.record("subject", tmp_path, time.monotonic())
        await subject.join(on, "subject")
        await connected(subject, on)
        await asyncio.to_thread(something_is_written, tmp_path)
        worker = worker_of(on)
        freeze(worker.pid)  # it is asked, and does not come to answer
        async with asyncio.TaskGroup() as tasks:
            finishing = tasks.create_task(recording.finish())
            await asyncio.sleep(0)
            kill(worker.pid)
        recorded = finishing.result()
        assert recorded.path == tmp_path / "recording.webm"
        await on.reached("subject", FAILED)
        await again.join(on, "subject")
        await again.is_connected()
        second = tmp_path / "second"
        second.mkdir()
        other = on.room.record("subject", second, time.monotonic())
        await asyncio.to_thread(something_is_written, second)  # so there was something to write
        await other.finish()
        assert sorted(await asyncio.to_thread(os.listdir, tmp_path)) == ["recording.webm", "second"]


async def test_one_recording_of_a_seat_may_follow_another_and_is_not_begun_again_where_the_room_moves(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with crew_of(2) as crew, StockClient() as subject:
        on = stage_in(crew)
        for folder in (first, second):
            folder.mkdir()
        one = on.room.record("subject", first, time.monotonic())
        await subject.join(on, "subject")
        await connected(subject, on)
        await asyncio.to_thread(something_is_written, first)
        other = on.room.record("subject", second, time.monotonic())
        await asyncio.to_thread(something_is_written, second)
        former = await one.finish()
        assert former.path == first / "recording.webm"
        assert not former.broken
        left = sorted(first.iterdir())
        worker = worker_of(on)
        kill(worker.pid)
        await on.reached("subject", FAILED)
        await on.room.close()
        assert (await other.finish()).path == second / "recording.webm"
        assert sorted(first.iterdir()) == left


async def test_without_a_worker_an_offer_is_refused_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.remote_room.PLACE_WITHIN_S", 0.01)
    async with crew_of(1) as crew:
        on = stage_in(crew)
        on.room.move_to(None)
        with pytest.raises(NoMedia):
            await on.room.connect("subject", "v=0")


async def test_a_port_that_is_taken_is_named_and_nothing_is_left() -> None:
    before = asyncio.all_tasks()
    async with crew_of(1) as crew:
        [worker] = crew.workers
        with pytest.raises(OSError, match=f"UDP port {worker.port}: .* in use"):
            await Crew.start("127.0.0.1", [0, worker.port], ["127.0.0.1"], time.monotonic)
    assert asyncio.all_tasks() == before


async def test_a_worker_that_does_not_start_is_one_sentence_and_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(NoMedia, match=r"^Media worker 1 of 2 did not start: it is gone\.$"):
        await Crew.start("127.0.0.1", [0, 0], ["127.0.0.1"], time.monotonic)
    monkeypatch.setattr("sys.executable", "/nowhere")
    with pytest.raises(NoMedia, match=r"it cannot be started: No such file"):
        await Crew.start("127.0.0.1", [0], ["127.0.0.1"], time.monotonic)


async def test_a_worker_outlives_no_server_that_was_killed() -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.crew_until_killed", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    worker = int(await server.stdout.readline())
    server.kill()
    await server.communicate()
    async with asyncio.timeout(WAIT_S):
        await gone(worker)


@pytest.mark.parametrize(
    ("lived_s", "pauses"),
    [
        ([60.0, 11.0], [0.0, 0.0]),
        ([1.0] * 8, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]),
        ([1.0, 20.0, 1.0], [0.5, 0.0, 0.5]),
    ],
)
def test_who_dies_early_again_and_again_is_replaced_ever_later(lived_s: list[float], pauses: list[float]) -> None:
    found, pause_s = [], 0.0
    for lived in lived_s:
        pause_s = pause_before_next(pause_s, lived)
        found.append(pause_s)
    assert found == pauses
