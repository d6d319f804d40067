"""The real worker with the real engines, behind the room's door: what a check-in will meet."""

import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.clips import Person, enrolment_pictures, portrait
from recognition import models, worker
from recognition.engines import EngineInfo, Pixels
from recognition.enrolment import Reference
from recognition.pictures import pixels_of
from recognition.process import OUR_CODE
from recognition.verdict import SFACE, Reason, Verdict, verdict_of
from recognition.verifier import FaceVerifier
from tests.recognition.conftest import MODELS
from tests.support.clocks import ManualClock

pytestmark = pytest.mark.rim

ENGINES = pytest.mark.parametrize("name", ["sface", "dlib"])


@asynccontextmanager
async def a_verifier(request: pytest.FixtureRequest, name: str) -> AsyncIterator[FaceVerifier]:
    if name == "sface":
        request.getfixturevalue("models_folder")
    verifier = await FaceVerifier.start(MODELS, ManualClock().clock, prefer=name)
    assert verifier.engine is not None
    assert verifier.engine.name == name
    try:
        yield verifier
    finally:
        await verifier.close()


def stills(person: Person) -> list[Pixels]:
    return [pixels_of(picture) for picture in enrolment_pictures(person, 3)]


@ENGINES
async def test_the_enrolled_person_matches_and_nobody_else_does(request: pytest.FixtureRequest, name: str) -> None:
    async with a_verifier(request, name) as verifier:
        assert verifier.engine is not None
        enrolment = await verifier.enrol(enrolment_pictures("subject", 5))
        assert enrolment.disagree == ()
        assert enrolment.reference is not None
        wall = np.full((480, 640, 3), 200, np.uint8)
        seen = [*stills("subject"), *stills("stranger"), wall, wall // 100]
        comparisons = [await verifier.compare(enrolment.reference, pixels) for pixels in seen]
    assert [verdict_of(one, verifier.engine.thresholds) for one in comparisons] == [
        *[(Verdict.MATCH, ())] * 3,
        *[(Verdict.NO_MATCH, ())] * 3,
        (Verdict.NO_FACE, ()),
        (Verdict.NO_FACE, (Reason.TOO_DARK,)),
    ]


@ENGINES
async def test_somebody_elses_picture_among_them_is_named(request: pytest.FixtureRequest, name: str) -> None:
    async with a_verifier(request, name) as verifier:
        enrolment = await verifier.enrol([*enrolment_pictures("subject", 3), portrait("stranger")])
    assert (enrolment.reference, enrolment.disagree) == (None, (3,))
    assert all(report.ok for report in enrolment.pictures)


def darkened(picture: bytes) -> bytes:
    data = BytesIO()
    Image.open(BytesIO(picture)).point(lambda value: value // 12).save(data, "PNG")
    return data.getvalue()


@ENGINES
async def test_a_preview_says_what_is_wrong_with_it(request: pytest.FixtureRequest, name: str) -> None:
    async with a_verifier(request, name) as verifier:
        good = await verifier.look(portrait("subject"))
        dark = await verifier.look(darkened(portrait("subject")))
    assert (good.faces, good.reasons, good.ok) == (1, (), True)
    assert (dark.reasons[0], dark.ok) == (Reason.TOO_DARK, False)


async def test_a_model_that_was_exchanged_after_the_choice_is_a_failed_engine_and_no_verdict(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in models.ALL:
        (tmp_path / file.name).write_bytes(b"0" * file.size)
    engine = EngineInfo("sface", models.SFACE.sha256, SFACE)
    verifier = FaceVerifier(engine, ("-m", "recognition.worker", "sface", str(tmp_path)), ManualClock().clock)
    reference = Reference.of(np.ones(128, np.float32), engine)
    try:
        seen = await verifier.compare(reference, stills("subject")[0])
        enrolment = await verifier.enrol(enrolment_pictures("subject", 3))
    finally:
        await verifier.close()
    assert verdict_of(seen, SFACE) == (Verdict.UNABLE, (Reason.ENGINE_FAILED,))
    assert {report.reasons for report in enrolment.pictures} == {(Reason.ENGINE_FAILED,)}
    assert caplog.messages == ["the face worker failed a compare: it ended with 1"]


def test_a_worker_has_a_limit_to_its_memory_leaves_no_core_and_goes_before_a_call() -> None:
    code = """
        import os, resource
        from recognition import worker
        worker.confine()
        print(resource.getrlimit(resource.RLIMIT_DATA)[1], resource.getrlimit(resource.RLIMIT_CORE)[1])
        print(open("/proc/self/oom_score_adj").read().strip(), os.nice(0) > 0)
    """
    seen = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, cwd=OUR_CODE
    )
    assert seen.stdout.split() == [str(worker.MOST_MEMORY), "0", str(worker.FIRST_TO_GO), "True"]
