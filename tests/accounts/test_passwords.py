import asyncio
import unicodedata
from collections.abc import Iterator
from typing import Literal

import pytest

from accounts import passwords as passwords_module
from accounts.details import LONGEST_PASSWORD
from accounts.passwords import Passwords, TooBusy

pytestmark = pytest.mark.rim


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


async def test_a_password_fits_what_was_kept_of_it_and_no_other_does(passwords: Passwords) -> None:
    kept = await passwords.keep("correct horse battery")
    assert await passwords.fits("correct horse battery", kept)
    assert not await passwords.fits("correct horse", kept)
    assert not await passwords.fits("", kept)


async def test_only_an_argon2id_hash_with_its_own_salt_is_kept(passwords: Passwords) -> None:
    kept = {await passwords.keep("correct horse battery") for _ in range(2)}
    assert len(kept) == 2
    assert all(found.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for found in kept)


async def test_where_none_is_kept_nothing_fits(passwords: Passwords) -> None:
    assert not await passwords.fits("correct horse battery", None)


async def test_where_none_is_kept_the_same_work_is_done(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    monkeypatch.setattr(passwords, "_hasher", Spy(passwords._hasher, verified))
    kept = await passwords.keep("correct horse battery")
    await passwords.fits("something else", kept)
    await passwords.fits("something else", None)
    assert [found.rsplit("$", 2)[0] for found in verified] == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


class Spy:
    def __init__(self, hasher, verified: list[str]) -> None:  # type: ignore[no-untyped-def]
        self._hasher = hasher
        self._verified = verified

    def hash(self, password: bytes) -> str:
        return str(self._hasher.hash(password))

    def verify(self, kept: str, password: bytes) -> bool:
        self._verified.append(kept)
        return bool(self._hasher.verify(kept, password))


async def test_of_a_password_longer_than_any_nothing_is_normalised(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks are sorted in square time, and no other thread runs meanwhile: a whole form of them took seconds."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def noted(form: Literal["NFKC"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noted)
    kept = await passwords.keep("correct horse battery")
    marks = "a" + "\u0301" * 16_000 + "\u0323" * 16_000
    assert not await passwords.fits(marks, kept)
    assert not await passwords.fits(marks, None)
    assert max(lengths) <= LONGEST_PASSWORD


async def test_the_same_password_from_another_keyboard_fits(passwords: Passwords) -> None:
    kept = await passwords.keep("ｐａｓｓｗｏｒｄ cafe\u0301")
    assert await passwords.fits("password café", kept)


async def test_half_a_character_is_a_wrong_password_and_no_error(passwords: Passwords) -> None:
    assert not await passwords.fits("\ud800", await passwords.keep("correct horse battery"))


async def test_a_flood_is_turned_away_and_then_forgotten(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords_module, "MOST_WAITING", 3)
    answers = await asyncio.gather(*(passwords.fits("a", None) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [bool, bool, bool, TooBusy, TooBusy]
    assert await passwords.fits("a", None) is False
