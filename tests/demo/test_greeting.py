"""What `./run` prints: links that sign in once, made anew each time, for demo data only."""

from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from accounts.actor import Role
from accounts.organisation import UnitKind
from accounts.sign_in import WrongLink
from demo.greeting import COUNSELLOR, OFFICER, SUBJECT, greet, sign_in_links
from live.links import WrongInvitation
from server import Running
from tests.support.servers import faceless, loopback

pytestmark = pytest.mark.rim


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Running]:
    async with faceless(loopback(tmp_path)) as running:
        yield running


async def greeted(server: Running, *, with_qr: bool = False) -> str:
    said = StringIO()
    await greet(server, Console(file=said, width=120, highlight=False), with_qr=with_qr)
    return said.getvalue()


def token(link: str) -> str:
    return link.rpartition("/")[2]


async def test_an_empty_installation_gets_demo_data_and_three_links(server: Running) -> None:
    said = await greeted(server)
    assert server.origin in said
    for who, path in ((OFFICER, "/sign-in/once/"), (COUNSELLOR, "/sign-in/once/"), (SUBJECT, "/c/")):
        assert f"{who}\n    {server.origin}{path}" in said
    at = server.rooms.now()
    links = await sign_in_links(server, at)
    assert await server.rooms.sign_in.with_once_link(token(links[OFFICER]), at)
    assert (await server.rooms.appointments.open_link(token(links[SUBJECT]), at)).officer == "李矫正官"


async def test_the_second_time_the_same_check_in_has_a_fresh_link(server: Running) -> None:
    await greeted(server)
    at = server.rooms.now()
    first, second = await sign_in_links(server, at), await sign_in_links(server, at)
    invitations = server.rooms.appointments
    with pytest.raises(WrongInvitation, match="replaced"):
        await invitations.open_link(token(first[SUBJECT]), at)
    assert (await invitations.open_link(token(second[SUBJECT]), at)).starts_at <= at


async def test_a_link_signs_in_once(server: Running) -> None:
    await greeted(server)
    at = server.rooms.now()
    link = (await sign_in_links(server, at))[COUNSELLOR]
    await server.rooms.sign_in.with_once_link(token(link), at)
    with pytest.raises(WrongLink):
        await server.rooms.sign_in.with_once_link(token(link), at)


async def test_an_installation_with_its_own_data_is_left_alone(server: Running) -> None:
    rooms, at = server.rooms, server.rooms.now()
    bureau = await rooms.organisation.add_unit("明川县司法局", UnitKind.BUREAU, None, at)
    officer = await rooms.people.add_staff("officer", "王芳", None, at)  # by chance called as the demo's
    await rooms.people.give_post(officer.id, Role.OFFICER, bureau.id, at)
    said = await greeted(server)
    assert "this installation has its own data" in said
    assert "/sign-in/once/" not in said
    assert len(await server.rooms.organisation.units()) == 1


async def test_for_a_first_try_in_the_lan_the_subjects_link_is_a_code(
    server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await greeted(server, with_qr=True)
    assert "for a phone in this network" in said
    assert "█" in capsys.readouterr().out
