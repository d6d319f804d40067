"""The room's door over a real process: what a crash, a hang, a crowd and a closing door do to an answer."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import uvloop
from PIL import Image

from recognition.engines import EngineInfo, Pixels
from recognition.enrolment import Reference
from recognition.pictures import BadPicture
from recognition.process import Patience
from recognition.verdict import SFACE, Comparison, Reason, Verdict, verdict_of
from recognition.verifier import MOST_TRIES, PAUSE_S, FaceVerifier
from tests.recognition.scripted_worker import Act, Load
from tests.support.clocks import ManualClock

pytestmark = pytest.mark.rim

OUR_CODE = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("scripted_worker.py")
ENGINE = EngineInfo("sface", "5f", SFACE)
REFERENCE = Reference("sface", "5f", np.ones(4, "<f4").tobytes())
NOISE = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def still(act: Act = Act.SEE, number: int = 0) -> Pixels:
    pixels = NOISE.copy()
    pixels[0, 0] = (act, number, 0)
    return pixels


def png(act: Act = Act.SEE, number: int = 0) -> bytes:
    data = BytesIO()
    Image.fromarray(still(act, number)[:, :, ::-1]).save(data, "PNG")
    return data.getvalue()


@asynccontextmanager
async def a_verifier(
    folder: Path, load: Load = Load.WELL, clock: ManualClock | None = None, **patience: float
) -> AsyncIterator[FaceVerifier]:
    command = (str(SCRIPT), str(folder), str(int(load)))
    verifier = FaceVerifier(ENGINE, command, (clock or ManualClock()).clock, Patience(**patience))
    await verifier.warm()
    try:
        yield verifier
    finally:
        await verifier.close()


def notes(folder: Path) -> list[str]:
    path = folder / "notes"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def starts(folder: Path) -> int:
    return notes(folder).count("started")


def processes(folder: Path) -> list[int]:
    return [int(line.removeprefix("process ")) for line in notes(folder) if line.startswith("process ")]


def judged(comparison: Comparison) -> tuple[Verdict, tuple[Reason, ...]]:
    return verdict_of(comparison, SFACE)


MATCHED = (Verdict.MATCH, ())
FAILED = (Verdict.UNABLE, (Reason.ENGINE_FAILED,))
BUSY = (Verdict.UNABLE, (Reason.BUSY,))


async def test_a_still_is_compared_in_another_process(tmp_path: Path) -> None:
    async with a_verifier(tmp_path) as verifier:
        assert await verifier.compare(REFERENCE, still()) == Comparison(1, 1.0, (), "sface", "5f")


@pytest.mark.parametrize(
    ("act", "patience", "tries", "cause"),
    [
        (Act.CRASH, 10.0, MOST_TRIES, "it was ended by SIGKILL"),
        (Act.HOARD, 10.0, MOST_TRIES, "it ran out of memory"),
        (Act.HANG, 0.2, 1, "it took too long"),  # whoever waits behind it has waited enough
    ],
    ids=["a worker that dies", "a worker without memory", "a worker that hangs"],
)
async def test_a_picture_that_costs_its_worker_is_tried_three_times_and_never_says_no_match(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, act: Act, patience: float, tries: int, cause: str
) -> None:
    async with a_verifier(tmp_path, job=patience) as verifier:
        assert judged(await verifier.compare(REFERENCE, still(act))) == FAILED
        assert judged(await verifier.compare(REFERENCE, still())) == MATCHED
    assert starts(tmp_path) == 1 + tries
    assert caplog.messages == [f"the face worker failed a compare: {cause}"] * tries


async def test_a_worker_that_is_killed_once_costs_no_comparison_and_no_enrolment(tmp_path: Path) -> None:
    async with a_verifier(tmp_path) as verifier:
        assert judged(await verifier.compare(REFERENCE, still(Act.CRASH_ONCE))) == MATCHED
        (tmp_path / "crashed").unlink()
        enrolment = await verifier.enrol([png(), png(Act.CRASH_ONCE, number=1), png(number=2)])
        assert enrolment.reference == REFERENCE
    assert starts(tmp_path) == 3


async def test_a_preview_is_not_tried_again(tmp_path: Path) -> None:
    """The next one comes in a second, and may be the next that kills."""
    async with a_verifier(tmp_path) as verifier:
        assert (await verifier.look(png(Act.CRASH))).reasons == (Reason.ENGINE_FAILED,)
        assert (await verifier.look(png())).ok
    assert starts(tmp_path) == 2


async def test_a_worker_that_died_while_idle_costs_no_comparison(tmp_path: Path) -> None:
    async with a_verifier(tmp_path) as verifier:
        await verifier.look(png())
        os.kill(processes(tmp_path)[0], signal.SIGKILL)
        assert judged(await verifier.compare(REFERENCE, still())) == MATCHED  # noticed already, or not
    assert starts(tmp_path) == 2


@pytest.mark.parametrize(("act", "expected"), [(Act.RAISE, FAILED), (Act.CHATTER, MATCHED)])
async def test_an_engine_that_raises_or_prints_keeps_its_process(
    tmp_path: Path, act: Act, expected: tuple[Verdict, tuple[Reason, ...]]
) -> None:
    async with a_verifier(tmp_path) as verifier:
        assert judged(await verifier.compare(REFERENCE, still(act))) == expected
        assert judged(await verifier.compare(REFERENCE, still())) == MATCHED
    assert starts(tmp_path) == 1


@pytest.mark.parametrize("load", [Load.FAILS, Load.HANGS])
async def test_an_engine_that_does_not_load_is_not_tried_again_and_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, load: Load
) -> None:
    async with a_verifier(tmp_path, load, loading=10.0 if load is Load.FAILS else 0.5) as verifier:
        answers = [judged(await verifier.compare(REFERENCE, still())) for _ in range(3)]
    assert answers == [FAILED] * 3
    assert len(caplog.messages) == 1  # one start, one failure, one warning


async def test_an_engine_that_did_not_load_is_tried_again_after_a_pause(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_verifier(tmp_path, Load.FAILS, clock) as verifier:
        for passed, tried in ((0, 1), (PAUSE_S - 1, 1), (1, 2), (PAUSE_S - 1, 2), (1, 3)):
            clock.advance(passed)
            assert judged(await verifier.compare(REFERENCE, still())) == FAILED
            assert starts(tmp_path) == tried


async def test_a_program_that_is_no_worker_is_a_failed_engine() -> None:
    verifier = FaceVerifier(ENGINE, ("-c", "print('hello')"), ManualClock().clock)
    assert judged(await verifier.compare(REFERENCE, still())) == FAILED
    await verifier.close()


@asynccontextmanager
async def a_busy_verifier(folder: Path) -> AsyncIterator[tuple[FaceVerifier, asyncio.Task[Comparison], IO[bytes]]]:
    """Its worker stands in the middle of the task's still, picture 0, until the file is closed."""
    os.mkfifo(folder / "go")
    async with a_verifier(folder) as verifier, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(verifier.compare(REFERENCE, still(Act.WAIT)))
        gate = await asyncio.to_thread((folder / "go").open, "wb")  # when the worker has opened it too
        yield verifier, first, gate


