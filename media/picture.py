"""VP8 picture ids that go on where another publisher's ended, so that a viewer's decoder never sees them jump back."""

from media.frames import begins_frame, descriptor_length, is_keyframe, keyframe_size

LARGEST_SIDE = 4096  # pixels; a 4K screen has 3,840, and what VP8 can declare would take a viewer 400 MB a picture


def begins_keyframe(payload: bytes) -> bool:
    """Whether a VP8 payload is the first packet of a frame that needs no other."""
    if not payload or not begins_frame(payload):
        return False
    length = descriptor_length(payload)
    return length > 0 and is_keyframe(payload[length:])


def fits(payload: bytes) -> bool:
    """Whether the first packet of a keyframe declares a picture that may be shown; one that hides its size may not."""
    size = keyframe_size(payload[descriptor_length(payload) :])
    return size is not None and min(size) > 0 and max(size) <= LARGEST_SIDE


def picture_of(payload: bytes) -> tuple[int, int] | None:
    """Picture id (15 bits) and TL0PICIDX (0 without one) of a VP8 payload; None without a picture id of 15 bits.

    Browsers write 15 bits; a publisher who writes 7 or none is forwarded as it is.
    """
    if not descriptor_length(payload) or payload[0] & 0x80 == 0 or payload[1] & 0x80 == 0 or payload[2] & 0x80 == 0:
        return None
    return int.from_bytes(payload[2:4], "big") & 0x7FFF, payload[4] if payload[1] & 0x40 else 0


def shifted(payload: bytes, pictures: int, layers: int) -> bytes:
    """The payload with its picture id and TL0PICIDX moved on by `pictures` and `layers` (RFC 7741 §4.2)."""
    picture = picture_of(payload)
    if picture is None:
        return payload
    moved = (0x8000 | (picture[0] + pictures) & 0x7FFF).to_bytes(2, "big")
    if payload[1] & 0x40:
        return payload[:2] + moved + bytes([(picture[1] + layers) & 0xFF]) + payload[5:]
    return payload[:2] + moved + payload[4:]
