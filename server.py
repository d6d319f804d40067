"""The server: builds each part once, hands it its neighbours, runs, and stops in reverse order."""

import asyncio
import logging
import resource
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from accounts.audit import Audit
from accounts.organisation import Organisation
from accounts.passwords import Passwords
from accounts.people import People
from accounts.sign_in import SignIn
from accounts.subjects import Subjects
from addresses import LOOPBACK, interfaces, lan_address, reached_by_others
from cases.ledger import Ledger
from checkins.appointments import Appointments
from checkins.enrolment import Enrolments
from checkins.live import LiveCheckIns
from checkins.policy import Policy, read_policy
from checkins.progress import Progress
from checkins.surroundings import Surroundings
from courses.lessons import Lessons
from courses.live import LiveLessons
from courses.policy import read_lesson_policy
from courses.progress import LessonProgress
from courses.surroundings import LessonSurroundings
from devices.live import LiveDevices
from devices.policy import DevicePolicy, read_device_policy
from devices.register import Register
from media.contract import Media
from media.crew import Crew
from media.plane import MediaPlane
from media.viewing_copies import ViewingCopies
from recognition.verifier import FaceVerifier
from settings import BadSetting, Settings
from signaling.browser import Clocks
from signaling.lesson_conversation import LessonSignaling
from signaling.relays import Relays
from signaling.socket import Signaling
from signaling.whep import Whep
from signaling.whip import Whip
from storage.database import Database
from storage.files import FileStore
from web.app import make_app
from web.connections import Connections, Limits
from web.neighbours import Neighbours
from web.proxies import Proxies, client_address
from web.security import own_origin
from web.sessions import actor_later, actor_of, learner_of, session_of

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 5.0  # how late people hear that a window has closed or a check-in was called off
LONGEST_FAREWELL_S = 3.0  # for answers that are under way when we stop


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: where browsers find it, and the rooms behind its pages."""

    origin: str
    rooms: Neighbours


def wall_clock() -> datetime:
    """The one wall clock; everything else is given a time."""
    return datetime.now(UTC)  # noqa: TID251 (this is the place)


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    now: Callable[[], datetime] = wall_clock,
    policy: Policy | None = None,
    device_policy: DevicePolicy | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Running]:
    """The whole server, from an open database to an open door.

    Port 0 takes any free one; OSError if a port is taken, NoMedia if a media process does not start, BadSetting for a
    certificate that cannot be used.
    """
    loop = asyncio.get_running_loop()
    clock = loop.time
    policy = policy or read_policy()
    device_policy = device_policy or read_device_policy()
    lesson_policy = read_lesson_policy()
    limits = limits or Limits()
    async with AsyncExitStack() as parts:
        tls = _tls(settings)
        door = _listening(settings)  # the ports first: one that is taken is said before anything has begun
        parts.callback(door.close)
        plane = await _media(settings, clock)
        parts.push_async_callback(plane.close)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = await Database.open(settings.database_url)
        parts.push_async_callback(database.close)
        await database.migrate()
        passwords = Passwords()
        parts.callback(passwords.close)
        files = FileStore(settings.data / "files")
        copies = await parts.enter_async_context(ViewingCopies(settings.data / "viewing-copies", now))
        verifier = await FaceVerifier.start(settings.models_folder, clock, prefer=settings.engine)
        parts.push_async_callback(verifier.close)
        devices = await parts.enter_async_context(LiveDevices(database, plane, files, device_policy, now, clock))
        rooms = Neighbours(
            database=database,
            sign_in=SignIn(database, passwords),
            organisation=Organisation(database),
            people=People(database, passwords),
            subjects=Subjects(database),
            audit=Audit(database),
            appointments=Appointments(database, policy),
            lessons=Lessons(database, lesson_policy),
            enrolments=Enrolments(database, verifier, files),
            verifier=verifier,
            ledger=Ledger(database),
            files=files,
            copies=copies,
            policy=policy,
            devices=Register(database),
            live_devices=devices,
            device_policy=device_policy,
            now=now,
        )
        near = Surroundings(database, Progress(database), plane, verifier, files, policy, now, clock)
        check_ins = await parts.enter_async_context(LiveCheckIns(near))
        near_lessons = LessonSurroundings(database, LessonProgress(database), plane, files, lesson_policy, now, clock)
        lessons = await parts.enter_async_context(LiveLessons(near_lessons))
        tasks = await parts.enter_async_context(asyncio.TaskGroup())
        relays = None if settings.turn_secret is None else Relays(settings.turn_urls, settings.turn_secret)
        clocks = Clocks(now, clock)
        teaching = LessonSignaling(
            lessons, staff=actor_of, learner=learner_of, origin=own_origin, clocks=clocks, relays=relays
        )
        signaling = Signaling(
            check_ins,
            staff=actor_of,
            subject=session_of,
            origin=own_origin,
            clocks=clocks,
            relays=relays,
        )
        whip = Whip(rooms.devices, devices, now=now, address=client_address, relays=relays)
        whep = Whep(
            rooms.devices, devices, rooms.audit, staff=actor_of, staff_later=actor_later, now=now, relays=relays
        )
        sweeping = tasks.create_task(
            _sweep(
                lambda: rooms.appointments.sweep(now()),
                check_ins.catch_up,
                lessons.catch_up,
                devices.catch_up,
                whep.look_again,
            )
        )
        parts.callback(sweeping.cancel)
        names = frozenset({settings.host.lower(), socket.gethostname().lower()})
        proxies = Proxies(settings.trusted_proxies)
        app = make_app(
            rooms,
            signal=signaling.signal,
            edge=whep.routes(),
            cookieless=whip.routes(),
            signal_lesson=teaching.signal,
            public_origin=settings.public_origin,
            own_names=names,
            proxies=proxies,
        )
        runner = web.AppRunner(app, shutdown_timeout=LONGEST_FAREWELL_S)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        assert runner.server is not None  # since setup()
        connections = Connections(runner.server, limits, exempt=proxies)
        handshake_s = None if tls is None else limits.request_s
        listening = await loop.create_server(connections, sock=door, ssl=tls, ssl_handshake_timeout=handshake_s)
        parts.callback(listening.close)
        parts.push_async_callback(signaling.close)
        parts.callback(whip.close)
        parts.push_async_callback(teaching.close)
        port = door.getsockname()[1]
        yield Running(settings.origin_at(port), rooms)


async def serving(settings: Settings, greet: Callable[[Running], Awaitable[None]]) -> None:
    """Run until SIGINT or SIGTERM, then stop in good order."""
    allow_all_files()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings) as server:
        await greet(server)
        await stopping.wait()


def allow_all_files() -> None:
    """As many open files as the system lets us have: of the usual 1024, idle connections alone could leave a recording
    none.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _sweep(*works: Callable[[], Awaitable[object]]) -> None:
    """What has to be done every few seconds without anybody asking; what stops one must not stop the others."""
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        for work in works:
            try:
                await work()
            except Exception:
                log.exception("sweeping failed; the next try is in %d s", SWEEP_EVERY_S)


def _listening(settings: Settings) -> socket.socket:
    """The pages' TCP port, bound; OSError if it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family)


def media_addresses(settings: Settings) -> tuple[str, ...]:
    """Where browsers are told to send their media: no further than the pages are served, unless it is set.

    Chromium reaches loopback from a page on loopback, as long as this machine has any other interface.
    """
    if settings.udp_announced:
        return settings.udp_announced
    if settings.is_for_this_machine:
        return (LOOPBACK,)
    return (LOOPBACK, *reached_by_others(interfaces(), lan_address()))


async def _media(settings: Settings, clock: Callable[[], float]) -> Media:
    """In this process, or in as many as are set."""
    announced, ceiling = media_addresses(settings), settings.bitrate_ceiling
    if settings.workers:
        return await Crew.start(settings.udp_bind, settings.udp_ports, announced, clock, bitrate_ceiling=ceiling)
    return await MediaPlane.open(settings.udp_bind, settings.udp_port, announced, clock, ceiling)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise BadSetting(f"the TLS certificate and its key cannot be used: {error.strerror or error}") from None
    return context
