"""What a browser says that it does with its own media. It is the browser's word; what comes of it, the server sees."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Pausing:
    """It sends no picture because its network is too slow, or sends it again."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Muting:
    """Whether the person keeps the microphone silent and the camera dark, by the page's own buttons."""

    sound: bool
    picture: bool


Turn: TypeAlias = Pausing | Muting
