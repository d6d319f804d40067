"""ICE, DTLS and SRTP of one browser: the only file that touches aiortc and aioice, and every private name of theirs.

Pinned to aiortc 1.16 and aioice 0.13; tests/media/test_aiortc_seam.py asserts each name and makes a call.

aioice
- `Connection.get_component_candidates` (overridden, public): where sockets would be opened; ours is the one UDP port.
- `Connection._protocols`: what that method must fill; one protocol, whose transport writes to the port.
- `Connection.check_complete` (overridden, public) and `Connection._nominated`: the browser's address, and its changes.
- `Connection._check_list`, `._remote_candidates`: the addresses it has heard of; what our guard forgets goes there too.
- `Connection._queue`: the datagrams that wait for DTLS; we only ask how many.
- `Connection.query_consent` (overridden, public), `._query_consent_task`: who consents to the connection, and its loop.
- `Connection.get_event` (overridden, public): aiortc asks it until it hears of the end.
- `Connection.request_received`, `Transaction.response_received` (public): STUN that our guard has let through.
aiortc
- `RTCIceGatherer._connection`: replaced by our connection before anything uses it.
- `RTCDtlsTransport._set_role`: the answer says passive, so we are the DTLS server.
- `RTCDtlsTransport._rx_srtp`, `._tx_srtp`: the SRTP sessions, used in the datagram callback instead of its queues.
- `RTCDtlsTransport._task`: its loop, awaited at the end so that nothing is left running.
"""

import asyncio
import logging
import random
import secrets
import struct
from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

import aioice
import pylibsrtp
from aioice import stun
from aioice.ice import (
    CONSENT_FAILURES,
    CONSENT_INTERVAL,
    CandidatePair,
    ConnectionClosed,
    ConnectionEvent,
    StunProtocol,
)
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)
from aiortc.exceptions import InvalidStateError

from media.allowance import Allowance
from media.dtls import may_be_heard
from media.guard import LONGEST_DATAGRAM, Address, Counters, Discard, is_message
from media.udp_port import UdpPort

CHECKS_PER_S = 50.0  # Binding requests of one browser; Chromium sends one every 50 ms while it connects
LONGEST_QUEUE = 64  # datagrams that wait for DTLS; a handshake has about ten

Certificate: TypeAlias = RTCCertificate

# Their lines at INFO name addresses.
for _library in ("aioice", "aiortc"):
    logging.getLogger(_library).setLevel(logging.WARNING)


class LinkLost(Exception):
    """The connection to the browser cannot be made, or is gone."""


def new_certificate() -> Certificate:
    return RTCCertificate.generateCertificate()


def fingerprints(certificate: Certificate) -> list[tuple[str, str]]:
    """Algorithm and value, for the answer; SHA-256 is what all browsers know."""
    return [
        (fingerprint.algorithm, fingerprint.value)
        for fingerprint in certificate.getFingerprints()
        if fingerprint.algorithm == "sha-256"
    ]


class _Outlet(asyncio.DatagramTransport):
    """What aioice takes for a socket's transport: the one port."""

    def __init__(self, port: UdpPort) -> None:
        super().__init__()
        self._port = port
        self.protocol: StunProtocol | None = None

    def sendto(self, data: bytes | bytearray | memoryview, addr: object = None) -> None:
        self._port.send(bytes(data), cast(Address, addr))

    def close(self) -> None:
        # The port stays open; aioice waits only for the news.
        if self.protocol is not None:
            self.protocol.connection_lost(None)


