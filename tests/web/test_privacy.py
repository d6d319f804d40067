"""What reaches the log while everything is done with somebody: no name, number, phone or token."""

import logging

import pytest

from tests.support.fake_engine import JPEG
from tests.support.house import House
from web.security import STAFF_COOKIE

pytestmark = pytest.mark.rim


async def test_nothing_that_tells_who_somebody_is_reaches_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "aiosqlite")  # which writes every parameter at DEBUG; the server never lets it
    bureau, subject = house.desk.bureau, house.desk.subject
    officer = await house.signed_in(bureau.officer)
    typed = {"name": "李晓红", "id_number": "410101199003076545", "phone": "13900139000", "level": "new"}
    await officer.post("/people/new", {**typed, "office": bureau.office})
    await officer.post("/people/new", {**typed, "office": bureau.office})  # known already: refused
    await officer.post("/people/new", {**typed, "office": "0"})
    await officer.post("/people", {"q": subject.name})
    check_in = await house.ended_with_footage()
    for path in (
        f"/people/{subject.id}",
        f"/people/{subject.id}/face/portrait.jpg",
        f"/check-ins/{check_in}/review",
        f"/check-ins/{check_in}/recordings/subject.webm",
        "/today",
    ):
        await officer.get(path)
    await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": "concern", "note": "像他哥哥李建国"})
    await officer.post(f"/people/{subject.id}/face/look", JPEG)
    await house.browser().post("/sign-in", {"login": "li.jianguo", "password": "geheim, geheim"})
    written = "\n".join(logging.Formatter("%(name)s %(message)s").format(record) for record in caplog.records)
    for secret in (
        subject.name,
        subject.id_number,
        subject.phone,
        typed["name"],
        typed["id_number"],
        typed["phone"],
        "李建国",
        "li.jianguo",
        "geheim",
        bureau.officer.name,
        officer.cookie(STAFF_COOKIE),
    ):
        assert secret not in written
