"""Where the files of a lesson lie: what grows while it goes on, and what is left of that afterwards."""

from pathlib import Path

from courses.lesson import LessonId
from storage.files import FileStore


def files_of(lesson: LessonId) -> str:
    """The prefix of a lesson's files."""
    return f"lessons/{lesson}"


def recording_name(lesson: LessonId, seat: str) -> str:
    """What a recording of a lesson is called, while it grows and when it is sealed."""
    return f"{files_of(lesson)}/{seat}"


def marks_folder(files: FileStore, lesson: LessonId) -> Path:
    """Where marks are written down until they are filed; kill -9 leaves them there. Blocking; OSError."""
    return files.working_folder(files_of(lesson))


def tidy(files: FileStore, lesson: LessonId) -> None:
    """Remove what is on file and needed no more, unless a recording stays in parts there. Blocking; OSError."""
    name = files_of(lesson)
    marks_folder(files, lesson)
    if not any(folder.startswith(f"{name}/") for folder in files.unfinished()):
        files.remove_working_folder(name)