class _Connection(aioice.Connection):
    """An ICE connection without sockets and without the browser's candidates: its checks prove its address."""

    def __init__(
        self,
        port: UdpPort,
        fragment: str,
        password: str,
        on_answer: Callable[[Address], None],
        is_heard: Callable[[], bool],
    ) -> None:
        """`on_answer` hears of each address that has answered a check of ours; `is_heard`: Link."""
        # The browser offers, so it is controlling (RFC 8445 §6.1.1).
        super().__init__(ice_controlling=False, local_username=fragment, local_password=password)
        self.address: Address | None = None
        self._on_answer = on_answer
        self._is_heard = is_heard
        outlet = _Outlet(port)
        self.protocol = outlet.protocol = StunProtocol(self)
        self.protocol.connection_made(outlet)
        self.protocol.local_candidate = aioice.Candidate(
            foundation="1", component=1, transport="udp", priority=1, host="0.0.0.0", port=port.number, type="host"
        )

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 (aioice's signature)
    ) -> list[aioice.Candidate]:
        self._protocols.append(self.protocol)
        return [self.protocol.local_candidate]

    def check_complete(self, pair: CandidatePair) -> None:
        super().check_complete(pair)
        if pair.state is CandidatePair.State.SUCCEEDED:
            self._on_answer(pair.remote_addr)
        nominated = self._nominated.get(1)
        if nominated is not None:
            self.address = nominated.remote_addr

    async def query_consent(self) -> None:
        """Close the connection when its other end has not consented to it for half a minute (RFC 7675).

        Consent is to what we send. Where that is reports alone, authentic media says as much as an answer: FFmpeg
        answers no checks once it streams.
        """
        failures = 0
        while failures < CONSENT_FAILURES:
            await asyncio.sleep(CONSENT_INTERVAL * (0.8 + 0.4 * random.random()))
            failures = 0 if self._is_heard() or await self._consents() else failures + 1
        self._query_consent_task = None  # close() would cancel us
        await self.close()

    async def _consents(self) -> bool:
        assert self.remote_password is not None  # since connect()
        for pair in list(self._nominated.values()):
            try:
                await pair.protocol.request(
                    self.build_request(pair, nominate=False),
                    pair.remote_addr,
                    integrity_key=self.remote_password.encode(),
                    retransmissions=0,
                )
            except stun.TransactionError:
                return False
        return True

    async def get_event(self) -> ConnectionEvent:
        """The connection's end, also when it was closed before anybody asked.

        aioice says None then, and aiortc would ask again at once and forever: the whole server would stand still.
        """
        return await super().get_event() or ConnectionClosed()

    def forget(self, address: Address) -> None:
        """Check it no more; what we send goes to the nominated one as before."""
        if address == self.address:
            return
        for pair in [pair for pair in self._check_list if pair.remote_addr == address]:
            if pair.task is not None:
                pair.task.cancel()
            self._check_list.remove(pair)
            self._remote_candidates.remove(pair.remote_candidate)


