"""Enrolling a face: three to five good pictures, or what was wrong with each; hints that keep nothing."""

import logging
from io import BytesIO

import pytest
from aiohttp import FormData

from recognition.enrolment import Enrolment, PictureReport
from recognition.pictures import MOST_BYTES
from recognition.verdict import Reason
from tests.support.fake_engine import DARK, JPEG, PNG
from tests.support.house import House
from web.pages.faces import AT_ODDS, NO_ENGINE, NO_FACE, NOT_ONE_PERSON, REPEATED, SEVERAL_FACES, refusal_of, wrong_with

pytestmark = pytest.mark.rim


def pictures(*contents: bytes) -> FormData:
    """A form with these files; empty ones are fields that were left alone."""
    form = FormData()
    for n, content in enumerate(contents):
        form.add_field("picture", BytesIO(content), filename=f"{n}.jpg" if content else "", content_type="image/jpeg")
    return form


async def test_three_good_pictures_are_enrolled(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}"
    reply = await officer.post(f"{path}/face", pictures(PNG, JPEG, JPEG, b"", b""))
    assert (reply.status, reply.headers["Location"]) == (303, path)
    page = await (await officer.get(path)).text()
    assert "重新登记" in page
    portrait = await officer.get(f"{path}/face/portrait.jpg")
    assert (portrait.status, portrait.headers["Content-Type"]) == (200, "image/png")
    assert await portrait.read() == PNG
    assert (await house.verbs(f"subject/{house.desk.subject.id}"))[-1] == "see_portrait"


async def test_each_picture_that_is_not_good_is_told_why_and_nothing_is_kept(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}/face"
    reply = await officer.post(path, pictures(JPEG, DARK, JPEG))
    assert reply.status == 422
    page = await reply.text()
    assert "能用的照片不够 3 张" in page
    assert page.count("光线太暗") == 1
    assert page.count("可以用") == 2
    assert (await officer.get(f"{path}/portrait.jpg")).status == 404
    assert await house.rooms.ledger.entries(house.desk.subject.id) == []


async def test_the_pages_script_is_told_which_pictures_to_take_again_and_keeps_the_others(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path, script = f"/people/{house.desk.subject.id}", {"Accept": "application/json"}
    reply = await officer.post(f"{path}/face", pictures(JPEG, DARK, JPEG), script)
    assert reply.status == 200
    assert await reply.json() == {
        "title": "能用的照片不够 3 张。请看下面的提示，重拍不合格的。",
        "pictures": [[], ["光线太暗"], []],
    }
    reply = await officer.post(f"{path}/face", pictures(JPEG, JPEG, JPEG), script)
    assert (reply.status, await reply.json()) == (200, {"done": path})


@pytest.mark.parametrize("count", [0, 1, 2, 6])
async def test_too_few_or_too_many_are_told_how_many(house: House, count: int) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/people/{house.desk.subject.id}/face", pictures(*[JPEG] * count or [b""]))
    assert reply.status == 422
    assert "请给 3 到 5 张照片" in await reply.text()


async def test_what_no_camera_makes_is_refused_as_too_large(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/people/{house.desk.subject.id}/face", pictures(b"x" * (MOST_BYTES + 1)))
    assert reply.status == 413
    assert "太大了" in await reply.text()


FILE = b'Content-Disposition: form-data; name="picture"; filename="1.jpg"\r\n\r\n' + JPEG


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data", b"--B\r\n" + FILE, 400),
        ("multipart/form-data; boundary=", b"--\r\n" + FILE, 400),
        ("multipart/form-data; boundary=" + "B" * 71, b"--" + b"B" * 71 + b"\r\n" + FILE, 400),
        ("multipart/form-data; boundary=B", b"", 400),
        ("multipart/form-data; boundary=B", b"\n" * 100_000, 400),  # line by line it took seconds
        ("multipart/form-data; boundary=B", b"before\r\n--B\r\n" + FILE, 400),
        ("multipart/form-data; boundary=B", b"--B\r\n" * 50_000, 422),
        ("multipart/form-data; boundary=B", (b"--B\r\n" + FILE + b"\r\n") * 6 + b"--B--\r\n", 422),
        ("multipart/form-data; boundary=B", b"--B\r\nContent-Length: nonsense\r\n\r\nx", 422),
        ("multipart/form-data; boundary=B", b"--B\r\nContent-Type: multipart/mixed\r\n\r\nx", 422),
        ('multipart/form-data; boundary="B"', (b"--B\r\n" + FILE + b"\r\n") * 3 + b"--B--\r\n", 303),
    ],
)
async def test_a_form_that_no_browser_makes_is_refused_at_once(
    house: House, content_type: str, body: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/people/{house.desk.subject.id}/face", body, {"Content-Type": content_type})
    assert reply.status == status
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_form_of_another_kind_is_refused(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    assert (await officer.post(f"/people/{house.desk.subject.id}/face", {"picture": "x"})).status == 415


async def test_a_preview_gets_hints_and_is_not_kept(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}/face/look"
    good = await officer.post(path, JPEG)
    assert await good.json() == {"faces": 1, "reasons": [], "ok": True}
    dark = await officer.post(path, DARK)
    assert await dark.json() == {"faces": 1, "reasons": ["too_dark"], "ok": False}


async def test_a_preview_that_is_too_large_is_refused_as_json(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}/face/look"
    reply = await officer.post(path, b"x" * (513 * 1024), {"Accept": "application/json"})
    assert (reply.status, reply.content_type) == (413, "application/problem+json")


@pytest.mark.parametrize(
    ("report", "sentences"),
    [
        (PictureReport(ok=True, faces=1, reasons=()), ()),
        (PictureReport(ok=False, faces=0, reasons=()), (NO_FACE,)),
        (PictureReport(ok=False, faces=2, reasons=()), (SEVERAL_FACES,)),
        (
            PictureReport(ok=False, faces=1, reasons=(Reason.BLURRED, Reason.TOO_SMALL)),
            ("画面模糊", "离镜头太远，脸太小"),
        ),
        (PictureReport(ok=False, faces=0, reasons=(Reason.UNREADABLE,)), ("图片打不开",)),
    ],
)
def test_a_picture_has_its_sentences(report: PictureReport, sentences: tuple[str, ...]) -> None:
    assert wrong_with(report) == sentences


def test_without_an_engine_the_cause_is_technical() -> None:
    report = PictureReport(ok=False, faces=0, reasons=(Reason.ENGINE_FAILED,))
    assert refusal_of(Enrolment(None, (report,) * 3, ())).title == NO_ENGINE


def test_the_same_picture_again_is_kindly_asked_for_from_another_moment() -> None:
    good, again = PictureReport(ok=True, faces=1, reasons=()), PictureReport(ok=False, faces=1, reasons=())
    refusal = refusal_of(Enrolment(None, (good, again, again), (), (1, 2)))
    assert refusal.pictures == ((), (REPEATED,), (REPEATED,))
    assert "在不同的时刻、换一点角度" in refusal.title


def test_pictures_at_odds_are_pointed_out() -> None:
    report = PictureReport(ok=True, faces=1, reasons=())
    refusal = refusal_of(Enrolment(None, (report,) * 3, (1,)))
    assert refusal.title == NOT_ONE_PERSON
    assert refusal.pictures == ((), (AT_ODDS,), ())
