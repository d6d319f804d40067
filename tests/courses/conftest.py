"""A bureau with people to teach, and live lessons over real rooms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from courses.lessons import Lessons
from courses.policy import read_lesson_policy
from storage.files import FileStore
from tests.support.clocks import ManualClock
from tests.support.databases import fresh_database
from tests.support.lessons import School, people_of
from tests.support.organisation import NINE, a_small_bureau


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    async with fresh_database() as database:
        bureau = await a_small_bureau(database)
        subjects = await people_of(database, bureau)
        lessons = Lessons(database, read_lesson_policy())
        yield School(database, bureau, subjects, lessons, FileStore(tmp_path / "files"), ManualClock(NINE))
