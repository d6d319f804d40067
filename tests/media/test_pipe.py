"""What crosses the pipe to a media worker: whole messages, and an end for whoever says anything else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from media import orders, pipe
from media.pipe import LENGTHS, LONGEST_BODY, LONGEST_HEAD, Pipe, PipeBroken

pytestmark = pytest.mark.rim


@asynccontextmanager
async def two_ends() -> AsyncIterator[tuple[Pipe, Pipe]]:
    one, other = socket.socketpair()
    ends = await Pipe.on(one), await Pipe.on(other)
    yield ends
    for end in ends:
        await end.close()


async def test_messages_arrive_whole_and_in_their_order() -> None:
    async with two_ends() as (ours, theirs):
        ours.say(orders.Done(request=1))
        ours.say(orders.StillTaken(room=2, seat="subject"), bytes(3_000_000))
        ours.say(orders.Forget(room=3))
        assert await theirs.hear() == (b'{"request":1,"type":"done"}', b"")
        head, body = await theirs.hear()
        assert orders.order_of(head) == orders.StillTaken(room=2, seat="subject")
        assert body == bytes(3_000_000)
        assert orders.order_of((await theirs.hear())[0]) == orders.Forget(room=3)


async def test_the_end_of_one_is_heard_by_the_other_and_what_is_said_then_is_lost() -> None:
    async with two_ends() as (ours, theirs):
        ours.say(orders.Done(request=1))
        await ours.close()
        ours.say(orders.Done(request=2))
        assert (await theirs.hear())[0] == b'{"request":1,"type":"done"}'
        with pytest.raises(PipeBroken, match="it is gone"):
            await theirs.hear()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (LENGTHS.pack(LONGEST_HEAD + 1, 0), "more than it may"),
        (LENGTHS.pack(0, LONGEST_BODY + 1), "more than it may"),
        (LENGTHS.pack(10, 0) + b"half", "gone"),
        (b"\0", "gone"),
        (b"", "gone"),
    ],
)
async def test_what_is_no_message_breaks_the_pipe(sent: bytes, why: str) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(sent)
    hearing = await Pipe.on(theirs)
    with pytest.raises(PipeBroken, match=why):
        await hearing.hear()
    await hearing.close()


async def test_nothing_is_said_that_the_other_side_would_not_read() -> None:
    async with two_ends() as (ours, _):
        with pytest.raises(ValueError, match="longer"):
            ours.say(orders.Done(request=1), bytes(LONGEST_BODY + 1))


async def test_who_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "MOST_UNREAD", 1000)
    one, other = socket.socketpair()
    ours = await Pipe.on(one)
    with other:
        ours.say(orders.Done(request=1), bytes(8_000_000))
        with pytest.raises(PipeBroken, match="gone"):
            async with asyncio.timeout(10):
                await ours.hear()
    await ours.close()
