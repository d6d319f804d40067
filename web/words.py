"""The words on the screen: Chinese sentences are the keys, `words/en*.po` holds the English beside them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "words"


class Language(StrEnum):
    """What a page can be read in; the value is its BCP 47 tag. Chinese comes first and needs no catalogue."""

    ZH = "zh-CN"
    EN = "en"


def N_(msgid: str) -> str:  # gettext's name for it, which the extractor looks for
    """`msgid` itself: marks a sentence that is translated later, where it is shown."""
    return msgid


class Words:
    """The sentences of one language; a sentence without a translation is shown as it is written in the code."""

    def __init__(self, language: Language, sentences: Mapping[str, tuple[str, ...]]) -> None:
        self.language = language
        self._sentences = sentences

    def gettext(self, msgid: str) -> str:
        """`msgid` in this language."""
        return self._sentences.get(msgid, (msgid,))[0]

    def ngettext(self, msgid: str, msgid_plural: str, n: int) -> str:
        """`msgid` for `n` things. Chinese has one form; English has two, in this order in the catalogue."""
        forms = self._sentences.get(msgid, (msgid_plural if self.language is Language.EN else msgid,))
        return forms[0] if n == 1 else forms[-1]

    def for_scripts(self) -> dict[str, str]:
        """Every sentence with its translation, as `/words.json` sends them to `t()`."""
        return {msgid: forms[0] for msgid, forms in self._sentences.items()}


def read_words(folder: Path = FOLDER) -> dict[Language, Words]:
    """Every language's words; English from all `en*.po` files in `folder`."""
    english: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("en*.po")):
        english |= translations(read_catalogue(path))
    return {Language.ZH: Words(Language.ZH, {}), Language.EN: Words(Language.EN, english)}


def read_catalogue(path: Path) -> Catalog:
    """The catalogue in a .po file."""
    with path.open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def translations(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """Message to its forms, for all messages that have a finished translation."""
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if key and not message.fuzzy and all(forms):
            found[str(key)] = tuple(str(form) for form in forms)
    return found
