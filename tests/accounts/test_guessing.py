"""Guessing at passwords: it is slow for whoever guesses, and locks nobody else out."""

import asyncio

import pytest

from accounts import passwords as passwords_module
from accounts.actor import Actor
from accounts.passwords import Passwords
from accounts.sign_in import (
    MOST_IN_LINE,
    QUICK_TRIES_PER_ACCOUNT,
    SLOW_S,
    SignIn,
    TooManyTries,
    WrongPassword,
)
from storage.database import Database
from tests.accounts.conftest import HOME, after
from tests.support.organisation import NINE, PASSWORD

pytestmark = pytest.mark.rim


@pytest.mark.parametrize("login", ["li.na", "nobody"])
async def test_after_five_tries_a_minute_even_the_right_password_waits(
    sign_in: SignIn, li_na: Actor, login: str
) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await sign_in.with_password(login, "guess", HOME, NINE)
    with pytest.raises(TooManyTries) as caught:
        await sign_in.with_password(login.upper(), PASSWORD, HOME, after(0.5))
    assert caught.value.retry_after_s == 30
    if login == "li.na":
        assert await sign_in.with_password(login, PASSWORD, HOME, after(1))


async def test_nobody_locks_somebody_elses_account(sign_in: SignIn, li_na: Actor) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await sign_in.with_password("li.na", "guess", "192.0.2.66", NINE)
    with pytest.raises(TooManyTries):
        await sign_in.with_password("li.na", "guess", "192.0.2.66", NINE)
    assert await sign_in.with_password("li.na", PASSWORD, HOME, NINE)


async def never(_password: str, _kept: str | None) -> bool:
    """In place of a hash, where many of them would only take time."""
    return False


async def guessed_at(sign_in: SignIn, passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many addresses have guessed at li.na's password."""
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "fits", never)
        for n in range(QUICK_TRIES_PER_ACCOUNT):
            with pytest.raises(WrongPassword):
                await sign_in.with_password("li.na", "guess", f"192.0.2.{n + 100}", NINE)


async def test_an_account_that_many_addresses_guess_at_is_slow_and_its_owner_gets_in(
    database: Database, passwords: Passwords, li_na: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    sign_in = SignIn(database, passwords, sleep)
    await guessed_at(sign_in, passwords, monkeypatch)
    assert slept == []
    assert await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    assert slept == [SLOW_S]
    assert await sign_in.with_password("li.na", PASSWORD, HOME, NINE)  # from where she has just signed in
    assert slept == [SLOW_S]
    assert await sign_in.with_password("li.na", PASSWORD, "192.0.2.2", after(1))
    assert slept == [SLOW_S]


async def test_tries_at_an_account_that_many_guess_at_go_one_by_one(
    database: Database, passwords: Passwords, li_na: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those for whom the line is too long are asked to come back; no other account stands in it."""
    over = asyncio.Event()
    answers: asyncio.Queue[type[BaseException]] = asyncio.Queue()
    most = sleeping = 0

    async def sleep(_seconds: float) -> None:
        nonlocal most, sleeping
        sleeping += 1
        most = max(most, sleeping)
        await over.wait()
        await asyncio.sleep(0)
        sleeping -= 1

    async def guess(sign_in: SignIn, n: int) -> None:
        with pytest.raises((WrongPassword, TooManyTries)) as caught:
            await sign_in.with_password("li.na", "guess", f"192.0.2.{n}", NINE)
        answers.put_nowait(caught.type)

    sign_in = SignIn(database, passwords, sleep)
    await guessed_at(sign_in, passwords, monkeypatch)
    monkeypatch.setattr(passwords, "fits", never)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for n in range(MOST_IN_LINE + 3):
            tasks.create_task(guess(sign_in, n))
        assert [await answers.get() for _ in range(3)] == [TooManyTries] * 3
        with pytest.raises(WrongPassword):
            await sign_in.with_password("nobody", "guess", HOME, NINE)
        assert answers.empty()
        over.set()
    assert [answers.get_nowait() for _ in range(MOST_IN_LINE)] == [WrongPassword] * MOST_IN_LINE
    assert most == 1


@pytest.mark.parametrize(
    ("addresses", "refused"),
    [
        (["192.0.2.7"], True),
        ([f"2001:db8::{n:x}" for n in range(20)], True),
        ([f"192.0.2.{n}" for n in range(20)], False),
    ],
)
async def test_an_address_gets_twenty_tries_a_minute(
    sign_in: SignIn,
    li_na: Actor,
    passwords: Passwords,
    monkeypatch: pytest.MonkeyPatch,
    addresses: list[str],
    refused: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "fits", never)
        for n in range(20):
            with pytest.raises(WrongPassword):
                await sign_in.with_password(f"login{n}", "guess", addresses[n % len(addresses)], NINE)
    if refused:
        with pytest.raises(TooManyTries):
            await sign_in.with_password("li.na", PASSWORD, addresses[0], NINE)
    else:
        assert await sign_in.with_password("li.na", PASSWORD, addresses[0], NINE)


async def test_who_signs_in_uses_up_nothing_of_what_an_office_may_try(
    sign_in: SignIn, li_na: Actor, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "fits", never)
        for n in range(19):
            with pytest.raises(WrongPassword):
                await sign_in.with_password(f"login{n}", "guess", HOME, NINE)
    for _ in range(3):
        assert await sign_in.with_password("li.na", PASSWORD, HOME, NINE)


async def test_a_try_that_nobody_had_time_for_is_not_used_up(
    sign_in: SignIn, li_na: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(passwords_module, "MOST_WAITING", 0)
        for _ in range(21):
            with pytest.raises(TooManyTries):
                await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    assert await sign_in.with_password("li.na", PASSWORD, HOME, NINE)


async def test_a_flood_of_sign_ins_is_asked_to_come_back(
    sign_in: SignIn, li_na: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords_module, "MOST_WAITING", 0)
    with pytest.raises(TooManyTries) as caught:
        await sign_in.with_password("li.na", PASSWORD, HOME, NINE)
    assert caught.value.retry_after_s == 5
