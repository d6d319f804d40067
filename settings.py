"""What an operator may set, read once from FAIRWATCH_* variables; rooms are handed values of it, never the whole."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


TURN_URL = re.compile(r"turns?:([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?", re.ASCII)  # RFC 7065
TURN_SECRET = re.compile(r"[\w.~+/=-]{22,}", re.ASCII)  # 128 bits or more, and nothing that coturn's file would split
MOST_WORKERS = 64
BITRATE_CEILINGS = range(100, 20_001)  # kbit/s: a face is still a face; nothing that a browser sends takes more


class BadSetting(ValueError):
    """A FAIRWATCH_* variable that cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen value; every field has the default that `./run` uses."""

    data: Path = Path("data")
    """Folder of the embedded database, recordings, stills and portraits (0700)."""
    models: Path | None = None
    """Folder of the face models; None: `models` inside `data`."""
    database: str | None = None
    """SQLAlchemy URL; None: SQLite inside `data`."""
    host: str = "127.0.0.1"
    port: int = 8080
    public_origin: str | None = None
    """The address people type, e.g. https://jiaozheng.example; None: this machine's own addresses and its name."""
    udp_bind: str = "0.0.0.0"
    udp_port: int = 8081
    workers: int = 0
    """Media processes, each with a UDP port of its own from `udp_port` on; 0: media stays in the server's process."""
    bitrate_ceiling: int = 1_500_000
    """Bits a second that one person's video may take; the variable says kbit/s. Browsers are told, and held to it."""
    udp_announced: tuple[str, ...] = ()
    """Addresses browsers send their media to; empty: this machine's own, as far as its pages are served."""
    turn_urls: tuple[str, ...] = ()
    """Relays for browsers whose network blocks UDP, e.g. turn:turn.example:3478?transport=tcp; empty: there is none."""
    turn_secret: str | None = field(default=None, repr=False)
    """What coturn's static-auth-secret is; from a variable, or from the file that FAIRWATCH_TURN_SECRET_FILE names."""
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies before us, whose X-Forwarded-For is believed; empty: nobody's is.

    Name the proxies alone: everybody inside a network that is trusted may say to be anybody, and has no limits.
    """
    tls_cert: Path | None = None
    tls_key: Path | None = None
    engine: str = "sface"
    """Which face engine is preferred when its model file is there: sface or dlib."""
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings that `env` names; raises BadSetting."""
        default = cls()

        def text(name: str) -> str | None:
            return env.get(f"FAIRWATCH_{name}") or None

        def path(name: str) -> Path | None:
            value = text(name)
            return None if value is None else Path(value)

        def port(name: str, default: int) -> int:
            value = text(name)
            if value is None:
                return default
            if not value.isdecimal() or int(value) > 65535:
                raise BadSetting(f"FAIRWATCH_{name} is not a port: {value!r}")
            return int(value)

        workers = text("WORKERS") or str(default.workers)
        if not workers.isdecimal() or int(workers) > MOST_WORKERS:
            raise BadSetting(f"FAIRWATCH_WORKERS is a number up to {MOST_WORKERS}, not {workers!r}")
        if (text("TLS_CERT") is None) != (text("TLS_KEY") is None):
            raise BadSetting("FAIRWATCH_TLS_CERT and FAIRWATCH_TLS_KEY go together")
        turn_urls = _turn_urls(text("TURN_URLS") or "")
        turn_secret = _turn_secret(text("TURN_SECRET"), path("TURN_SECRET_FILE"))
        if bool(turn_urls) != (turn_secret is not None):
            raise BadSetting(
                "FAIRWATCH_TURN_URLS and FAIRWATCH_TURN_SECRET (or FAIRWATCH_TURN_SECRET_FILE) go together"
            )
        engine = text("ENGINE") or default.engine
        if engine not in ("sface", "dlib"):
            raise BadSetting(f"FAIRWATCH_ENGINE is sface or dlib, not {engine!r}")
        log_level = (text("LOG_LEVEL") or default.log_level).upper()
        if log_level not in logging.getLevelNamesMapping():
            raise BadSetting(f"FAIRWATCH_LOG_LEVEL is DEBUG, INFO, WARNING or ERROR, not {log_level!r}")
        return cls(
            data=path("DATA") or default.data,
            models=path("MODELS"),
            database=text("DATABASE"),
            host=text("HOST") or default.host,
            port=port("PORT", default.port),
            public_origin=text("PUBLIC_ORIGIN"),
            udp_bind=text("UDP_BIND") or default.udp_bind,
            udp_port=port("UDP_PORT", default.udp_port),
            workers=int(workers),
            bitrate_ceiling=_bitrate_ceiling(text("BITRATE_CEILING"), default.bitrate_ceiling),
            udp_announced=_addresses(text("UDP_ANNOUNCED") or ""),
            turn_urls=turn_urls,
            turn_secret=turn_secret,
            trusted_proxies=_networks(text("TRUSTED_PROXIES") or ""),
            tls_cert=path("TLS_CERT"),
            tls_key=path("TLS_KEY"),
            engine=engine,
            log_level=log_level,
        )

    @property
    def models_folder(self) -> Path:
        return self.models or self.data / "models"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{(self.data / 'fairwatch.db').absolute()}"

    @property
    def udp_ports(self) -> tuple[int, ...]:
        """One for each media process; 0 is any free one. BadSetting where there are not so many."""
        last = self.udp_port + max(1, self.workers) - 1
        if last > 65535:
            raise BadSetting(f"there are no UDP ports from {self.udp_port} to {last} for {self.workers} workers")
        return tuple(range(self.udp_port, last + 1)) if self.udp_port else (0,) * max(1, self.workers)

    @property
    def is_for_this_machine(self) -> bool:
        """Whether nobody but browsers on this machine comes: pages on loopback, and no other address for them."""
        return self.public_origin is None and (self.host == "localhost" or _is_loopback(self.host))

    def origin_at(self, port: int) -> str:
        """Scheme, host and port as people type them; `port` is the one that was really taken."""
        if self.public_origin is not None:
            return self.public_origin.rstrip("/")
        scheme = "https" if self.tls_cert is not None else "http"
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return f"{scheme}://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bitrate_ceiling(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or int(text) not in BITRATE_CEILINGS:
        lowest, highest = BITRATE_CEILINGS[0], BITRATE_CEILINGS[-1]
        raise BadSetting(f"FAIRWATCH_BITRATE_CEILING is kbit/s from {lowest} to {highest}, not {text!r}")
    return int(text) * 1000


