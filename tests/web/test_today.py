"""The board over the real rooms."""

import pytest

from tests.support.house import House

pytestmark = pytest.mark.rim


async def test_an_empty_day_says_so(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.get("/today")
    assert reply.status == 200
    assert "今天没有安排核查" in await reply.text()
