"""What people type in: names, ID numbers, phone numbers, logins, passwords; checked, or refused with a reason."""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone

LONGEST_TYPED = 300  # characters of one short field; beyond it nothing is normalised, which takes square time
LONGEST_NAME = 60  # characters; the longest names on Chinese identity cards have some 40
SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 128
AGE_OF_MAJORITY = 18  # years

# Birthdays and "today" are those of the place of enforcement; China has one time zone and no summer time.
CHINA = timezone(timedelta(hours=8))

# GB 11643-1999: weights of the first 17 digits, and the check characters for the sum modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

# Control and format characters (bidirectional overrides too), surrogates, line and paragraph separators. Characters
# unknown to this Python and those for private use stay: rare Chinese characters in names are often among them.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class BadDetail(ValueError):
    """`field` cannot be taken as it is, for `reason_code`, which the edge puts into words. It never holds the value.

    `length`, where there was too little or too much: how many characters there were.
    """

    def __init__(self, field: str, reason_code: str, length: int | None = None) -> None:
        super().__init__(f"{field}: {reason_code}")
        self.field = field
        self.reason_code = reason_code
        self.length = length


def checked_name(field: str, name: str) -> str:
    """The name without space around it; BadDetail: missing, too_long, unprintable."""
    if len(name) > LONGEST_TYPED:
        raise BadDetail(field, "too_long")
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise BadDetail(field, "missing")
    if len(name) > LONGEST_NAME:
        raise BadDetail(field, "too_long")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        raise BadDetail(field, "unprintable")
    return name


def checked_login(login: str) -> str:
    """The login in small letters; BadDetail: form (2–40 of a–z, 0–9 and . _ -, the first a letter or digit)."""
    login = login.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,39}", login):
        raise BadDetail("login", "form")
    return login


def checked_password(password: str) -> str:
    """The password itself; BadDetail: too_short, too_long."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadDetail("password", "too_short", len(password))
    if len(password) > LONGEST_PASSWORD:
        raise BadDetail("password", "too_long", len(password))
    return password


def checked_phone(phone: str) -> str:
    """Digits with at most a + before them; BadDetail: missing, form."""
    if len(phone) > LONGEST_TYPED:
        raise BadDetail("phone", "form")
    digits = re.sub(r"[ ()-]", "", unicodedata.normalize("NFKC", phone))
    if not digits:
        raise BadDetail("phone", "missing")
    if not re.fullmatch(r"\+?[0-9]{7,15}", digits, re.ASCII):
        raise BadDetail("phone", "form")
    return digits


def checked_id_number(id_number: str, at: datetime) -> str:
    """The citizen's number as GB 11643 has it; BadDetail: missing, form, birth_date, check_character."""
    if len(id_number) > LONGEST_TYPED:
        raise BadDetail("id_number", "form")
    number = unicodedata.normalize("NFKC", id_number).strip().upper()
    if not number:
        raise BadDetail("id_number", "missing")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number, re.ASCII):
        raise BadDetail("id_number", "form")
    try:
        born = birth_date(number)
    except ValueError:
        raise BadDetail("id_number", "birth_date") from None
    if not date(1900, 1, 1) <= born <= at.astimezone(CHINA).date():
        raise BadDetail("id_number", "birth_date")
    if number[17] != check_character(number):
        raise BadDetail("id_number", "check_character")
    return number


def check_character(id_number: str) -> str:
    """The last character that the first 17 digits ask for (GB 11643, after ISO 7064 MOD 11-2)."""
    return _CHECK_CHARACTERS[sum(w * int(digit) for w, digit in zip(_WEIGHTS, id_number[:17], strict=True)) % 11]


def birth_date(id_number: str) -> date:
    """The date of birth that an ID number carries; ValueError if there is no such day."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def is_minor(born: date, at: datetime) -> bool:
    """Whether somebody is under age: the 18th birthday itself still counts, full age begins the day after it.

    Criminal law counts completed years so (法释〔2006〕1号, article 2); who is in doubt gets the stricter protection.
    """
    today = at.astimezone(CHINA).date()
    return (today.year - AGE_OF_MAJORITY, today.month, today.day) <= (born.year, born.month, born.day)


def masked_name(name: str) -> str:
    """The name for places where others may look on: 张*, 张*伟, 阿*****提."""
    if len(name) <= 2:
        return name[: len(name) - 1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_id_number(id_number: str) -> str:
    """The first and last four characters, stars between them."""
    return id_number[:4] + "*" * (len(id_number) - 8) + id_number[-4:]
