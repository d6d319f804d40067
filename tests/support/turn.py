"""A real coturn in a network of its own, and a client that asks it for whatever a hostile one would."""

import hashlib
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from unittest.mock import patch

from aioice import stun

from signaling.messages import Relay
from tests.support.networks import Network, why_no_networks

LONGEST_START_S = 60.0
LONGEST_ANSWER_S = 30.0
RESEND_S = 0.5  # RFC 8489 §6.2.1

UDP = 17 << 24  # REQUESTED-TRANSPORT
IPV4, IPV6 = 1 << 24, 2 << 24  # REQUESTED-ADDRESS-FAMILY, which aioice does not know
FAMILY = (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned)
FIRST_CHANNEL = 0x4000
DONE = 0

SCHEMA = Path("/usr/share/coturn/schema.sql")  # Debian's


def why_no_coturn() -> str | None:
    """What stands in the way of running coturn in a network of its own; None if nothing does."""
    if shutil.which("turnserver") is None:
        return "coturn is not installed (Debian: apt-get install coturn)"
    if not SCHEMA.exists():
        return f"coturn is not Debian's: {SCHEMA} is missing"
    return why_no_networks()


@contextmanager
def coturn(network: Network, address: str, configuration: str, folder: Path) -> Iterator[Path]:
    """coturn with this configuration, on port 3478 of `address`; yields its log."""
    file, log = folder / "turnserver.conf", folder / "turnserver.log"
    file.write_text(configuration, encoding="ascii")
    _make_tables(folder / "turndb")
    own = (f"--userdb={folder / 'turndb'}", f"--pidfile={folder / 'turnserver.pid'}", "--log-file=stdout")
    with log.open("wb") as written:
        command = network.within("turnserver", "-c", file, *own)
        running = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        try:
            _await_door(network, address, running)
            yield log
        finally:
            running.kill()  # asked to, it takes seconds
            running.wait()


def _make_tables(database: Path) -> None:
    """As the package does. While coturn makes them itself it finds its own database locked, and refuses good passes."""
    with closing(sqlite3.connect(database)) as made:
        made.execute("PRAGMA synchronous = OFF")
        made.executescript(SCHEMA.read_text(encoding="utf-8"))


def _await_door(network: Network, address: str, running: subprocess.Popen[bytes]) -> None:
    """Until it answers a Binding request; TCP is there earlier."""
    until = time.monotonic() + LONGEST_START_S
    with network.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
        knocking.settimeout(RESEND_S)
        knocking.connect((address, 3478))
        while True:
            assert running.poll() is None, "coturn did not start"
            assert time.monotonic() < until, "coturn did not listen"
            try:
                knocking.send(bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)))
                knocking.recv(2048)
            except ConnectionRefusedError:
                time.sleep(0.05)
            except TimeoutError:
                pass
            else:
                return


class Client:
    """One allocation. Each verb says the error code of the answer, DONE for none."""

    def __init__(self, network: Network, server: str, relay: Relay) -> None:
        self._relay = relay
        self._realm, self._nonce = "", b""
        self._channels = count(FIRST_CHANNEL)
        with network.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(RESEND_S)
        self._socket.connect((server, 3478))

    def close(self) -> None:
        self._socket.close()

    def allocate(self, family: int = IPV4) -> int:
        return self._ask(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": UDP, "REQUESTED-ADDRESS-FAMILY": family})

    def refresh(self) -> int:
        return self._ask(stun.Method.REFRESH, {"LIFETIME": 600})

    def permit(self, peer: str) -> int:
        return self._ask(stun.Method.CREATE_PERMISSION, {"XOR-PEER-ADDRESS": (peer, 9)})

    def bind(self, peer: str) -> int:
        return self._ask(
            stun.Method.CHANNEL_BIND, {"CHANNEL-NUMBER": next(self._channels), "XOR-PEER-ADDRESS": (peer, 9)}
        )

    def _ask(self, method: stun.Method, attributes: dict[str, object]) -> int:
        """As RFC 8489 §9.2: the first answer to somebody new, or with an old nonce, says what to sign with."""
        answer = self._answer_to(method, attributes)
        while answer.error_code in (401, 438) and self._nonce != answer.attributes["NONCE"]:
            self._realm, self._nonce = answer.attributes["REALM"], answer.attributes["NONCE"]
            answer = self._answer_to(method, attributes)
        return answer.error_code or DONE

    def _answer_to(self, method: stun.Method, attributes: dict[str, object]) -> stun.Message:
        request = stun.Message(method, stun.Class.REQUEST, attributes=dict(attributes))
        if self._nonce:
            name, password = self._relay.username, self._relay.password
            request.attributes |= {"USERNAME": name, "REALM": self._realm, "NONCE": self._nonce}
            key = hashlib.md5(f"{name}:{self._realm}:{password}".encode()).digest()
            with patch.dict(stun.ATTRIBUTES_BY_NAME, {FAMILY[1]: FAMILY}):
                request.add_message_integrity(key)
        with patch.dict(stun.ATTRIBUTES_BY_NAME, {FAMILY[1]: FAMILY}):
            data = bytes(request)
        until = time.monotonic() + LONGEST_ANSWER_S
        while time.monotonic() < until:
            self._socket.send(data)
            with suppress(TimeoutError):
                answer = stun.parse_message(self._socket.recv(2048))
                if answer.transaction_id == request.transaction_id:
                    return answer
        raise AssertionError("coturn does not answer")
