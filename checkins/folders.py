"""Where the files of a check-in lie: what grows while it goes on, and what is left of that afterwards."""

import asyncio
import logging
from pathlib import Path

from checkins.checkin import CheckInId
from checkins.news import Seat
from storage.files import FileStore

log = logging.getLogger(__name__)


def files_of(check_in: CheckInId) -> str:
    """The prefix of a check-in's files."""
    return f"check-ins/{check_in}"


def marks_folder(files: FileStore, check_in: CheckInId) -> Path:
    """Where marks are written down until they are filed; kill -9 leaves them there. Blocking; OSError."""
    return files.working_folder(files_of(check_in))


def recording_name(check_in: CheckInId, seat: Seat) -> str:
    """What a seat's recording is called, while it grows and when it is sealed."""
    return f"{files_of(check_in)}/{seat}"


def recording_folder(files: FileStore, check_in: CheckInId, seat: Seat) -> Path:
    """Where a seat's recording grows until it is sealed; kill -9 leaves it there. Blocking; OSError."""
    return files.working_folder(recording_name(check_in, seat))


def make_folders(files: FileStore, check_in: CheckInId) -> None:
    """All that a call needs, so that its beginning waits for no disk. Blocking; OSError."""
    for seat in Seat:
        recording_folder(files, check_in, seat)


async def tidy_up(files: FileStore, check_in: CheckInId) -> None:
    """Remove what is needed no more; what stays is logged and in nobody's way."""
    try:
        gone = await asyncio.to_thread(tidy, files, check_in)
    except OSError:
        gone = False
    if not gone:
        log.warning("something of check-in %s stays in the working folder", check_in)


def tidy(files: FileStore, check_in: CheckInId) -> bool:
    """Remove what is on file and needed no more; False, and nothing is removed, where parts stay. Blocking; OSError."""
    name = files_of(check_in)
    left = [folder for folder in files.unfinished() if f"{folder}/".startswith(f"{name}/")]
    if any(folder != name for folder in left):
        return False
    files.working_folder(name)  # there may be none where no mark was ever made
    files.remove_working_folder(name)
    return True


def left_over(files: FileStore) -> list[CheckInId]:
    """At start-up: the check-ins of which a former run left something that is not sealed. Blocking."""
    parts = [folder.split("/") for folder in files.unfinished()]
    return sorted({CheckInId(names[1]) for names in parts if names[0] == "check-ins"})
