"""Every sentence on a screen has its English: none missing, none fuzzy, none left over, no slot lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from jinja2.ext import babel_extract

from web.words import FOLDER, Language, read_catalogue, read_words

pytestmark = pytest.mark.unit

WEB = FOLDER.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "t": None}
SLOT = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def sentences_in(path: Path) -> Iterator[str]:
    """The msgids in one source file; of a plural the singular, by which both are kept."""
    with path.open("rb") as file:
        if path.suffix == ".html":
            found = babel_extract(file, tuple(KEYWORDS), (), {"trimmed": "false"})
            messages = [message for _, _, message, _ in found]
        else:
            method = "javascript" if path.suffix == ".js" else "python"
            messages = [message for _, message, _, _ in extract(method, file, KEYWORDS)]
    for message in messages:
        parts = message if isinstance(message, tuple) else (message,)
        if isinstance(parts[0], str):  # else a name: that sentence is marked where it is written
            yield parts[0]


def used() -> dict[str, str]:
    """Every sentence in the code, and one file that says it."""
    files = [*WEB.rglob("*.py"), *WEB.glob("templates/**/*.html"), *WEB.glob("static/js/**/*.js")]
    return {sentence: path.name for path in sorted(files) for sentence in sentences_in(path)}


def catalogues() -> list[tuple[str, Catalog]]:
    return [(path.name, read_catalogue(path)) for path in sorted(FOLDER.glob("en*.po"))]


def translated() -> dict[str, tuple[str, ...]]:
    """Message to its forms, finished or not."""
    found: dict[str, tuple[str, ...]] = {}
    for _, catalogue in catalogues():
        for message in catalogue:
            key = message.id[0] if isinstance(message.id, tuple | list) else message.id
            if key:
                forms = message.string if isinstance(message.string, tuple | list) else (message.string or "",)
                found[str(key)] = tuple(forms)
    return found


def test_every_sentence_has_its_english() -> None:
    english = translated()
    missing = {sentence: where for sentence, where in used().items() if not all(english.get(sentence, ("",)))}
    assert missing == {}


def test_no_translation_is_left_over() -> None:
    assert sorted(set(translated()) - set(used())) == []


def test_no_translation_is_fuzzy() -> None:
    assert [message.id for _, catalogue in catalogues() for message in catalogue if message.id and message.fuzzy] == []


def test_no_sentence_is_translated_in_two_files() -> None:
    keys = [str(message.id) for _, catalogue in catalogues() for message in catalogue if message.id]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_a_translation_has_the_slots_of_its_sentence() -> None:
    def slots(text: str) -> set[str]:
        return {"".join(found) for found in SLOT.findall(text)}

    wrong = {
        sentence: forms
        for sentence, forms in translated().items()
        for form in forms
        if slots(form) != slots(sentence) and not (len(forms) == 2 and slots(form) <= slots(sentence))
    }
    assert wrong == {}


def test_every_sentence_in_the_code_is_chinese() -> None:
    words = {sentence: SLOT.sub("", sentence) for sentence in used()}
    assert [
        s for s, rest in words.items() if re.search("[A-Za-z]", rest) and not re.search("[\u4e00-\u9fff]", rest)
    ] == []


def test_chinese_needs_no_catalogue_and_english_is_read_from_it() -> None:
    words = read_words()
    assert words[Language.ZH].gettext("今天") == "今天"
    assert words[Language.EN].gettext("今天") == "Today"
    assert words[Language.ZH].for_scripts() == {}
    assert words[Language.EN].for_scripts()["今天"] == "Today"


def test_english_has_two_forms_and_chinese_one() -> None:
    words = read_words()
    sentence = "%(num)s 项等着您"
    assert words[Language.EN].ngettext(sentence, sentence, 1) != words[Language.EN].ngettext(sentence, sentence, 2)
    assert words[Language.ZH].ngettext(sentence, sentence, 1) == words[Language.ZH].ngettext(sentence, sentence, 2)


def test_an_unfinished_translation_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "en.po").write_text('#, fuzzy\nmsgid "今天"\nmsgstr "Tomorrow"\n\nmsgid "明天"\nmsgstr ""\n', "utf-8")
    assert read_words(tmp_path)[Language.EN].for_scripts() == {}
