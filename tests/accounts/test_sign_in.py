from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.actor import Actor, PostId, Role
from accounts.passwords import Passwords
from accounts.people import People
from accounts.powers import NotYours
from accounts.sign_in import OnceLinkRow, SignIn, StaffSessionRow, WrongLink, WrongPassword
from storage.database import Database
from tests.accounts.conftest import HOME, after
from tests.support.organisation import NINE, PASSWORD, Bureau
from tests.support.records import audited

pytestmark = pytest.mark.rim


async def test_a_password_opens_a_session_in_the_post_one_holds(sign_in: SignIn, li_na: Actor) -> None:
    token = await sign_in.with_password(" Li.Na ", PASSWORD, HOME, NINE)
    assert await sign_in.actor(token, NINE) == li_na
    assert (li_na.name, li_na.role, li_na.unit_name) == ("李娜", Role.OFFICER, "河东司法所")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("li.na", "wrong horse battery"),
        ("li.na", ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("officer", PASSWORD),
        ("\ud800", "\0"),
    ],
)
async def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(
    sign_in: SignIn, li_na: Actor, passwords: Passwords, monkeypatch: pytest.MonkeyPatch, login: str, password: str
) -> None:
    checked: list[str] = []
    fits = passwords.fits

    async def counting(password: str, kept: str | None) -> bool:
        checked.append(password)
        return await fits(password, kept)

    monkeypatch.setattr(passwords, "fits", counting)
    with pytest.raises(WrongPassword) as caught:
        await sign_in.with_password(login, password, HOME, NINE)
    assert caught.value.args == ()
    assert checked == [password]


async def test_the_log_knows_who_was_refused_and_never_what_was_typed(
    sign_in: SignIn, li_na: Actor, database: Database
) -> None:
    for login in ("li.na", "my-password-in-the-wrong-field"):
        with pytest.raises(WrongPassword):
            await sign_in.with_password(login, "guess", HOME, NINE)
    await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    entries = (await audited(database))[-3:]
    assert [(entry.thing, entry.allowed, entry.post) for entry in entries] == [
        (f"staff/{li_na.person}", False, None),
        ("staff/unknown", False, None),
        (f"staff/{li_na.person}", True, li_na.post),
    ]
    assert "wrong-field" not in repr(entries)


async def test_no_token_is_kept_as_it_is(sign_in: SignIn, li_na: Actor, database: Database) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    link = await sign_in.once_link(li_na.person, NINE, timedelta(hours=1))
    assert len(token) == len(link) == 43
    async with database.reading() as session:
        kept = [*await session.scalars(select(StaffSessionRow.token_hash))]
        kept += await session.scalars(select(OnceLinkRow.token_hash))
    assert [len(found) for found in kept] == [64, 64]
    assert not {token, link} & set(kept)


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "\ud800", "a\0b"])
async def test_a_made_up_token_is_nobody(sign_in: SignIn, li_na: Actor, token: str) -> None:
    assert await sign_in.actor(token, NINE) is None
    assert await sign_in.posts(token, NINE) == []
    with pytest.raises(NotYours):
        await sign_in.hold(token, li_na.post, NINE)
    await sign_in.sign_out(token)


async def test_a_session_ends_after_a_quarter_of_an_hour_of_silence(sign_in: SignIn, li_na: Actor) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    assert await sign_in.actor(token, after(14)) == li_na
    assert await sign_in.actor(token, after(28)) == li_na
    assert await sign_in.actor(token, after(43)) is None


async def test_a_session_ends_after_twelve_hours_however_busy(sign_in: SignIn, li_na: Actor) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    for minutes in range(10, 12 * 60, 10):
        assert await sign_in.actor(token, after(minutes)) == li_na
    assert await sign_in.actor(token, after(12 * 60)) is None


async def test_sessions_that_are_over_are_forgotten_at_the_next_sign_in(
    sign_in: SignIn, li_na: Actor, database: Database
) -> None:
    await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    await sign_in.with_password("li.na", PASSWORD, HOME, after(16))
    async with database.reading() as session:
        assert len((await session.scalars(select(StaffSessionRow))).all()) == 1


