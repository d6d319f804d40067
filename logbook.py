"""The log: our own rooms at the operator's level, libraries' warnings, and nothing in a line that could forge one."""

import logging
import sys
from typing import TextIO

OURS = (
    "accounts",
    "bench",
    "cases",
    "checkins",
    "courses",
    "demo",
    "devices",
    "live",
    "media",
    "recognition",
    "server",
    "signaling",
    "storage",
    "web",
)

# Whatever moves a cursor, changes a colour, breaks a line or turns the reading direction (Unicode: Cc, Bidi_Control).
_UNSAFE = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F)]
_ESCAPED = {code: f"\\u{code:04x}" for code in (*_UNSAFE, *range(0x2066, 0x206A)) if code != ord("\n")}


def escaped(text: str) -> str:
    """The text, with whatever a terminal might obey written out; lines stay."""
    return text.translate(_ESCAPED)


class SafeLines(logging.Formatter):
    """One record begins in the first column; what more it has, a traceback for example, is set in.

    So no text that somebody sent us can look like a record of its own, or paint the terminal it is read on.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record)).replace("\n", "\n    ")


def open_log(level: str, stream: TextIO = sys.stderr) -> None:
    """Log to `stream` from now on, instead of to wherever it was. ValueError for a level that logging does not know.

    Below a warning libraries stay silent at any level: they log what passes through them (aiosqlite: every value that
    is written; aiohttp: the address of a browser whose request it did not like).
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # our edges answer for every request themselves
    for name in OURS:
        logging.getLogger(name).setLevel(level)
