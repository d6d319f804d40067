"""A whole server on free loopback ports, without the face worker's process."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from unittest.mock import patch

from recognition.verifier import FaceVerifier
from server import Running, running
from settings import Settings
from tests.support.fake_engine import FakeVerifier
from web.connections import Limits


def loopback(data: Path) -> Settings:
    """Everything of it is in `data` and on ports that were free."""
    return Settings(data=data, port=0, udp_bind="127.0.0.1", udp_port=0, udp_announced=("127.0.0.1",))


@contextmanager
def faces_seen_by(verifier: FaceVerifier) -> Iterator[None]:
    """A server that is started meanwhile asks this one, and starts no worker."""

    async def start(_models: Path | None, _clock: Callable[[], float], prefer: str) -> FaceVerifier:
        return verifier

    with patch.object(FaceVerifier, "start", start):
        yield


@asynccontextmanager
async def faceless(settings: Settings, limits: Limits | None = None) -> AsyncIterator[Running]:
    """It sees one good face in every picture."""
    with faces_seen_by(FakeVerifier()):
        async with running(settings, limits=limits) as server:
            yield server
