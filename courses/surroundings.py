"""What a live lesson is given: the parts it brings together, and clocks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from courses.policy import LessonPolicy
from courses.progress import LessonProgress
from media.contract import Media
from storage.database import Database
from storage.files import FileStore


@dataclass(frozen=True, slots=True)
class LessonSurroundings:
    """What a live lesson brings together. `clock` is monotonic seconds, `sleep` waits on it."""

    database: Database
    progress: LessonProgress
    plane: Media
    files: FileStore
    policy: LessonPolicy
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
