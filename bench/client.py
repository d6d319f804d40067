"""One end of a WebRTC connection that costs little: encoded packets go out, and what comes in is opened and no more.

It stands for a browser before every server of a bench. The same private names of aiortc and aioice as in
media/aiortc_seam.py are used here, for the other side.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import aioice
from aioice.ice import StunProtocol
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)

from bench.description import Description, End

HOST_PRIORITY = 2130706431  # RFC 8445 §5.1.2.1

Heard = Callable[[bytes], None]


class _Socket(StunProtocol):
    """aioice's own, except that media is handed over before it is taken for STUN."""

    def __init__(self, connection: aioice.Connection, heard: Heard) -> None:
        super().__init__(connection)
        self._heard = heard

    def datagram_received(self, data: bytes | str, addr: tuple[object, ...]) -> None:
        assert isinstance(data, bytes)
        if 127 < data[0] < 192:
            self._heard(data)
        else:
            super().datagram_received(data, addr)


class _Connection(aioice.Connection):
    """On one address of this machine only, the loopback's if need be."""

    def __init__(self, host: str, heard: Heard, *, controlling: bool) -> None:
        super().__init__(ice_controlling=controlling)
        self._host = host
        self._heard = heard

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 (aioice's signature)
    ) -> list[aioice.Candidate]:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(
            lambda: _Socket(self, self._heard), local_addr=(self._host, 0)
        )
        port = transport.get_extra_info("sockname")[1]
        protocol.local_candidate = aioice.Candidate(
            foundation="1",
            component=component,
            transport="udp",
            priority=HOST_PRIORITY,
            host=self._host,
            port=port,
            type="host",
        )
        self._protocols.append(protocol)
        return [protocol.local_candidate]


@dataclass(frozen=True, slots=True)
class Keys:
    """SRTP both ways, once the handshake is over."""

    protect: Callable[[bytes], bytes]
    protect_control: Callable[[bytes], bytes]
    unprotect: Callable[[bytes], bytes]
    unprotect_control: Callable[[bytes], bytes]


class Client:
    """Connects once; `on_media` and `on_control` are given what has been opened, on the event loop."""

    def __init__(
        self, host: str, certificate: RTCCertificate, on_media: Heard, on_control: Heard, *, controlling: bool
    ) -> None:
        self._on_media = on_media
        self._on_control = on_control
        self._certificate = certificate
        self._connection = _Connection(host, self._hear, controlling=controlling)
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._gatherer._connection = self._connection
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._keys: Keys | None = None
        self._send: Callable[[bytes], None] | None = None

    async def gather(self) -> End:
        """What the other side must be told about this end."""
        await self._gatherer.gather()
        local = self._gatherer.getLocalParameters()
        candidate = self._connection.local_candidates[0]
        assert local.usernameFragment is not None
        assert local.password is not None
        fingerprint = next(one for one in self._certificate.getFingerprints() if one.algorithm == "sha-256")
        return End(
            fragment=local.usernameFragment,
            password=local.password,
            fingerprint=fingerprint.value,
            candidates=((candidate.host, candidate.port),),
        )

    async def connect(self, remote: Description) -> None:
        """Checks and handshake with whoever wrote `remote`; ConnectionError if it does not come about."""
        for host, port in remote.end.candidates:
            candidate = aioice.Candidate("1", 1, "udp", HOST_PRIORITY, host, port, "host")
            await self._connection.add_remote_candidate(candidate)
        await self._connection.add_remote_candidate(None)
        await self._ice.start(RTCIceParameters(usernameFragment=remote.end.fragment, password=remote.end.password))
        if self._ice.state != "completed":
            raise ConnectionError("no connectivity")
        self._dtls._set_role("server" if remote.active else "client")
        await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint("sha-256", remote.end.fingerprint)]))
        if self._dtls.state != "connected":
            raise ConnectionError("no handshake")
        rx, tx = self._dtls._rx_srtp, self._dtls._tx_srtp
        self._keys = Keys(tx.protect, tx.protect_rtcp, rx.unprotect, rx.unprotect_rtcp)
        pair = self._connection._nominated[1]
        address = pair.remote_addr
        self._send = lambda datagram: pair.protocol.transport.sendto(datagram, address)

    def send(self, packet: bytes) -> None:
        """One RTP packet; nothing happens before connect() and after close()."""
        if self._keys is not None and self._send is not None:
            self._send(self._keys.protect(packet))

    def send_control(self, packet: bytes) -> None:
        """One compound RTCP packet."""
        if self._keys is not None and self._send is not None:
            self._send(self._keys.protect_control(packet))

    async def close(self) -> None:
        self._keys = None
        loop = self._dtls._task
        await self._dtls.stop()
        if loop is not None:
            await asyncio.gather(loop, return_exceptions=True)
        await self._ice.stop()

    def _hear(self, datagram: bytes) -> None:
        keys = self._keys
        if keys is None:
            return
        if 191 < datagram[1] < 224:
            self._on_control(keys.unprotect_control(datagram))
        else:
            self._on_media(keys.unprotect(datagram))


def new_ssrc() -> int:
    return secrets.randbelow((1 << 32) - 1) + 1
