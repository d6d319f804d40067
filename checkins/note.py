"""What people write in their own words, a note or a reason: kept as it reads, without what nobody can see."""

import unicodedata

from accounts.details import BadDetail

LONGEST_TEXT = 2000  # characters of a conclusion's note or of a reason

# Embeddings, overrides and isolates (Unicode UAX #9): they turn the order of what follows around, on a whole line. The
# marks of right-to-left scripts (U+200E, U+200F, U+061C) stay: Uyghur is written with them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset({"Cc", "Cs"})  # control characters; halves of a character, which no database takes


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
    if required and not text:
        raise BadDetail(field, "missing")
    if len(text) > LONGEST_TEXT:
        raise BadDetail(field, "too_long")
    return text


def _seen(character: str) -> bool:
    if character in "\n\t":
        return True
    return character not in _TURNING and unicodedata.category(character) not in _CONTROL
