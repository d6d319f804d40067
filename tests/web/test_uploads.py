"""Large uploads: few at once, a short line, and beyond it a kind refusal that says when to come back."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import ClientResponse, FormData, web

from tests.support.fake_engine import JPEG
from tests.support.house import Browser, House
from web.uploads import Uploads

pytestmark = pytest.mark.rim

ENDS = b"--B--\r\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=B"}


def three_pictures() -> bytes:
    """A form, whole but for its last line."""
    part = b'--B\r\nContent-Disposition: form-data; name="picture"; filename="1.jpg"\r\n\r\n' + JPEG + b"\r\n"
    return part * 3


async def slowly(rest: asyncio.Event) -> AsyncIterator[bytes]:
    """A form whose end comes when somebody says so."""
    yield three_pictures()
    await rest.wait()
    yield ENDS


async def post(officer: Browser, path: str, rest: asyncio.Event) -> ClientResponse:
    headers = {"Origin": officer.origin, **MULTIPART}
    return await officer.session.post(officer.origin + path, data=slowly(rest), headers=headers, allow_redirects=False)


@pytest.mark.parametrize("uploads", [Uploads(at_once=2, waiting=4)])
async def test_of_thirty_at_once_as_many_are_taken_as_there_is_room_for_and_the_others_hear_when_to_come_back(
    house: House,
) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    rest = asyncio.Event()
    path = f"/people/{house.desk.subject.id}/face"
    async with asyncio.TaskGroup() as tasks:
        waiting = {tasks.create_task(post(officer, path, rest)) for _ in range(30)}
        refused: list[ClientResponse] = []
        while len(refused) < 24:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused += [task.result() for task in done]
        rest.set()
    assert {(reply.status, reply.headers["Retry-After"]) for reply in refused} == {(503, "15")}
    assert "系统正忙" in await refused[0].text()
    assert [task.result().status for task in waiting] == [303] * 6


@pytest.mark.parametrize("uploads", [Uploads(at_once=1, waiting=0)])
async def test_a_place_is_free_again_whatever_became_of_the_upload(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}/face"
    assert (await officer.post(path, b"", MULTIPART)).status == 400
    form = FormData()
    for n in range(3):
        form.add_field("picture", BytesIO(JPEG), filename=f"{n}.jpg", content_type="image/jpeg")
    assert (await officer.post(path, form)).status == 303


@pytest.mark.parametrize("uploads", [Uploads(within_s=0)])
async def test_whoever_takes_too_long_keeps_the_place_from_nobody(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await post(officer, f"/people/{house.desk.subject.id}/face", asyncio.Event())
    assert reply.status == 408
    assert "传得太慢了" in await reply.text()


async def test_a_line_that_is_full_refuses_before_anything_is_read() -> None:
    uploads = Uploads(at_once=1, waiting=0)
    async with uploads.place():
        with pytest.raises(web.HTTPServiceUnavailable):
            async with uploads.place():
                pass
    async with uploads.place():
        pass
