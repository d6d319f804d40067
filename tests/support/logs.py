"""The log as an operator has it, for a test to read."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from logbook import OURS, open_log


@contextmanager
def logged_at(level: str) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile; afterwards logging is as it was before."""
    root, names = logging.getLogger(), ["", "aiohttp", *OURS]
    levels = {name: logging.getLogger(name).level for name in names}
    handlers, root.handlers[:] = root.handlers[:], []
    stream = io.StringIO()
    try:
        open_log(level, stream)
        yield stream
    finally:
        root.handlers[:] = handlers
        for name in names:
            logging.getLogger(name).setLevel(levels[name])
