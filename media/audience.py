"""The viewers of one picture: the pace that most of them keep, and who goes without it for a while.

Nothing is encoded anew here, so one rate has to do for all. It follows the slowest, but for those far below what three
in four can take: they keep the sound, and the picture is tried again.
"""

from dataclasses import dataclass

from media.feedback import HEARD_FOR_S

ONE_IN = 4  # viewers at most goes without: of three nobody, of four one, of sixty fifteen
FAR_BELOW = 0.5  # of the pace; whoever takes more is waited for
TOO_LOSSY, CALM = 0.15, 0.05  # shares of the picture's packets: as uplink.js has them for the other way
BEHIND_FOR_S = 4.0  # and what a viewer can take has not risen meanwhile: an estimate that begins low is no slow network
RISING = 1.05
FIRST_REST_S, LONGEST_REST_S = 10.0, 80.0  # twice as long each time, as in uplink.js
HELD_S = 30.0  # a picture that held so long did not fail


@dataclass(slots=True)
class _Viewer:
    takes: int = 0  # bits a second, as it has said
    takes_heard_at: float = float("-inf")
    loss: float = 0.0
    loss_heard_at: float = float("-inf")
    behind_since: float | None = None
    behind_with: int = 0  # what it could take then
    back_at: float = float("-inf")  # when its picture began, or goes on after a rest
    rests: bool = False
    rest_s: float = 0.0

    def has_said(self, at: float) -> bool:
        return at - self.takes_heard_at < HEARD_FOR_S

    def has_reported(self, at: float) -> bool:
        return at - self.loss_heard_at < HEARD_FOR_S

    def rest_from(self, at: float) -> None:
        held = at - self.back_at >= HELD_S
        self.rest_s = FIRST_REST_S if held or not self.rest_s else min(2 * self.rest_s, LONGEST_REST_S)
        self.rests = True
        self.back_at = at + self.rest_s


class Audience:
    """Viewers by whatever numbers the caller has for them; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._viewers: dict[int, _Viewer] = {}

    def joins(self, viewer: int) -> None:
        self._viewers[viewer] = _Viewer()

    def leaves(self, viewer: int) -> None:
        del self._viewers[viewer]

    def rests(self, viewer: int) -> bool:
        """Whether it goes without the picture at present."""
        return self._viewers[viewer].rests

    def takes(self, viewer: int, bitrate: int, at: float) -> None:
        """It says that it can take so many bits a second."""
        told = self._viewers[viewer]
        told.takes, told.takes_heard_at = bitrate, at

    def loses(self, viewer: int, share: float, at: float) -> None:
        """It says which share of the picture's packets has not arrived since it said so last."""
        told = self._viewers[viewer]
        told.loss, told.loss_heard_at = share, at

    def limits(self, at: float) -> list[int]:
        """What those can take who are waited for."""
        slowest = FAR_BELOW * self._pace(at)
        return [viewer.takes for viewer in self._shown() if viewer.has_said(at) and viewer.takes >= slowest]

    def fallen_behind(self, sent: float, at: float) -> list[int]:
        """Who goes without from now on, where the picture takes `sent` bits a second; to be asked once a second."""
        slow_below = min(FAR_BELOW * self._pace(at), sent)
        lossy_above = TOO_LOSSY if self._usual_loss(at) < CALM else 1.0
        fallen = []
        for number, viewer in self._viewers.items():
            if viewer.rests:
                continue
            slow = viewer.has_said(at) and viewer.takes < slow_below
            lossy = viewer.has_reported(at) and viewer.loss > lossy_above
            rises = not lossy and viewer.takes > RISING * viewer.behind_with
            if not slow and not lossy:
                viewer.behind_since = None
            elif viewer.behind_since is None or rises:
                viewer.behind_since, viewer.behind_with = at, viewer.takes
            elif at - viewer.behind_since >= BEHIND_FOR_S:
                viewer.rest_from(at)
                fallen.append(number)
        return fallen

    def rested(self, at: float) -> list[int]:
        """Who is shown the picture again from now on."""
        back = [number for number, viewer in self._viewers.items() if viewer.rests and at >= viewer.back_at]
        for number in back:
            before = self._viewers[number]
            # What it said before it rested is no longer so.
            self._viewers[number] = _Viewer(back_at=at, rest_s=before.rest_s)
        return back

    def _shown(self) -> list[_Viewer]:
        return [viewer for viewer in self._viewers.values() if not viewer.rests]

    def _pace(self, at: float) -> int:
        """Bits a second that three in four can take; who rests counts among the fourth."""
        shown = self._shown()
        paces = [0] * (len(self._viewers) - len(shown)) + sorted(one.takes for one in shown if one.has_said(at))
        return paces[len(paces) // ONE_IN] if paces else 0

    def _usual_loss(self, at: float) -> float:
        """The loss that three in four stay below."""
        shown = self._shown()
        losses = [1.0] * (len(self._viewers) - len(shown))
        losses += sorted((one.loss for one in shown if one.has_reported(at)), reverse=True)
        return losses[len(losses) // ONE_IN] if losses else 0.0
