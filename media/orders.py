"""What crosses the pipe between the server and a media worker: orders one way, what came of them the other.

A worker parses what strangers sent, so what it says is read as data, every field by its type, and never unpickled.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from media import sampler
from media.contract import LOWEST_LIMIT, SeatState, Traffic
from media.negotiation import Way
from media.recording import WHOLE, WHOLE_WITH_H264, Recorded
from media.sampler import LONG_SIDE

LONGEST_SDP = 128 * 1024  # characters; the signalling takes 64 KiB of a browser, and an answer is shorter
LONGEST_RECORD = 16 * 1024  # characters of one log record, its traceback with it

BEAT_S = 1.0  # a worker says at least so often that it is alive

Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Sdp: TypeAlias = Annotated[str, StringConstraints(max_length=LONGEST_SDP)]
Folder: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Number: TypeAlias = Annotated[int, Field(ge=0, lt=1 << 53)]
Seconds: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Side: TypeAlias = Annotated[int, Field(ge=1, le=LONG_SIDE)]


class Message(BaseModel):
    """One JSON object; a still has bytes behind it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OfRoom(Message):
    """About one room, by the number that the server gave it."""

    room: Number


class OfSeat(OfRoom):
    seat: Name


class Begin(Message):
    """The first order: what the plane stands on, beside the socket that was handed over."""

    type: Literal["begin"] = "begin"
    addresses: tuple[Name, ...]
    bitrate_ceiling: Number
    log_level: Annotated[int, Field(ge=0, le=100)]


class OpenRoom(OfRoom):
    type: Literal["open"] = "open"
    name: Name
    seats: Number


class Watch(OfSeat):
    type: Literal["watch"] = "watch"
    other: Name | None


class Limit(OfSeat):
    type: Literal["limit"] = "limit"
    bits_per_second: Annotated[int, Field(ge=LOWEST_LIMIT, lt=1 << 53)]


class Record(OfSeat):
    type: Literal["record"] = "record"
    folder: Folder
    zero: Seconds


class Sample(OfSeat):
    type: Literal["sample"] = "sample"
    shortest_s: Seconds
    longest_s: Seconds


class StillTaken(OfSeat):
    """The still has arrived; the next may be sent."""

    type: Literal["still_taken"] = "still_taken"


class AskKeyframe(OfSeat):
    type: Literal["ask_keyframe"] = "ask_keyframe"


class Forget(OfRoom):
    """It is closed, and its recordings are finished."""

    type: Literal["forget"] = "forget"


class Request(Message):
    """An order that is answered, under the number that it brings."""

    request: Number


class Connect(OfSeat, Request):
    type: Literal["connect"] = "connect"
    offer: Sdp
    way: Way


class Disconnect(OfSeat, Request):
    type: Literal["disconnect"] = "disconnect"


class AskTraffic(OfSeat, Request):
    type: Literal["traffic"] = "traffic"


class FinishRecording(OfSeat, Request):
    """The one that lies in this folder: a seat may have two, where one follows the other."""

    type: Literal["finish"] = "finish"
    folder: Folder


class CloseRoom(OfRoom, Request):
    type: Literal["close"] = "close"


class Ready(Message):
    """The plane is open on this port."""

    type: Literal["ready"] = "ready"
    port: Annotated[int, Field(ge=1, le=65535)]


class Beat(Message):
    """It is alive, and its event loop turns."""

    type: Literal["beat"] = "beat"


class SeatIs(OfSeat):
    type: Literal["seat"] = "seat"
    state: SeatState


class StillMade(OfSeat):
    """Its JPEG and then its pixels follow as bytes."""

    type: Literal["still"] = "still"
    at: Seconds
    height: Side
    width: Side
    jpeg: Number


class Logged(Message):
    """A record for the server's log."""

    type: Literal["logged"] = "logged"
    level: Annotated[int, Field(ge=0, le=100)]
    text: Annotated[str, StringConstraints(max_length=LONGEST_RECORD)]


class Answered(Request):
    type: Literal["answered"] = "answered"
    answer: Sdp


class Refused(Request):
    """A bad offer; nothing has changed."""

    type: Literal["refused"] = "refused"
    reason: Annotated[str, StringConstraints(max_length=1000)]


class Done(Request):
    type: Literal["done"] = "done"


class TrafficIs(Request):
    type: Literal["traffic_is"] = "traffic_is"
    traffic: Traffic


class RecordedAs(Request):
    type: Literal["recorded"] = "recorded"
    recorded: Recorded

    def in_folder(self, folder: Path) -> Recorded:
        """What the recording in this folder came to; where it lies is not for a worker to say."""
        path = self.recorded.path
        if path is None:
            return self.recorded
        return replace(self.recorded, path=folder / (WHOLE_WITH_H264 if path.name == WHOLE_WITH_H264 else WHOLE))


class Failed(Request):
    """The order met a fault of ours; the log has it."""

    type: Literal["failed"] = "failed"


Order: TypeAlias = (
    Begin
    | OpenRoom
    | Watch
    | Limit
    | Record
    | Sample
    | StillTaken
    | AskKeyframe
    | Forget
    | Connect
    | Disconnect
    | AskTraffic
    | FinishRecording
    | CloseRoom
)
Asked: TypeAlias = Connect | Disconnect | AskTraffic | FinishRecording | CloseRoom
Answer: TypeAlias = Answered | Refused | Done | TrafficIs | RecordedAs | Failed
Said: TypeAlias = Ready | Beat | SeatIs | StillMade | Logged | Answer

_ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="type")])
_SAID: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Field(discriminator="type")])


def order_of(head: bytes) -> Order:
    """ValueError for anything else."""
    return _ORDER.validate_json(head)


def said_by(head: bytes) -> Said:
    """ValueError for anything that no worker says."""
    return _SAID.validate_json(head)


def bytes_of_still(still: sampler.Still) -> bytes:
    """What follows a StillMade."""
    return still.jpeg + still.pixels.tobytes()


def still_of(said: StillMade, body: bytes) -> sampler.Still:
    """ValueError when the bytes are not those of such a picture."""
    if len(body) != said.jpeg + said.height * said.width * 3:
        raise ValueError("a still is as many bytes as it says")
    pixels = np.frombuffer(body, np.uint8, offset=said.jpeg).reshape(said.height, said.width, 3)
    return sampler.Still(pixels, body[: said.jpeg], said.at)
