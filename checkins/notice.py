"""The notice (告知书) before a check-in: its words by version and language, and the two equal choices."""

import hashlib
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from checkins.policy import Policy

FOLDER = Path(__file__).with_name("notices")


class Choice(StrEnum):
    """How a subject wants to be known; both count the same."""

    FACE = "face"
    OTHER_WAY = "other_way"


class Language(StrEnum):
    ZH = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and a few short sentences under it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One text as somebody reads it, periods filled in from policy."""

    version: str
    language: Language
    title: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All of it in the order it is read, a line each."""
        return "\n".join((self.title, *(line for section in self.sections for line in (section.heading, section.text))))

    @property
    def sha256(self) -> str:
        """What is kept with a consent: proof of the very words that were shown, periods included."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Words:
    """The words of one language as they stand in the file; periods are {placeholders}."""

    title: str
    sections: tuple[Section, ...]


_FILE = TypeAdapter(dict[Language, Words])


def notice_in_force(policy: Policy, language: Language) -> Notice:
    """The text that policy says is shown now. FileNotFoundError if policy names a version that was never written."""
    version = policy.notice.version
    words = _words(version)[language]
    filled = {
        "recording": period(policy.retention.recording_days, language),
        "stills": period(policy.retention.stills_days, language),
        "face_template": period(policy.retention.face_template_days, language),
        "reconnect_s": str(policy.call.reconnect_grace_s),
    }
    sections = tuple(Section(section.heading, section.text.format(**filled)) for section in words.sections)
    return Notice(version, language, words.title, sections)


@cache
def _words(version: str) -> dict[Language, Words]:
    """Read once: a text that was agreed to never changes."""
    return _FILE.validate_python(tomllib.loads((FOLDER / f"{version}.toml").read_text("utf-8")))


def period(days: int, language: Language) -> str:
    """Days as people say them: whole years as years."""
    years, rest = divmod(days, 365)
    number, unit = (years, "year") if years and not rest else (days, "day")
    if language is Language.ZH:
        return f" {number} {'年' if unit == 'year' else '天'}"
    return f"{number} {unit}{'' if number == 1 else 's'}"
