"""A phone whose network lets no UDP through to us: its call goes through a real coturn, and is filed like any other."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from checkins.policy import Sampling, read_policy
from coturn import Ports, configuration, peers, ways_in
from server import running, wall_clock
from tests.journeys.conftest import STILL_EVERY_S, Day, Journey, found_in, settings_in
from tests.support.browsers import browsers, chromium
from tests.support.networks import Network, networks
from tests.support.turn import coturn, why_no_coturn

pytestmark = pytest.mark.journey

SECRET = "only-a-test-knows-this-one"
RELAY = "192.0.2.2"  # the phone reaches it, and it reaches MEDIA
PAGES, MEDIA = "198.51.100.2", "192.0.2.129"  # the server's two addresses: the phone has a way to the first only
KEEP_CONNECTIONS = """window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...parts) { super(...parts); window.connections.push(this); }
};"""
WAY_TAKEN = """async () => {
  const reports = [...(await window.connections.at(-1).getStats()).values()];
  const pair = reports.find((each) => each.type === "candidate-pair" && each.nominated && each.state === "succeeded");
  const local = reports.find(({ id }) => id === pair.localCandidateId);
  return `${local.candidateType} over ${local.relayProtocol || local.protocol}`;
}"""


@dataclass(frozen=True, slots=True)
class Places:
    """The phone's network, and the office's, where the server and the officer's desk are."""

    phone: Network
    office: Network


@contextmanager
def places(relay_urls: tuple[str, ...], folder: Path) -> Iterator[Places]:
    with networks(3) as (phone, relay, office):
        phone.cable("pages", "198.51.100.1/24", office, f"{PAGES}/24")
        phone.cable("near", "192.0.2.1/25", relay, f"{RELAY}/25")
        relay.cable("far", "192.0.2.130/25", office, f"{MEDIA}/25")
        office.way(RELAY, "192.0.2.130")
        text = configuration(ways_in(relay_urls), SECRET, peers([MEDIA]), Ports())
        with coturn(relay, RELAY, text, folder):
            yield Places(phone, office)


def chromium_within(network: Network, folder: Path, name: str) -> str:
    """A script that starts Chromium in this network: Playwright speaks to it through a pipe."""
    script = folder / name
    script.write_text(f'#!/bin/sh\nexec {" ".join(network.within(chromium()))} "$@"\n')
    script.chmod(0o700)
    return str(script)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Founded by the real clock: coturn goes by it."""
    why = why_no_coturn()
    if why is not None:
        pytest.skip(f"no real coturn: {why}")
    folder = tmp_path / "store"
    folder.mkdir()
    found_in(folder, wall_clock() - timedelta(days=30))
    return folder


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_without_udp_to_us_calls_through_the_relay(
    store: Path, tmp_path: Path, films: Path, transport: str
) -> None:
    urls = (f"turn:{RELAY}:3478?transport={transport}",)
    own = replace(
        settings_in(store),
        host=PAGES, udp_bind=MEDIA, udp_announced=(MEDIA,), turn_urls=urls, turn_secret=SECRET,
    )  # fmt: skip
    day = Day(asyncio.get_running_loop().time, wall_clock())
    policy = replace(read_policy(), sampling=Sampling(STILL_EVERY_S, STILL_EVERY_S))
    async with AsyncExitStack() as opened:
        there = opened.enter_context(places(urls, tmp_path))
        with there.office.entered():
            server = await opened.enter_async_context(running(own, now=day.now, policy=policy))
        journeys = []
        for name, network in (("phone", there.phone), ("desk", there.office)):
            path = chromium_within(network, tmp_path, name)
            camera_over_http = f"--unsafely-treat-insecure-origin-as-secure={server.origin}"
            chromiums = await opened.enter_async_context(browsers(films, path, [camera_over_http]))
            journeys.append(Journey(server, day, chromiums, opened, None))
        at_phone, at_desk = journeys

        subject, officer = await at_phone.phone(), await at_desk.desk()
        await subject.page.add_init_script(KEEP_CONNECTIONS)
        await subject.opens((await at_phone.appointed()).link)
        await subject.agrees()
        await subject.waits()
        await officer.admits()
        await subject.sees_the_other()
        await officer.sees_the_other()
        assert await subject.page.evaluate(WAY_TAKEN) == f"relay over {transport}"

        await subject.page.reload()  # a new seat and a new pass
        await subject.sees_the_other()
        assert await subject.page.evaluate(WAY_TAKEN) == f"relay over {transport}"

        await officer.ends_the_call()
        await subject.gets_the_receipt()
        await officer.goes_to_the_review()
        await officer.plays_both()
