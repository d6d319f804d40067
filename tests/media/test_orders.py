"""Orders to a media worker, and what it says: read field by field, and never anything else."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from media import orders
from media.contract import SeatState, Traffic
from media.frames import Kind
from media.negotiation import Way
from media.orders import Order, Said
from media.recording import Gap, PictureSize, Recorded
from media.sampler import Still

pytestmark = pytest.mark.unit

SIZES = (PictureSize(0.5, 640, 480),)
ORDERS: list[Order] = [
    orders.Begin(addresses=("127.0.0.1",), bitrate_ceiling=1_500_000, log_level=20),
    orders.OpenRoom(room=1, name="x", seats=2),
    orders.Watch(room=1, seat="subject", other="officer"),
    orders.Watch(room=1, seat="subject", other=None),
    orders.Limit(room=1, seat="subject", bits_per_second=80_000),
    orders.Record(room=1, seat="subject", folder="/x", zero=12.5),
    orders.Sample(room=1, seat="subject", shortest_s=2.0, longest_s=5.0),
    orders.StillTaken(room=1, seat="subject"),
    orders.AskKeyframe(room=1, seat="subject"),
    orders.Forget(room=1),
    orders.Connect(request=1, room=1, seat="subject", offer="v=0\r\n", way=Way.BOTH),
    orders.Connect(request=1, room=1, seat="device", offer="v=0\r\n", way=Way.IN),
    orders.Disconnect(request=1, room=1, seat="subject"),
    orders.AskTraffic(request=1, room=1, seat="subject"),
    orders.FinishRecording(request=1, room=1, seat="subject", folder="/x"),
    orders.CloseRoom(request=1, room=1),
]
SAID: list[Said] = [
    orders.Ready(port=8081),
    orders.Beat(),
    orders.SeatIs(room=1, seat="subject", state=SeatState.LOST),
    orders.StillMade(room=1, seat="subject", at=12.5, height=480, width=640, jpeg=9),
    orders.Logged(level=30, text="a line"),
    orders.Answered(request=1, answer="v=0\r\n"),
    orders.Refused(request=1, reason="no"),
    orders.Done(request=1),
    orders.TrafficIs(request=1, traffic=Traffic(3, 1, 0.5, None, sound_only=True)),
    orders.RecordedAs(
        request=1,
        recorded=Recorded(Path("x"), 3.0, 0.5, (Gap(Kind.VIDEO, 1.0, 2.5),), broken=False, sizes=SIZES),
    ),
    orders.Failed(request=1),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.type)
def test_an_order_is_read_as_it_was_given(order: Order) -> None:
    assert orders.order_of(order.model_dump_json().encode()) == order


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.type)
def test_what_a_worker_says_is_read_as_it_was_said(said: Said) -> None:
    assert orders.said_by(said.model_dump_json().encode()) == said


@pytest.mark.parametrize("message", [*ORDERS, *SAID], ids=lambda message: message.type)
def test_every_field_is_looked_at(message: Order | Said) -> None:
    whole = json.loads(message.model_dump_json())
    read = orders.order_of if message in ORDERS else orders.said_by
    for name in whole:
        for wrong in ({**whole, name: {"x": 1}}, {key: value for key, value in whole.items() if key != name}):
            with pytest.raises(ValueError, match="validation error"):
                read(json.dumps(wrong).encode())
    with pytest.raises(ValueError, match="validation error"):
        read(json.dumps({**whole, "more": 1}).encode())


@pytest.mark.parametrize("head", [b"", b"{}", b"[]", b"\xff", b'{"type":"begin"}', b'{"type":"exec"}', b"null"])
def test_nonsense_is_neither(head: bytes) -> None:
    for read in (orders.order_of, orders.said_by):
        with pytest.raises(ValueError, match="validation error"):
            read(head)


def test_a_recording_lies_where_it_was_begun_whatever_a_worker_says() -> None:
    whole = Recorded(Path("/elsewhere"), 3.0, 0.5, (Gap(Kind.VIDEO, 1.0, 2.5),), broken=True)
    empty = Recorded(None, 0.0, 0.0, (), broken=False)
    folder = Path("/somewhere")
    assert orders.RecordedAs(request=7, recorded=empty).in_folder(folder) == empty
    for said, path in (("/elsewhere", "recording.webm"), ("/elsewhere/recording.mkv", "recording.mkv")):
        answer = orders.RecordedAs(request=7, recorded=replace(whole, path=Path(said)))
        assert answer.in_folder(folder) == replace(whole, path=folder / path)


def test_a_still_arrives_with_its_pixels_and_its_jpeg() -> None:
    still = Still(np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3), b"jpeg", 12.5)
    said = orders.StillMade(room=1, seat="subject", at=still.at, height=4, width=6, jpeg=4)
    found = orders.still_of(said, orders.bytes_of_still(still))
    assert (found.at, found.jpeg) == (still.at, still.jpeg)
    assert np.array_equal(found.pixels, still.pixels)


@pytest.mark.parametrize("size", [0, 4, 75, 77])
def test_a_still_of_another_size_than_it_says_is_refused(size: int) -> None:
    said = orders.StillMade(room=1, seat="subject", at=0.0, height=4, width=6, jpeg=4)
    with pytest.raises(ValueError, match="as many bytes"):
        orders.still_of(said, bytes(size))
