"""What `fairwatch doctor` looks at: what is there, what is missing, and what to do about it."""

import asyncio
import platform
import re
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import make_url

import coturn
from accounts.audit import Audit
from addresses import Interface, interfaces
from cases.ledger import Ledger
from checkins.at_odds import at_odds_in, faces_at_odds_in
from recognition.models import MESH, present
from server import media_addresses
from settings import Settings
from storage.database import Database
from storage.migrations import newest_step, step_of

ENOUGH_DISK = 2 << 30  # bytes: some three hours of check-ins
LONGEST_CHECK_S = 60  # of the audit log, and again of the ledgers; `doctor --whole-record` takes all the time it needs
LIKE_AN_ID = re.compile(r"[0-9a-z_]{1,40}", re.ASCII)
MOST_NAMED = 10  # of what is broken: enough to begin with


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed`: as long as it is not so, nobody should serve."""

    ok: bool
    what: str
    advice: str = ""
    needed: bool = False


async def examine(settings: Settings, longest_check_s: float | None = LONGEST_CHECK_S) -> list[Finding]:
    """All findings, the most needed first. Nothing is changed; no address outside this machine is asked.

    What takes longer to check than `longest_check_s` is left, and said to be; None checks all of the record.
    """
    return [
        Finding(ok=True, what=f"Python {platform.python_version()}, aiortc {version('aiortc')}, PyAV {version('av')}"),
        _port("pages", settings.host, settings.port, socket.SOCK_STREAM),
        *(_port("media", settings.udp_bind, port, socket.SOCK_DGRAM) for port in settings.udp_ports),
        *await _database(settings, longest_check_s),
        _disk(settings),
        _faces(settings),
        _phones(settings),
        _media(media_addresses(settings), interfaces(), settings.udp_ports, settings.bitrate_ceiling),
        *_relay(settings, await asyncio.to_thread(coturn.installed)),
    ]


def _port(what: str, host: str, port: int, kind: socket.SocketKind) -> Finding:
    name = f"{'TCP' if kind is socket.SOCK_STREAM else 'UDP'} port {port} for {what}"
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(
                ok=False,
                what=f"{name}: {error.strerror}",
                advice="A server may be running already; FAIRWATCH_PORT and FAIRWATCH_UDP_PORT choose others.",
                needed=True,
            )
    return Finding(ok=True, what=f"{name} is free")


async def _database(settings: Settings, longest_check_s: float | None) -> list[Finding]:
    cannot = "the database cannot be opened"
    try:
        if _is_to_be_made(settings.database_url):
            return [Finding(ok=True, what="there is no database yet; the first start makes one")]
        database = await Database.look(settings.database_url)
        try:
            async with database.reading() as session:
                step = await (await session.connection()).run_sync(step_of)
            cannot = "the record cannot be checked"
            checked = await _record(database, longest_check_s) if step == newest_step() else [_not_of_ours(step)]
        finally:
            await database.close()
    except Exception as error:  # whatever a driver raises, or somebody put there: what to do about it is the same
        return [Finding(ok=False, what=f"{cannot}: {type(error).__name__}", needed=True)]
    return [Finding(ok=True, what="the database opens"), *checked]


def _not_of_ours(step: str | None) -> Finding:
    if step is None:
        return Finding(ok=True, what="the database has no tables yet; the first start makes them")
    return Finding(
        ok=False,
        what=f"the record was not checked: the database's tables are those of step {_named(step)}",
        advice="fairwatch migrate, or the newer Fairwatch that made them",
    )


async def _record(database: Database, longest_check_s: float | None) -> list[Finding]:
    return [await _audit(Audit(database), longest_check_s), *await _ledgers(database, longest_check_s)]


async def _audit(audit: Audit, longest_check_s: float | None) -> Finding:
    try:
        async with asyncio.timeout(longest_check_s):
            broken = await audit.verify()
    except TimeoutError:
        return _unfinished("the audit log is longer than could be checked", longest_check_s)
    if broken is None:
        return Finding(ok=True, what="audit log: whole")
    return _altered(f"audit log: entry {broken} does not follow from those before it")


async def _ledgers(database: Database, longest_check_s: float | None) -> list[Finding]:
    """The ledgers, and what the check-ins' own table says beside them. Names ids only."""
    ledger, checked, found = Ledger(database), 0, list[str]()
    subjects = await ledger.subjects()
    try:
        async with asyncio.timeout(longest_check_s):
            for subject in subjects:
                broken = await ledger.verify(subject)
                if broken is not None:
                    found.append(f"ledger of {_named(subject)}: entry {broken} does not follow from those before it")
                async with database.reading() as session:
                    odd = await at_odds_in(session, subject)
                    faces = await faces_at_odds_in(session, subject)
                found += [
                    f"ledger of {_named(subject)}: check-in {_named(one)} is not as it is on file"
                    for one in sorted(odd)
                ]
                found += [
                    f"ledger of {_named(subject)}: reference face {_named(one)} is not as it is on file"
                    for one in sorted(faces)
                ]
                checked += 1
    except TimeoutError:
        findings = [_unfinished(f"ledgers: {checked} of {len(subjects)} checked", longest_check_s)]
    else:
        findings = [Finding(ok=True, what=f"ledgers: {checked} checked{'' if found else ', all whole'}")]
    if len(found) > MOST_NAMED:
        found[MOST_NAMED:] = [f"ledgers: and {len(found) - MOST_NAMED} more"]
    return findings + [_altered(what) for what in found]


def _named(found: str) -> str:
    """An id that stands in the record; what looks like none was put there by somebody, and may say anything."""
    return found if LIKE_AN_ID.fullmatch(found) else "(what is no id)"


def _altered(what: str) -> Finding:
    return Finding(
        ok=False,
        what=what,
        advice="The record was altered. Keep the database as it is, and find out how before anybody goes on.",
        needed=True,
    )


def _unfinished(what: str, longest_check_s: float | None) -> Finding:
    takes_its_time = "fairwatch doctor --whole-record takes the time it needs"
    return Finding(ok=False, what=f"{what} in {longest_check_s} s", advice=takes_its_time)


def _is_to_be_made(url: str) -> bool:
    """Whether it is a file that is not there yet: opening it would make it, and looking changes nothing."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists()


def _disk(settings: Settings) -> Finding:
    data = settings.data.absolute()
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Finding(
        ok=free >= ENOUGH_DISK,
        what=f"{free / 2**30:.1f} GiB free for recordings",
        advice=""
        if free >= ENOUGH_DISK
        else "An hour of one check-in takes about 0.6 GiB; make room before the day begins.",
    )


def _faces(settings: Settings) -> Finding:
    advice = "fairwatch models fetch   or   fairwatch models fetch --from FOLDER"
    if not present(settings.models_folder):
        dlib = "faces: the SFace model is not there; face_recognition (dlib) serves, and every record says so"
        return Finding(ok=False, what=dlib, advice=advice)
    if not MESH.intact(settings.models_folder):
        return Finding(
            ok=False, what="faces: no face mesh; a covered face is harder to tell from a bare one", advice=advice
        )
    return Finding(ok=True, what=f"faces: YuNet, SFace and the face mesh in {settings.models_folder}")


def _phones(settings: Settings) -> Finding:
    origin = settings.origin_at(settings.port)
    if origin.startswith("https://") or settings.host in ("127.0.0.1", "localhost"):
        return Finding(ok=True, what=f"browsers reach us at {origin}")
    return Finding(
        ok=False,
        what=f"{origin} is plain HTTP: a phone's browser gives it no camera",
        advice="--tls-cert and --tls-key, or --tls-self-signed for a first try in the LAN",
    )


def _media(announced: tuple[str, ...], found: list[Interface], ports: Sequence[int], ceiling: int) -> Finding:
    if not found:
        return Finding(
            ok=False,
            what="this machine has no network interface but loopback",
            advice="Chromium connects a call here only when started with --allow-loopback-in-peer-connection",
        )
    untold = ", ".join(f"{one.address} ({one.name})" for one in found if one.address not in announced)
    port = f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"
    return Finding(
        ok=True,
        what=f"media is announced at {', '.join(announced)}, UDP {port}; video takes up to {ceiling // 1000} kbit/s",
        advice=f"not at {untold}; FAIRWATCH_UDP_ANNOUNCED decides otherwise" if untold else "",
    )


def _relay(settings: Settings, installed: coturn.Version | None) -> list[Finding]:
    """What browsers are told; and which coturn is on this machine, which need not be the one that they are told of."""
    if not settings.turn_urls:
        without = "no relay: whose network blocks UDP cannot join a call"
        return [Finding(ok=True, what=without, advice="FAIRWATCH_TURN_URLS and fairwatch turn config, with coturn")]
    try:
        to = ", ".join(map(str, coturn.peers(settings.udp_announced)))
    except coturn.NoPeer:
        says = "a relay is told, but FAIRWATCH_UDP_ANNOUNCED names no address that it could lead to"
        return [Finding(ok=False, what=says, advice="set it to the address that the relay reaches us at")]
    told = Finding(ok=True, what=f"browsers are told the relay {', '.join(settings.turn_urls)}, which leads to {to}")
    if installed is None or installed >= coturn.SEES_MAPPED:
        return [told]
    number = ".".join(map(str, installed))
    old = f"coturn {number} is here: before 4.9.0 it takes ::ffff:127.0.0.1 for a public address (CVE-2026-27624)"
    return [
        told,
        Finding(ok=False, what=old, advice="run it with what fairwatch turn config prints: that denies these"),
    ]
