"""The faces of one call: stills are compared as they come, and the officer and the board hear what they say."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from checkins.call import Call
from checkins.identity import IdentityState
from checkins.news import IdentityNews
from checkins.surroundings import Surroundings
from live.tasks import Own
from media.sampler import Pause, Still
from recognition.engines import EngineInfo
from recognition.enrolment import Reference
from recognition.verdict import Reason, Verdict

AloneIn: TypeAlias = Callable[[Call], AbstractAsyncContextManager[bool]]
"""Lets nobody else change the check-in meanwhile, and says whether this call still goes on."""


def outlook(choice: str, engine: EngineInfo | None, reference: Reference | None) -> IdentityNews | None:
    """What an officer is told before the call when nothing will be compared in it; None when something will."""
    if choice != "face":
        return IdentityNews(IdentityState.OPEN, None, None, (), 0, 0, "off")
    if engine is not None and reference is not None:
        return None
    reason = why_unable(engine)
    return IdentityNews(IdentityState.OPEN, Verdict.UNABLE, None, (reason,), 0, 0, "off")


def why_unable(engine: EngineInfo | None) -> Reason:
    """Of a check-in with the face in which nothing is compared."""
    return Reason.ENGINE_FAILED if engine is None else Reason.NOT_ENROLLED


class Comparing:
    """What the subject's face says in one call, from admission on; each word of it is told to `tell`."""

    def __init__(
        self, call: Call, near: Surroundings, own: Own, alone_in: AloneIn, tell: Callable[[IdentityNews], None]
    ) -> None:
        self._call = call
        self._near = near
        self._own = own
        self._alone_in = alone_in
        self._tell = tell

    async def begin(self, reference: Reference | None) -> None:
        """Stills are taken only where they can say something."""
        engine = self._near.verifier.engine
        if engine is None or reference is None:
            await self._call.unable(why_unable(engine))
            self._own(self._keep())
            return
        sampling = self._near.policy.sampling
        await self._call.take_stills(
            engine,
            Pause(sampling.shortest_s, sampling.longest_s),
            lambda still: self._own(self._judge(reference, still)),
        )

    async def _judge(self, reference: Reference, still: Still) -> None:
        comparison = await self._near.verifier.compare(reference, still.pixels)
        async with self._alone_in(self._call) as goes_on:
            if not goes_on:
                return  # it ended meanwhile, and what it said is on file
            stood = self._call.identity.state
            self._tell(await self._call.judged(still, comparison))
            if self._call.identity.state is not stood:
                self._own(self._keep())

    async def _keep(self) -> None:
        """For the board; the record has it from the call's marks."""
        async with self._alone_in(self._call) as goes_on:
            if goes_on:
                await self._near.progress.keep_identity(self._call.check_in, self._call.identity.state)
