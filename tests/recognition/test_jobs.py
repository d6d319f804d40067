"""What crosses the pipe comes out as it went in, and nonsense does not come out at all."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.jobs import Answer, Job, Task, answer_of, line_of_answer, line_of_job, read_job
from recognition.verdict import Reason

pytestmark = pytest.mark.unit

NUMBERS = st.integers(0, 2**31)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.builds(Job, NUMBERS, st.sampled_from(Task), st.binary(), NUMBERS, NUMBERS, st.binary()), max_size=4))
def test_jobs_are_read_as_they_were_sent_whatever_their_bytes_are(jobs: list[Job]) -> None:
    pipe = BytesIO(b"".join(line_of_job(job) + job.template + job.picture for job in jobs))
    assert [read_job(pipe) for _ in jobs] == jobs
    assert read_job(pipe) is None


def test_a_server_that_dies_in_the_middle_of_a_line_is_gone() -> None:
    assert read_job(BytesIO(line_of_job(Job(1, Task.LOOK, b""))[:-1])) is None


@given(
    st.builds(
        Answer,
        number=NUMBERS,
        faces=st.integers(0, 9),
        reasons=st.lists(st.sampled_from(Reason)).map(tuple),
        score=st.none() | FINITE,
        vector=st.lists(FINITE, max_size=4).map(tuple),
        bad=st.none() | st.text(),
    )
)
def test_answers_are_one_line_and_are_read_as_they_were_sent(answer: Answer) -> None:
    line = line_of_answer(answer)
    assert line.count(b"\n") == 1
    assert answer_of(line) == answer


GOOD = json.loads(line_of_answer(Answer(7, 1, (), 0.5, (0.1,))))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"Segmentation fault\n",
        b"[]\n",
        b"{}\n",
        json.dumps(GOOD | {"score": float("nan")}).encode(),
        json.dumps(GOOD | {"score": "0.9"}).encode(),
        json.dumps(GOOD | {"vector": [float("inf")]}).encode(),
        json.dumps(GOOD | {"vector": ["0.1"]}).encode(),
        json.dumps(GOOD | {"reasons": ["tired"]}).encode(),
        json.dumps(GOOD | {"faces": None}).encode(),
    ],
)
def test_nonsense_is_no_answer(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (json's and ours, and nothing else)
        answer_of(line)
