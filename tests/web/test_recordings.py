"""Recordings and stills: by ranges, never cached, and each view in the audit log with what was seen."""

import asyncio

import pytest

from tests.support.fake_engine import JPEG
from tests.support.house import RECORDING, House
from tests.support.records import audited

pytestmark = pytest.mark.rim


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        (None, 200, 0, 4095),
        ("bytes=0-", 206, 0, 4095),
        ("bytes=0-0", 206, 0, 0),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=4000-9999", 206, 4000, 4095),
        ("bytes=-96", 206, 4000, 4095),
    ],
)
async def test_a_range_is_sent_and_noted(house: House, asked: str | None, status: int, first: int, last: int) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    headers = {"Range": asked} if asked else None
    reply = await officer.get(f"/check-ins/{check_in}/recordings/subject.webm", headers)
    assert reply.status == status
    assert await reply.read() == RECORDING[first : last + 1]
    assert reply.headers["Content-Type"] == "video/webm"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Accept-Ranges"] == "bytes"
    if status == 206:
        assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(RECORDING)}"
    (entry,) = [e for e in await audited(house.rooms.database, f"check-in/{check_in}") if e.verb == "view_recording"]
    assert entry.detail == {"seat": "subject", "first_byte": first, "last_byte": last}
    assert entry.person == house.desk.bureau.officer.person


async def test_a_recording_of_h264_is_the_matroska_that_it_is(house: House) -> None:
    check_in = await house.ended_with_footage(suffix=".mkv")
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.get(f"/check-ins/{check_in}/recordings/subject.mkv", {"Range": "bytes=100-199"})
    assert (reply.status, await reply.read()) == (206, RECORDING[100:200])
    assert reply.headers["Content-Type"] == "video/x-matroska"
    assert (await officer.get(f"/check-ins/{check_in}/recordings/subject.webm")).status == 404
    assert await house.verbs(f"check-in/{check_in}")
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    assert f"/check-ins/{check_in}/recordings/subject.mkv" in page


@pytest.mark.parametrize("asked", ["bytes=5000-6000", "bytes=9-3", "pages=1-2", "bytes=x-"])
async def test_a_range_that_makes_no_sense_is_refused_and_not_noted(house: House, asked: str) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.get(f"/check-ins/{check_in}/recordings/subject.webm", {"Range": asked})
    assert reply.status == 416
    assert reply.headers["Content-Range"] == "bytes */4096"
    assert "view_recording" not in await house.verbs(f"check-in/{check_in}")


@pytest.mark.parametrize("name", ["recordings/officer.webm", "recordings/nobody.webm", "stills/0.jpg", "stills/3.jpg"])
async def test_what_was_never_recorded_is_not_there(house: House, name: str) -> None:
    check_in = await house.ended_with_footage()  # nothing of the officer's was ever written
    officer = await house.signed_in(house.desk.bureau.officer)
    assert (await officer.get(f"/check-ins/{check_in}/{name}")).status == 404


async def test_nothing_is_there_before_the_end(house: House) -> None:
    check_in = (await house.desk.admitted()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    assert (await officer.get(f"/check-ins/{check_in}/recordings/subject.webm")).status == 404
    assert (await officer.get(f"/check-ins/{check_in}/review")).status == 404


async def test_a_still_is_a_picture_and_its_view_noted(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.get(f"/check-ins/{check_in}/stills/2.jpg")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/jpeg")
    assert reply.headers["Cache-Control"] == "no-store"
    assert await reply.read() == JPEG
    entry = (await audited(house.rooms.database, f"check-in/{check_in}"))[-1]
    assert (entry.verb, entry.detail) == ("view_still", {"n": 2})


async def test_a_refused_view_is_noted_too(house: House) -> None:
    check_in = await house.ended_with_footage()
    stranger = await house.signed_in(house.desk.bureau.other_officer)
    assert (await stranger.get(f"/check-ins/{check_in}/recordings/subject.webm")).status == 404
    refused = (await audited(house.rooms.database, f"subject/{house.desk.subject.id}"))[-1]
    assert (refused.verb, refused.allowed) == ("review", False)
    assert refused.person == house.desk.bureau.other_officer.person


@pytest.mark.parametrize("name", ["recordings/subject.webm", "stills/1.jpg"])
async def test_a_file_that_somebody_took_away_is_said_to_be_gone(
    house: House, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    kept = "subject.webm" if name.startswith("recordings") else "stills/0001.jpg"
    house.rooms.files.path(f"check-ins/{check_in}/{kept}").unlink()
    reply = await officer.get(f"/check-ins/{check_in}/{name}")
    assert reply.status == 410
    assert "请立即报告" in await reply.text()
    assert [record.getMessage() for record in caplog.records] == ["a sealed file that is on record is gone"]


async def test_a_viewing_copy_is_there_once_it_is_made_and_each_view_of_it_is_noted(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/check-ins/{check_in}/recordings/subject"
    assert (await officer.get(f"{path}.mp4")).status == 404
    reply = await officer.post(f"{path}/copy")
    assert (reply.status, (await reply.json())["state"]) == (200, "making")
    sealed = house.rooms.files.find(f"check-ins/{check_in}/subject.webm")
    assert sealed is not None
    async with asyncio.timeout(60):  # what was sealed here is no recording, so the maker fails
        while (await (await officer.post(f"{path}/copy")).json())["state"] != "failed":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    (house.copies_folder / f"{sealed.sha256}.mp4").write_bytes(b"a viewing copy")
    assert await (await officer.post(f"{path}/copy")).json() == {"state": "ready", "percent": 0}
    reply = await officer.get(f"{path}.mp4", {"Range": "bytes=2-8"})
    assert (reply.status, await reply.read()) == (206, b"viewing")
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.headers["Cache-Control"] == "no-store"
    entries = await audited(house.rooms.database, f"check-in/{check_in}")
    asked, viewed = [entry for entry in entries if entry.verb in {"copy_recording", "view_recording_copy"}]
    assert asked.detail == {"seat": "subject"}
    assert viewed.detail == {"seat": "subject", "first_byte": 2, "last_byte": 8}
    assert house.rooms.files.unchanged(sealed)


async def test_no_copy_is_made_of_what_is_not_there_or_not_yours(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    stranger = await house.signed_in(house.desk.bureau.other_officer)
    assert (await officer.post(f"/check-ins/{check_in}/recordings/officer/copy")).status == 404
    assert (await stranger.post(f"/check-ins/{check_in}/recordings/subject/copy")).status == 404
    assert "copy_recording" not in await house.verbs(f"check-in/{check_in}")