class Link:
    """One browser on the one UDP port. Media is handed to `on_media` synchronously, as it came: still protected.

    `on_media` says whether it has proved to be the browser's. `is_heard` says of one to which we send reports only
    whether such has come lately; of any other it is False.
    """

    def __init__(
        self,
        port: UdpPort,
        certificate: Certificate,
        counters: Counters,
        on_media: Callable[[bytes, float], bool],
        is_heard: Callable[[], bool] = lambda: False,
    ) -> None:
        self.fragment = secrets.token_hex(8)
        self.password = secrets.token_hex(16)
        self.hear_media = on_media
        self._port = port
        self._counters = counters
        self._checks = Allowance(CHECKS_PER_S)
        self._checks_from_elsewhere = Allowance(CHECKS_PER_S)
        self._connection = _Connection(
            port, self.fragment, self.password, lambda address: port.prove(self, address), is_heard
        )
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._gatherer._connection = self._connection
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._dtls._set_role("server")
        self._gone = asyncio.Event()
        self._dtls.on("statechange", self._on_dtls_state)
        port.attach(self.fragment, self)

    @property
    def address(self) -> Address | None:
        """Where to send: the pair that the browser has nominated last."""
        return self._connection.address

    async def connect(self, fragment: str, password: str, remote_fingerprints: Iterable[tuple[str, str]]) -> "Srtp":
        """Wait for the browser's checks and its handshake; the keys, or LinkLost. There is no limit of time in it."""
        await self._gatherer.gather()
        try:
            await self._ice.start(RTCIceParameters(usernameFragment=fragment, password=password))
        except InvalidStateError as error:
            raise LinkLost("closed before it began") from error
        if self._ice.state != "completed":
            raise LinkLost("no connectivity")
        await self._dtls.start(
            RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(*fingerprint) for fingerprint in remote_fingerprints])
        )
        if self._dtls.state != "connected":
            raise LinkLost("no handshake")
        return Srtp(self._dtls)

    async def gone(self) -> None:
        """Until the browser has closed the connection, or has not consented to it for 30 s."""
        await self._gone.wait()

    async def close(self) -> None:
        """Say goodbye and leave the port; may be called again."""
        self._port.detach(self.fragment, self)
        loop = self._dtls._task
        await self._dtls.stop()
        if loop is not None:
            await asyncio.gather(loop, return_exceptions=True)
        await self._ice.stop()
        self._gone.set()

    # what the port hears

    def hear_stun(self, datagram: bytes, address: Address, heard_at: float) -> None:
        if not is_message(datagram):
            self._counters[Discard.MALFORMED] += 1
            return
        try:
            message = stun.parse_message(datagram)
        except (ValueError, struct.error):
            self._counters[Discard.MALFORMED] += 1
            return
        if message.message_class == stun.Class.RESPONSE:
            transaction = self._connection.protocol.transactions.get(message.transaction_id)
            if transaction is not None:
                transaction.response_received(message, address)
        elif not message.check_message_integrity(self.password.encode()):
            # Before the allowance, which is the browser's: our fragment travels in the clear, and whoever has seen it
            # could use all of it up. It costs less than reading the message did.
            self._counters[Discard.FORGED] += 1
        elif not self._allowance(address, heard_at).take(heard_at):
            self._counters[Discard.FLOOD] += 1
        elif "PRIORITY" not in message.attributes or "ICE-CONTROLLED" in message.attributes:
            # aioice reads the first unchecked; the second is not a browser's role.
            self._counters[Discard.MALFORMED] += 1
        elif not self._port.trust(self, address, heard_at):
            self._counters[Discard.FLOOD] += 1
        else:
            self._connection.request_received(message, address, self._connection.protocol)

    def hear_dtls(self, datagram: bytes) -> None:
        if len(datagram) > LONGEST_DATAGRAM or not may_be_heard(datagram):
            self._counters[Discard.MALFORMED] += 1
        elif self._connection._queue.qsize() >= LONGEST_QUEUE:
            self._counters[Discard.QUEUE_FULL] += 1
        else:
            self._connection.data_received(datagram, 1)

    def forget(self, address: Address) -> None:
        self._connection.forget(address)

    def _allowance(self, address: Address, at: float) -> Allowance:
        """Checks that somebody has seen and sends again from elsewhere must not use up what the browser has."""
        return self._checks if self._port.proven(self, address, at) else self._checks_from_elsewhere

    def _on_dtls_state(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self._gone.set()


class Srtp:
    """The keys of one connection. The methods raise SrtpError, and ValueError for what is too long."""

    def __init__(self, dtls: RTCDtlsTransport) -> None:
        self.protect: Callable[[bytes], bytes] = dtls._tx_srtp.protect
        self.protect_control: Callable[[bytes], bytes] = dtls._tx_srtp.protect_rtcp
        self.unprotect: Callable[[bytes], bytes] = dtls._rx_srtp.unprotect
        self.unprotect_control: Callable[[bytes], bytes] = dtls._rx_srtp.unprotect_rtcp


SrtpError = pylibsrtp.Error


def reason_of(error: Exception) -> Discard:
    """Which count an SRTP error belongs to."""
    text = str(error)
    if text.startswith("replay"):
        return Discard.REPLAYED
    return Discard.FORGED if text == "authentication failure" else Discard.MALFORMED
