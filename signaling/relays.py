"""The relays (TURN) that browsers may use where UDP is blocked: a pass for one seat, for some minutes; pure."""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from signaling.messages import Relay

# How long a pass opens a relay. A call may last longer: coturn looks at the hour when an allocation is made, and lets
# whoever has one refresh it with the same pass (tests/top/test_coturn.py). Two clocks may differ by less than this.
PASS_S = 600


@dataclass(frozen=True, slots=True)
class Relays:
    """Where they are, and the secret that they share with us: coturn's `use-auth-secret`."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)

    def pass_for(self, room: str, seat: str, at: datetime) -> Relay:
        """A pass for a seat of a check-in or a lesson."""
        return self.pass_of(f"{room}-{seat}", at)

    def pass_of(self, whose: str, at: datetime) -> Relay:
        """coturn counts allocations by what stands behind the colon: a seat has one quota, however many passes."""
        username = f"{int(at.timestamp()) + PASS_S}:{whose}"
        digest = hmac.digest(self.secret.encode(), username.encode(), "sha1")  # SHA-1 is what that scheme asks for
        return Relay(
            urls=self.urls, username=username, password=base64.b64encode(digest).decode("ascii"), lifetime_s=PASS_S
        )
