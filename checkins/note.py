"""What people write in their own words, a note or a reason: kept as it reads, without what nobody can see."""

import unicodedata

from accounts.details import BadDetail

LONGEST_TEXT = 2000  # characters of a conclusion's note or of a reason

# Control and format characters: they turn lines around (Unicode UAX #9), or carry what nobody sees; and halves of a
# character, which no database takes. What joins letters and marks their direction stays: Uyghur is written with it.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_WRITTEN = frozenset("\n\t\u200c\u200d\u200e\u200f\u061c")
_TAGS = range(0xE0000, 0xE1000)  # a whole hidden alphabet, and selectors of rare forms
_INK = frozenset("LNPS")  # first letters of categories that leave something on the page ...
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # ... but for these


def readable(text: str) -> str:
    """The text without space around it, every line's end a line feed; of other controls only tabs stay.

    They are taken out, where a name that has them is refused: nobody finds in a long note what came along, unseen, with
    a pasted line, and without it the note says the same.
    """
    lines = "\n".join(text.splitlines())
    return "".join(filter(_seen, lines)).strip()


def checked_note(field: str, text: str, *, required: bool = True) -> str:
    """What somebody wrote, as it is kept; BadDetail: missing, too_long."""
    text = readable(text)
    if required and not any(unicodedata.category(each)[0] in _INK and each not in _BLANK for each in text):
        raise BadDetail(field, "missing")
    if len(text) > LONGEST_TEXT:
        raise BadDetail(field, "too_long")
    return text


def _seen(character: str) -> bool:
    if character in _WRITTEN:
        return True
    code = ord(character)
    is_character = code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF
    return is_character and code not in _TAGS and unicodedata.category(character) not in _UNSEEN