def _addresses(text: str) -> tuple[str, ...]:
    """IP addresses between commas: browsers resolve no names in an answer."""
    try:
        return tuple(str(ip_address(part.strip())) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise BadSetting(f"FAIRWATCH_UDP_ANNOUNCED is IP addresses between commas: {error}") from None


def _networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks between commas."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise BadSetting(f"FAIRWATCH_TRUSTED_PROXIES is addresses or networks between commas: {error}") from None


def _turn_urls(text: str) -> tuple[str, ...]:
    """Relays between commas."""
    urls = tuple(part.strip() for part in text.split(",")) if text else ()
    for url in urls:
        if TURN_URL.fullmatch(url) is None:
            raise BadSetting(f"FAIRWATCH_TURN_URLS is turn: or turns: addresses between commas, not {url!r}")
    return urls


def _turn_secret(said: str | None, file: Path | None) -> str | None:
    """No message says what stands there."""
    if said is not None and file is not None:
        raise BadSetting("FAIRWATCH_TURN_SECRET and FAIRWATCH_TURN_SECRET_FILE are two ways to say one thing")
    if file is not None:
        try:
            said = file.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not plain text"
            raise BadSetting(f"FAIRWATCH_TURN_SECRET_FILE cannot be read: {reason}") from None
    if said is not None and TURN_SECRET.fullmatch(said) is None:
        raise BadSetting("FAIRWATCH_TURN_SECRET is 22 or more letters, digits or . _ ~ + / = - (openssl rand -hex 32)")
    return said
