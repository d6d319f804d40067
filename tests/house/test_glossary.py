"""docs/glossary.md speaks of things that are in the code, and gives each one word."""

import re
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
ROWS = [
    line.split(" | ")[0]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]
WORDS = [word for row in ROWS for word in re.findall(r"`(\w+)`", row)]
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for room in ROOT.glob("*/__init__.py") for path in room.parent.rglob("*.py")
)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_glossary_is_in_the_code(word: str) -> None:
    assert re.search(rf"\b{word}\b", SOURCES)


def test_a_word_stands_in_the_glossary_once() -> None:
    assert [word for word, count in Counter(WORDS).items() if count > 1] == []