async def test_signing_out_ends_this_session_only(sign_in: SignIn, li_na: Actor) -> None:
    here = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    there = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    assert here != there
    await sign_in.sign_out(here)
    assert await sign_in.actor(here, NINE) is None
    assert await sign_in.actor(there, NINE) == li_na


async def test_a_leaver_is_out_at_once_and_cannot_come_back(sign_in: SignIn, li_na: Actor, people: People) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    link = await sign_in.once_link(li_na.person, NINE, timedelta(hours=1))
    await people.end_post(li_na.post, after(1))
    assert await sign_in.actor(token, after(1)) is None
    with pytest.raises(WrongPassword):
        await sign_in.with_password("li.na", PASSWORD, HOME, after(1))
    with pytest.raises(WrongLink):
        await sign_in.with_once_link(link, after(1))


async def test_the_newest_post_acts_until_one_is_chosen(
    sign_in: SignIn, li_na: Actor, people: People, bureau: Bureau
) -> None:
    second = await people.give_post(li_na.person, Role.CAPTAIN, bureau.bureau, after(1))
    token = await sign_in.with_password("li.na", PASSWORD, HOME, after(2))
    captain = await sign_in.actor(token, after(2))
    assert captain is not None
    assert (captain.post, captain.role) == (second.id, Role.CAPTAIN)
    assert [post.id for post in await sign_in.posts(token, after(2))] == [second.id, li_na.post]

    chosen = await sign_in.hold(token, li_na.post, after(3))
    assert chosen != token
    assert await sign_in.actor(token, after(3)) is None
    assert await sign_in.actor(chosen, after(3)) == li_na


async def test_choosing_a_post_does_not_make_a_session_any_longer(sign_in: SignIn, li_na: Actor) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    for minutes in range(10, 12 * 60, 10):
        token = await sign_in.hold(token, li_na.post, after(minutes))
    assert await sign_in.actor(token, after(12 * 60)) is None


async def test_a_chosen_post_that_ends_is_not_followed_by_another(
    sign_in: SignIn, li_na: Actor, people: People, bureau: Bureau
) -> None:
    await people.give_post(li_na.person, Role.CAPTAIN, bureau.bureau, NINE)
    token = await sign_in.hold(await sign_in.with_password("li.na", PASSWORD, HOME, NINE), li_na.post, NINE)
    await people.end_post(li_na.post, after(1))
    assert await sign_in.actor(token, after(1)) is None


async def test_nobody_chooses_a_post_of_another_person(sign_in: SignIn, li_na: Actor, bureau: Bureau) -> None:
    token = await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    for post in (bureau.captain.post, PostId("none")):
        with pytest.raises(NotYours):
            await sign_in.hold(token, post, NINE)
    assert await sign_in.actor(token, NINE) == li_na


async def test_a_once_link_signs_in_once(sign_in: SignIn, bureau: Bureau) -> None:
    link = await sign_in.once_link(bureau.counsellor.person, NINE, timedelta(hours=1))
    token = await sign_in.with_once_link(link, after(59))
    assert await sign_in.actor(token, after(59)) == bureau.counsellor
    with pytest.raises(WrongLink):
        await sign_in.with_once_link(link, after(59))
    assert await sign_in.actor(token, after(59)) == bureau.counsellor


@pytest.mark.parametrize("wrong", ["over", "unknown", "a session's"])
async def test_a_wrong_once_link_signs_nobody_in(sign_in: SignIn, bureau: Bureau, wrong: str) -> None:
    link = await sign_in.once_link(bureau.counsellor.person, NINE, timedelta(hours=1))
    other = await sign_in.once_link(bureau.officer.person, NINE, timedelta(hours=2))
    session = await sign_in.with_once_link(other, NINE)
    with pytest.raises(WrongLink):
        await sign_in.with_once_link({"over": link, "unknown": "x" * 43, "a session's": session}[wrong], after(60))


async def test_an_address_that_is_none_counts_as_one_unknown(sign_in: SignIn, li_na: Actor) -> None:
    assert await sign_in.with_password("li.na", PASSWORD, "unix:", NINE)


async def test_a_made_up_token_stands_in_no_line_to_write(sign_in: SignIn, database: Database) -> None:
    async with database.transaction():
        with pytest.raises(WrongLink):
            await sign_in.with_once_link("made up", NINE)
        await sign_in.sign_out("made up")
