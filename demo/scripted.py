"""One whole check-in without a browser: a real server, two callers over UDP, and what the record says afterwards."""

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cases.entries import CheckInEnded
from cases.review import Conclusion
from checkins.checkin import CheckInId
from checkins.policy import Sampling, read_policy
from demo import people as demo_people
from demo.caller import Caller, Refused
from demo.clips import Clip, clip
from demo.greeting import OFFICER, SUBJECT, sign_in_links
from server import Running, running
from settings import Settings

STILL_EVERY_S = 0.7
SHORTEST_CALL_S = 5.0  # so that there is something to play
LONGEST_CALL_S = 45.0  # nine usable stills with the slower engine on a busy machine
BEFORE_CAMERA: Mapping[str, Clip] = {"same": "subject", "other": "stranger", "nobody": "nobody"}


@dataclass(frozen=True, slots=True)
class RecordingMade:
    """A sealed file, where it lies, how long it plays, and its SHA-256."""

    path: str
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The check-in as it stands in the record; `timings` in seconds."""

    check_in_state: str
    identity_state: str
    verdicts: Mapping[str, int]
    engine: str | None
    recordings: Sequence[RecordingMade]
    ledger_entries: int
    ledger_head: str
    timings: Mapping[str, float]

    def show(self, screen: Console) -> None:
        """The same for people; nothing is cut off, however narrow the screen is."""
        rows = [
            ("check-in", self.check_in_state),
            ("identity", f"{self.identity_state}   engine: {self.engine or 'none'}"),
            ("verdicts", ", ".join(f"{name} {count}" for name, count in self.verdicts.items()) or "none"),
            *(("recording", f"{made.seconds:.1f} s   sha256 {made.sha256}\n{made.path}") for made in self.recordings),
            ("ledger", f"{self.ledger_entries} entries   head {self.ledger_head}"),
            ("timings", "\n".join(f"{seconds:6.2f} s  {name}" for name, seconds in self.timings.items())),
        ]
        screen.print("[bold]明鉴 Fairwatch[/] · one check-in")
        for name, text in rows:
            screen.print(f"{name:>10}  " + text.replace("\n", "\n" + 12 * " "), soft_wrap=True, markup=False)


async def check_in(settings: Settings, who: str, conclusion: Conclusion | None, screen: Console) -> Outcome:
    """Start a server on free ports with a store of its own, hold one check-in, end it, and read the record.

    `who` sits before the subject's camera: same, other or nobody. The store stays in the system's temporary folder, so
    that the recordings can be looked at; with a `conclusion` the officer concludes too. `screen` hears of each stage.
    """
    clock = asyncio.get_running_loop().time
    timings: dict[str, float] = {}
    started = clock()

    def say(stage: str) -> None:
        screen.print(f"{clock() - started:6.2f} s  {stage}", soft_wrap=True, markup=False)

    policy = replace(read_policy(), sampling=Sampling(STILL_EVERY_S, STILL_EVERY_S))
    own = _apart(settings)
    screen.print(f"the store stays in {own.data}", soft_wrap=True)
    async with running(own, policy=policy) as server:
        timings["server_start"] = clock() - started
        say(f"the server is up on {server.origin}")
        rooms = server.rooms
        with screen.status("demo data, with an enrolled face …"):
            await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        links = await sign_in_links(server, rooms.now())
        async with (
            Caller(server.origin, clip(BEFORE_CAMERA[who])) as subject,
            Caller(server.origin, clip("officer")) as officer,
        ):
            with screen.status("the check-in …"):
                name = await meet(subject, officer, links, timings)
                say("both are in the call, and each sees the other")
                say(await _talk(officer, timings))
                hung_up = clock()
                await officer.say({"type": "end"})
                say("the call has ended and is being filed")
                await subject.hear_if(lambda told: told["type"] == "ended" and told["receipt"] is not None)
                timings["hang_up_to_filed"] = clock() - hung_up
                say("it is on file")
            if conclusion is not None:
                note = "" if conclusion is Conclusion.CONFIRMED else "demo"
                await officer.post(f"/check-ins/{name}/conclusion", conclusion=conclusion.value, note=note)
        return await _as_on_file(server, name, timings)


def _apart(settings: Settings) -> Settings:
    """The same settings on free loopback ports, with a store of its own."""
    return replace(
        settings,
        data=Path(tempfile.mkdtemp(prefix="fairwatch-demo-")),
        models=settings.models_folder,
        database=None,
        host="127.0.0.1",
        port=0,
        udp_bind="127.0.0.1",
        udp_port=0,
        udp_announced=("127.0.0.1",),
        public_origin=None,
        tls_cert=None,
        tls_key=None,
    )


async def meet(subject: Caller, officer: Caller, links: Mapping[str, str], timings: dict[str, float]) -> CheckInId:
    """From two links to a call in which each sees the other."""
    clock = asyncio.get_running_loop().time
    await officer.post(officer.path(links[OFFICER]))
    invitation = subject.path(links[SUBJECT])
    notice = re.search(r'name="notice" value="([^"]+)"', await subject.get(invitation))
    if notice is None:
        raise Refused("the invitation shows no notice to agree to")
    room = await subject.post(invitation, notice=notice[1], choice="face")
    found = re.search(r'check-in="([0-9a-z]+)"', room)
    if found is None:
        raise Refused("the choice did not lead to the room")
    name = found[1]
    await subject.join(name, "subject")
    await subject.hear("standing", state="waiting")
    await officer.join(name, "officer")
    admitted = clock()
    await officer.say({"type": "admit"})
    await subject.hear("standing", state="live")
    await asyncio.gather(subject.call(), officer.call())
    seen = await asyncio.gather(subject.first_frame, officer.first_frame)
    timings["admitted_to_first_frame"] = max(seen) - admitted
    return CheckInId(name)


async def _talk(officer: Caller, timings: dict[str, float]) -> str:
    """Until the machine has made up its mind and there is something to play; what it said, in words."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(LONGEST_CALL_S):
            await officer.hear_if(lambda told: told["type"] == "identity" and told["state"] != "open")
            timings["identity_settled"] = clock() - began
    except TimeoutError:
        pass  # an open identity is an outcome too
    await asyncio.sleep(SHORTEST_CALL_S - (clock() - began))
    last = [told for told in officer.heard if told["type"] == "identity"][-1]
    return f"{last['stills']} stills were compared, {last['usable']} of them usable: {last['state']}"


async def _as_on_file(server: Running, name: CheckInId, timings: Mapping[str, float]) -> Outcome:
    """Read back what was filed, through the same door as an officer."""
    rooms = server.rooms
    at = rooms.now()
    officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, at)
    row = await rooms.appointments.get(officer, name, at)
    entries = await rooms.ledger.entries(row.subject.id)
    ended = next(entry.body for entry in entries if isinstance(entry.body, CheckInEnded))
    return Outcome(
        check_in_state=row.appointment.check_in.state,
        identity_state=row.appointment.identity,
        verdicts=ended.verdicts,
        engine=None if ended.engine is None else ended.engine.name,
        recordings=[
            RecordingMade(str(rooms.files.path(made.file.name)), made.seconds, made.file.sha256)
            for made in ended.recordings
            if made.file is not None
        ],
        ledger_entries=len(entries),
        ledger_head=await rooms.ledger.head(row.subject.id),
        timings={what: round(seconds, 3) for what, seconds in timings.items()},
    )
