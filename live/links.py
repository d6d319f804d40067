"""What may be wrong with a link that invites somebody; the links themselves lie with the activity they lead to."""

from enum import StrEnum


class LinkTrouble(StrEnum):
    """Why a link does not let anybody in."""

    UNKNOWN = "unknown"
    EARLY = "early"
    EXPIRED = "expired"
    USED = "used"
    REPLACED = "replaced"
    OVER = "over"


class WrongInvitation(Exception):
    """A link that does not let anybody in, and why."""

    def __init__(self, reason: LinkTrouble) -> None:
        super().__init__(reason.value)
        self.reason = reason
