"""The few bits of H.264 that we read: where a keyframe begins, how large its pictures are (RFC 6184, H.264 §7.3)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from media.picture import LARGEST_SIDE

SLICE, IDR, SEI, SPS, PPS = 1, 5, 6, 7, 8
STAP_A, FU_A = 24, 28
MOST_SEQUENCES = 4  # sets of a sequence's parameters in one payload: each is read, and one is what there is
MOST_UNITS = 64  # of one payload: an empty one takes two bytes, and a browser's has three
LONGEST_PARAMETERS = 255  # bytes of one set; a browser's have thirty
PARAMETERS_HEAD = 2 * (4 + LONGEST_PARAMETERS)  # bytes in which a keyframe says its size
LONGEST_HEAD = 64  # bytes of parameters up to the picture's size; a browser's have ten
MOST_CROPPED = 64  # pixels of width or height: some encoders count in blocks of 64; what is hidden costs as much
FORBIDDEN = (b"\0\0\0", b"\0\0\1", b"\0\0\2")  # in a unit (H.264 §7.4.1); whoever reads on finds something else


class BadPayload(ValueError):
    """The payload is none of those that packetization-mode 1 knows, or it is cut off."""


def aggregated(payload: bytes) -> Iterator[bytes]:
    """The units of a STAP-A; BadPayload where it is cut off."""
    position, count = 1, 0
    while position < len(payload):
        end = position + 2 + int.from_bytes(payload[position : position + 2], "big")
        unit = payload[position + 2 : end]
        count += 1
        if end > len(payload) or not unit or not 0 < unit[0] & 0x1F < STAP_A or count > MOST_UNITS:
            raise BadPayload("an aggregate that is cut off")
        yield unit
        position = end
    if not count:
        raise BadPayload("an aggregate of nothing")


def begins_keyframe(payload: bytes) -> bool:
    """Whether parameters of a sequence are in this payload: browsers send them before each picture that needs no other.

    Reads the payload's first bytes only, and those of each unit in an aggregate.
    """
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | SPS
    if kind == STAP_A:
        with suppress(BadPayload):
            return any(unit[0] & 0x1F == SPS for unit in aggregated(payload))
    return kind == SPS


def fits(payload: bytes) -> bool:
    """Whether all parameters in this payload declare pictures that may be shown; those that hide their size may not."""
    try:
        units = list(aggregated(payload)) if payload[0] & 0x1F == STAP_A else [payload]
    except BadPayload:
        return False
    sequences = [unit for unit in units if unit[0] & 0x1F in (SPS, FU_A)]
    sizes = [picture_size(unit) for unit in sequences[: MOST_SEQUENCES + 1]]
    return len(sizes) <= MOST_SEQUENCES and all(size is not None and max(size) <= LARGEST_SIDE for size in sizes)


def length_prefixed(units: Sequence[bytes]) -> bytes:
    """A picture as Matroska and MP4 keep it (ISO/IEC 14496-15 §5.3.4.2)."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def units_of(picture: bytes) -> Iterator[bytes]:
    """The units of a `length_prefixed` picture, as far as they are whole."""
    position = 0
    while position + 4 < len(picture):
        end = position + 4 + int.from_bytes(picture[position : position + 4], "big")
        if end > len(picture) or end == position + 4:
            return
        yield picture[position + 4 : end]
        position = end


def parameters_of(picture: bytes) -> tuple[bytes, bytes] | None:
    """The parameters that a `length_prefixed` keyframe begins with: a sequence's, a picture's."""
    units = units_of(picture)
    sps, pps = next(units, b""), next(units, b"")
    return (sps, pps) if sps and pps and (sps[0] & 0x1F, pps[0] & 0x1F) == (SPS, PPS) else None


def configuration(sps: bytes, pps: bytes) -> bytes:
    """The avcC record that a track in Matroska begins with (ISO/IEC 14496-15 §5.3.3.1)."""
    if len(sps) < 4 or not pps:
        raise BadPayload("parameters that say nothing")
    head = bytes([1, *sps[1:4], 0xFF, 0xE1])
    return head + len(sps).to_bytes(2, "big") + sps + b"\x01" + len(pps).to_bytes(2, "big") + pps


def picture_size(sps: bytes) -> tuple[int, int] | None:
    """Width and height of a constrained baseline, main or high stream in 4:2:0; None for any other (H.264 §7.3.2)."""
    try:
        return _size(sps)
    except IndexError:
        return None


class _Bits:
    """A parameter set's bits, without the bytes that keep start codes out of it; IndexError beyond the end."""

    def __init__(self, unit: bytes) -> None:
        data = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._bits = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError("beyond the end")
        return self._bits >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        zeros = self._left - (self._bits & (1 << self._left) - 1).bit_length()
        if zeros > 31:
            raise IndexError("longer than any number of H.264")
        return self.take(2 * zeros + 1) - 1


def _size(sps: bytes) -> tuple[int, int] | None:
    if not sps or sps[0] & 0x1F != SPS or any(code in sps for code in FORBIDDEN):
        return None
    bits = _Bits(sps[1:LONGEST_HEAD])
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    if profile == 100:
        if bits.golomb() != 1:  # chroma format: 4:2:0
            return None
        bits.golomb(), bits.golomb(), bits.take(1)
        if bits.take(1):
            return None  # scaling matrices, which no browser sends
    elif profile not in (66, 77):
        return None
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order != 2:
        return None
    bits.golomb(), bits.take(1)
    width, height = (bits.golomb() + 1) * 16, (bits.golomb() + 1) * 16
    if not bits.take(1):
        return None  # interlaced
    bits.take(1)
    if bits.take(1):
        across = 2 * (bits.golomb() + bits.golomb())
        down = 2 * (bits.golomb() + bits.golomb())
        if max(across, down) >= MOST_CROPPED:
            return None
        width, height = width - across, height - down
    return (width, height) if width > 0 and height > 0 else None