async def test_stills_go_before_previews_and_the_oldest_preview_is_dropped(tmp_path: Path) -> None:
    async with a_busy_verifier(tmp_path) as (verifier, _, gate), asyncio.TaskGroup() as tasks:
        previews = [tasks.create_task(verifier.look(png(number=number))) for number in (1, 2, 3)]
        stills = [tasks.create_task(verifier.compare(REFERENCE, still(number=number))) for number in (4, 5)]
        assert (await previews[0]).reasons == (Reason.BUSY,)  # at once, while the worker is still at picture 0
        gate.close()
    assert [judged(task.result()) for task in stills] == [MATCHED] * 2
    assert [task.result().ok for task in previews] == [False, True, True]
    pictures = [line for line in notes(tmp_path) if line.startswith("picture")]
    assert pictures == [f"picture {number}" for number in (0, 4, 5, 2, 3)]


async def test_among_stills_the_oldest_is_dropped_and_counts_against_nobody(tmp_path: Path) -> None:
    async with a_busy_verifier(tmp_path) as (verifier, _, gate), asyncio.TaskGroup() as tasks:
        stills = [tasks.create_task(verifier.compare(REFERENCE, still(number=number))) for number in range(1, 7)]
        assert [judged(await task) for task in stills[:2]] == [BUSY] * 2
        gate.close()
    assert [judged(task.result()) for task in stills[2:]] == [MATCHED] * 4


async def test_a_call_that_ends_leaves_an_answer_behind_that_is_nobody_elses(tmp_path: Path) -> None:
    async with a_busy_verifier(tmp_path) as (verifier, first, gate), asyncio.TaskGroup() as tasks:
        waits = tasks.create_task(verifier.look(png(number=1)))
        stays = tasks.create_task(verifier.look(png(Act.RAISE, number=2)))
        await asyncio.sleep(0)  # both are in the line
        waits.cancel()
        first.cancel()  # in the middle of it
        gate.close()
        assert (await stays).reasons == (Reason.ENGINE_FAILED,)  # its own answer, not picture 0's
    assert "picture 1" not in notes(tmp_path)
    assert starts(tmp_path) == 1


