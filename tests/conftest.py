"""What holds for every test: it says what kind it is, and it leaves no task running."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from media.crew import Crew

KINDS = {"unit", "rim", "journey"}

settings.register_profile("fairwatch", deadline=None, max_examples=60, derandomize=os.environ.get("CI") == "true")
settings.load_profile("fairwatch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No test without a kind: `-m unit` must be able to trust what it leaves out."""
    unkind = {str(item.path) for item in items if len(KINDS & {mark.name for mark in item.iter_markers()}) != 1}
    if unkind:
        raise pytest.UsageError(
            "a test is of one kind: its module says `pytestmark = pytest.mark.unit` (or rim, or journey); "
            f"not so in {', '.join(sorted(unkind))}"
        )


@pytest.fixture(autouse=True)
def leaves_no_task(request: pytest.FixtureRequest) -> None:
    """Autouse fixtures are set up first and torn down last: what still runs then has lost its owner."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("no_task_left")


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)  # a task that has just been cancelled ends in this turn of the loop
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    assert not left, f"left running: {', '.join(str(task.get_coro()) for task in left)}"


@pytest.fixture(scope="session")
def test_faces() -> Path:
    """A folder with pictures of more people than the two we ship; never part of this repository."""
    folder = os.environ.get("FAIRWATCH_TEST_FACES")
    if not folder:
        pytest.skip("FAIRWATCH_TEST_FACES is not set: it names a folder with pictures of more people")
    return Path(folder)


@pytest.fixture
def crews(monkeypatch: pytest.MonkeyPatch) -> Sequence[Crew]:
    """Those of the servers that are started from now on."""
    started: list[Crew] = []
    start = Crew.start

    async def remembered(*handed: Any, **named: Any) -> Crew:
        started.append(await start(*handed, **named))
        return started[-1]

    monkeypatch.setattr(Crew, "start", remembered)
    return started
