"""The pipe between the server and a media worker: messages with their length before them, and an end one notices."""

import asyncio
import socket
import struct
from contextlib import suppress

from pydantic import BaseModel

LENGTHS = struct.Struct("!II")  # of the JSON, and of the bytes behind it
LONGEST_HEAD = 1 << 20  # bytes: an answer in JSON, or the gaps of a long recording
LONGEST_BODY = 16 << 20  # bytes: the pixels of the largest picture are 6.2 million, and their JPEG is less
MOST_UNREAD = 64 << 20  # bytes; whoever leaves so much unread hangs, and is given up


class PipeBroken(Exception):
    """The other side is gone, or says what it may not; the message says which."""


class Pipe:
    """One end. Nothing that is said waits; what is said after the end is lost, as it would be a moment later."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def on(cls, end: socket.socket) -> "Pipe":
        """`end` is one of a pair of connected stream sockets, and the pipe's from now on."""
        return cls(*await asyncio.open_unix_connection(sock=end))

    def say(self, message: BaseModel, body: bytes = b"") -> None:
        if self._writer.is_closing():
            return
        head = message.model_dump_json().encode()
        if len(head) > LONGEST_HEAD or len(body) > LONGEST_BODY:
            raise ValueError("a message longer than the other side reads")
        self._writer.write(LENGTHS.pack(len(head), len(body)) + head + body)
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            self._writer.transport.abort()

    async def hear(self) -> tuple[bytes, bytes]:
        """The next message's JSON, and its bytes; PipeBroken."""
        try:
            lengths = LENGTHS.unpack(await self._reader.readexactly(LENGTHS.size))
            if lengths[0] > LONGEST_HEAD or lengths[1] > LONGEST_BODY:
                raise PipeBroken("it says more than it may")
            return await self._reader.readexactly(lengths[0]), await self._reader.readexactly(lengths[1])
        except (EOFError, OSError) as error:
            raise PipeBroken("it is gone") from error

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
