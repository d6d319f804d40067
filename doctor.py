"""What `fairwatch doctor` looks at: what is there, what is missing, and what to do about it."""

import platform
import shutil
import socket
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import make_url

from addresses import Interface, interfaces
from recognition.models import present
from server import media_addresses
from settings import Settings
from storage.database import Database

ENOUGH_DISK = 2 << 30  # bytes: some three hours of check-ins


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed`: without it the server does not serve."""

    ok: bool
    what: str
    advice: str = ""
    needed: bool = False


async def examine(settings: Settings) -> list[Finding]:
    """All findings, the most needed first. Nothing is changed; no address outside this machine is asked."""
    return [
        Finding(ok=True, what=f"Python {platform.python_version()}, aiortc {version('aiortc')}, PyAV {version('av')}"),
        _port("pages", settings.host, settings.port, socket.SOCK_STREAM),
        _port("media", settings.udp_bind, settings.udp_port, socket.SOCK_DGRAM),
        await _database(settings),
        _disk(settings),
        _faces(settings),
        _phones(settings),
        _media(media_addresses(settings), interfaces(), settings.udp_port),
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


async def _database(settings: Settings) -> Finding:
    try:
        if _is_to_be_made(settings.database_url):
            return Finding(ok=True, what="there is no database yet; the first start makes one")
        database = await Database.open(settings.database_url)
        await database.close()
    except Exception as error:  # whatever a driver raises: the advice is the same
        return Finding(ok=False, what=f"the database cannot be opened: {type(error).__name__}", needed=True)
    return Finding(ok=True, what="the database opens")


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
    if present(settings.models_folder):
        return Finding(ok=True, what=f"faces: YuNet and SFace in {settings.models_folder}")
    return Finding(
        ok=False,
        what="faces: the SFace model is not there; face_recognition (dlib) serves, and every record says so",
        advice="fairwatch models fetch   or   fairwatch models fetch --from FOLDER",
    )


def _phones(settings: Settings) -> Finding:
    origin = settings.origin_at(settings.port)
    if origin.startswith("https://") or settings.host in ("127.0.0.1", "localhost"):
        return Finding(ok=True, what=f"browsers reach us at {origin}")
    return Finding(
        ok=False,
        what=f"{origin} is plain HTTP: a phone's browser gives it no camera",
        advice="--tls-cert and --tls-key, or --tls-self-signed for a first try in the LAN",
    )


def _media(announced: tuple[str, ...], found: list[Interface], port: int) -> Finding:
    if not found:
        return Finding(
            ok=False,
            what="this machine has no network interface but loopback",
            advice="Chromium connects a call here only when started with --allow-loopback-in-peer-connection",
        )
    untold = ", ".join(f"{one.address} ({one.name})" for one in found if one.address not in announced)
    return Finding(
        ok=True,
        what=f"media is announced at {', '.join(announced)}, UDP port {port}",
        advice=f"not at {untold}; FAIRWATCH_UDP_ANNOUNCED decides otherwise" if untold else "",
    )
