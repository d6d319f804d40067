"""H.264 pictures out of RTP payloads (RFC 6184, packetization-mode 1): whole, keyframes with parameters."""

from media.h264 import (
    FU_A,
    IDR,
    LONGEST_PARAMETERS,
    PPS,
    SEI,
    SLICE,
    SPS,
    STAP_A,
    BadPayload,
    aggregated,
    length_prefixed,
)

LARGEST_UNIT = 2 << 20  # bytes; far above an IDR slice of 1080p at the finest quantizer in use
KEPT = frozenset((SLICE, IDR, SEI, SPS, PPS))
PARTITIONS = frozenset((2, 3, 4))  # of the extended profile, which nobody has negotiated
START_CODE = b"\0\0\1"
MOST_UNITS = 256  # of one picture; browsers send one slice or four


class Depacketiser:
    """Whole NAL units from the payloads of one stream, in their order; `lost` when one of them is missing."""

    def __init__(self) -> None:
        self._fragments: list[bytes] = []
        self._size = 0

    def lost(self) -> None:
        """What was begun cannot be finished."""
        self._fragments.clear()
        self._size = 0

    @property
    def begun(self) -> bool:
        return bool(self._fragments)

    def end(self) -> None:
        """Nothing more of the picture comes. BadPayload if a unit has only begun."""
        if self._fragments:
            raise BadPayload("a fragmented unit never ended")

    def units(self, payload: bytes) -> list[bytes]:
        """The units that end with this payload. BadPayload, and what was begun is given up."""
        try:
            return self._units(payload)
        except BadPayload:
            self.lost()
            raise

    def _units(self, payload: bytes) -> list[bytes]:
        kind = _kind(payload)
        if kind == FU_A:
            return self._fragment(payload)
        self.end()
        if kind == STAP_A:
            return list(aggregated(payload))
        return [payload]

    def _fragment(self, payload: bytes) -> list[bytes]:
        if len(payload) < 3:
            raise BadPayload("a fragment of nothing")
        begins, ends = payload[1] & 0x80, payload[1] & 0x40
        if begins and ends:
            raise BadPayload("a fragment that is a whole unit")  # RFC 6184 §5.8
        if bool(begins) is bool(self._fragments):
            raise BadPayload("a fragment out of its unit")
        if begins:
            self._fragments.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
        self._fragments.append(payload[2:])
        self._size += len(payload) - 2
        if self._size > LARGEST_UNIT:
            raise BadPayload("a unit without an end")
        if not ends:
            return []
        unit = b"".join(self._fragments)
        self.lost()
        return [unit]


class Pictures:
    """Puts the payloads of one stream together, in their order and without a hole; `lost` when there is one.

    It begins with a picture that needs no other, and so it does after whatever was lost or broken.
    """

    def __init__(self) -> None:
        self._depacketiser = Depacketiser()
        self._units: list[bytes] = []
        self._size = 0
        self._parameters: list[bytes] = []
        self.decodable = False  # the next picture, if nothing of it is missing

    @property
    def begun(self) -> bool:
        """Whether something of a picture is here that has not ended."""
        return bool(self._units) or self._depacketiser.begun

    def lost(self) -> None:
        self.decodable = False
        self._drop()

    def add(self, payload: bytes, *, ends: bool) -> tuple[bytes, bool] | None:
        """The picture that ends with this payload, and whether it can be entered at. BadPayload where it cannot be."""
        try:
            return self._add(payload, ends=ends)
        except BadPayload:
            self.lost()
            raise

    def _add(self, payload: bytes, *, ends: bool) -> tuple[bytes, bool] | None:
        for unit in self._depacketiser.units(payload):
            kind = unit[0] & 0x1F
            if kind in PARTITIONS:
                raise BadPayload("not of the baseline")
            if START_CODE in unit:
                raise BadPayload("a unit in a unit")  # which a decoder would find
            if kind in KEPT:
                self._units.append(unit)
                self._size += len(unit)
        if self._size > LARGEST_UNIT or len(self._units) > MOST_UNITS:
            raise BadPayload("a picture without an end")
        if not ends:
            return None
        self._depacketiser.end()
        units = self._units
        self._drop()
        return self._picture(units)

    def _picture(self, units: list[bytes]) -> tuple[bytes, bool] | None:
        kinds = {unit[0] & 0x1F for unit in units}
        parameters = [unit for unit in units if unit[0] & 0x1F in (SPS, PPS)]
        if IDR in kinds and SLICE not in kinds:
            self._parameters = _in_order(parameters or self._parameters)
            self.decodable = True
            return length_prefixed(self._parameters + [unit for unit in units if unit not in parameters]), True
        if not self.decodable or IDR in kinds or not all(unit in self._parameters for unit in parameters):
            raise BadPayload("nothing that this picture needs is there")
        return (length_prefixed(units), False) if SLICE in kinds else None

    def _drop(self) -> None:
        self._depacketiser.lost()
        self._units = []
        self._size = 0


def _in_order(parameters: list[bytes]) -> list[bytes]:
    """The one set of a sequence's before those of pictures. BadPayload if there is none, or more, or they are long."""
    sequence = [unit for unit in parameters if unit[0] & 0x1F == SPS]
    picture = [unit for unit in parameters if unit[0] & 0x1F == PPS]
    if len(sequence) != 1 or not picture or max(map(len, parameters)) > LONGEST_PARAMETERS:
        raise BadPayload("not the parameters of one sequence")
    return sequence + picture


def _kind(payload: bytes) -> int:
    kind = payload[0] & 0x1F if payload else 0
    if payload[:1] and payload[0] & 0x80:
        raise BadPayload("the sender says that it is damaged")
    if not 0 < kind < STAP_A and kind not in (STAP_A, FU_A):
        raise BadPayload("not of packetization-mode 1")
    return kind
