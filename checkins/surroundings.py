"""What a live check-in is given: the parts it brings together, clocks, and somebody who owns its tasks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from checkins.policy import Policy
from checkins.progress import Progress
from media.contract import Media
from recognition.verifier import FaceVerifier
from storage.database import Database
from storage.files import FileStore


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a live check-in brings together. `clock` is monotonic seconds, `sleep` waits on it."""

    database: Database
    progress: Progress
    plane: Media
    verifier: FaceVerifier
    files: FileStore
    policy: Policy
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
