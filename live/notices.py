"""A notice (告知书): words that somebody reads before they agree, by version and language, and the proof of them."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass


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


def read_notice(path: Path, language: Language, filled: Mapping[str, str]) -> Notice:
    """The text in a file, whose name is its version. FileNotFoundError for a version that was never written."""
    words = _words(path)[language]
    sections = tuple(Section(section.heading, section.text.format(**filled)) for section in words.sections)
    return Notice(path.stem, language, words.title, sections)


@cache
def _words(path: Path) -> dict[Language, Words]:
    """Read once: a text that was agreed to never changes."""
    return _FILE.validate_python(tomllib.loads(path.read_text("utf-8")))


def period(days: int, language: Language) -> str:
    """Days as people say them: whole years as years."""
    years, rest = divmod(days, 365)
    number, unit = (years, "year") if years and not rest else (days, "day")
    if language is Language.ZH:
        return f" {number} {'年' if unit == 'year' else '天'}"
    return f"{number} {unit}{'' if number == 1 else 's'}"