async def test_a_closed_door_leaves_no_process_and_answers_who_waited(tmp_path: Path) -> None:
    async with a_busy_verifier(tmp_path) as (verifier, first, gate), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(verifier.compare(REFERENCE, still()))
        await asyncio.sleep(0)
        await verifier.close()
        gate.close()
        assert [judged(await first), judged(await waiting)] == [FAILED] * 2
        assert judged(await verifier.compare(REFERENCE, still())) == FAILED
    with pytest.raises(ProcessLookupError):
        os.kill(processes(tmp_path)[0], 0)
    assert starts(tmp_path) == 1


async def test_a_reference_of_another_engine_or_other_weights_is_never_compared(tmp_path: Path) -> None:
    async with a_verifier(tmp_path) as verifier:
        for foreign in (Reference("dlib", "5f", REFERENCE.template), Reference("sface", "old", REFERENCE.template)):
            assert judged(await verifier.compare(foreign, still())) == (Verdict.UNABLE, (Reason.OTHER_ENGINE,))
        await verifier.look(png())
    assert [line for line in notes(tmp_path) if line.startswith("picture")] == ["picture 0"]


async def test_without_an_engine_everything_is_said_to_be_unable() -> None:
    verifier = FaceVerifier(None, (), ManualClock().clock)
    await verifier.warm()
    assert judged(await verifier.compare(REFERENCE, still())) == FAILED
    look = await verifier.look(png())
    assert (look.ok, look.reasons) == (False, (Reason.ENGINE_FAILED,))
    enrolment = await verifier.enrol([png()] * 3)
    assert enrolment.reference is None
    assert {report.reasons for report in enrolment.pictures} == {(Reason.ENGINE_FAILED,)}
    await verifier.close()


async def test_three_pictures_make_a_reference_that_is_then_compared(tmp_path: Path) -> None:
    async with a_verifier(tmp_path) as verifier:
        enrolment = await verifier.enrol([png(), b"no picture", png(number=1), b"", png(number=2)])
        assert [report.ok for report in enrolment.pictures] == [True, False, True, False, True]
        assert enrolment.reference == REFERENCE
        assert judged(await verifier.compare(enrolment.reference, still())) == MATCHED
        with pytest.raises(ValueError, match="at most 5"):
            await verifier.enrol([png()] * 6)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 not a JPEG", png()[:60], b"0" * 5_000_001])
async def test_a_hostile_picture_is_refused_and_the_worker_goes_on(tmp_path: Path, data: bytes) -> None:
    async with a_verifier(tmp_path) as verifier:
        with pytest.raises(BadPicture):
            await verifier.look(data)
        assert (await verifier.look(png())).ok
    assert starts(tmp_path) == 1


async def test_the_worker_is_told_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWATCH_DATABASE", "postgresql+asyncpg://fairwatch:secret@db/fairwatch")
    async with a_verifier(tmp_path) as verifier:
        await verifier.look(png())
    assert "told nothing" in notes(tmp_path)


def test_it_does_the_same_on_uvloop(tmp_path: Path) -> None:
    async def a_day() -> list[tuple[Verdict, tuple[Reason, ...]]]:
        async with a_verifier(tmp_path, job=1) as verifier:
            acts = (Act.SEE, Act.CRASH, Act.SEE, Act.HANG, Act.SEE)
            return [judged(await verifier.compare(REFERENCE, still(act))) for act in acts]

    assert uvloop.run(a_day()) == [MATCHED, FAILED, MATCHED, FAILED, MATCHED]


SERVER = """
    import asyncio, sys
    from tests.recognition.test_verifier import Act, Load, Path, a_verifier, png

    async def serve(folder, load, act):
        async with a_verifier(Path(folder), Load(int(load))) as verifier:
            await verifier.look(png())
            print("served", flush=True)
            await verifier.look(png(Act(int(act))))
            await asyncio.Event().wait()

    asyncio.run(serve(*sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("load", "act"), [(Load.WELL, Act.SEE), (Load.IMPATIENT, Act.WAIT)], ids=["idle", "in a job that hangs"]
)
def test_a_worker_does_not_outlive_a_killed_server(tmp_path: Path, load: Load, act: Act) -> None:
    """Both hold the server's stderr, which ends when the last of them is gone: waiting for that is the proof."""
    os.mkfifo(tmp_path / "go")
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), str(tmp_path), str(int(load)), str(int(act))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(OUR_CODE)},
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "served\n"
        held = (tmp_path / "go").open("wb") if act is Act.WAIT else nullcontext()  # opens when the worker is in it
        with held:
            server.kill()
            server.communicate(timeout=30)
    assert starts(tmp_path) == 1


def test_the_server_itself_loads_no_engine() -> None:
    """Neither OpenCV, nor dlib, nor what decodes pictures: 300 MB and every hostile byte stay in the worker."""
    code = "import recognition.verifier, sys; print(*sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=OUR_CODE)
    assert not {"cv2", "dlib", "face_recognition", "PIL.JpegImagePlugin"} & set(seen.stdout.split())
