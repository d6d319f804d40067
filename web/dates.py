"""Times as people say them: on the wall in China, in the page's language."""

from datetime import UTC, datetime, timedelta, timezone

from babel.dates import format_date

from web.words import Language

# China has one zone and no summer time; a fixed offset needs no zone database on the machine.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

DAY = {Language.ZH: "M 月 d 日 EEEE", Language.EN: "EEEE d MMMM"}
SHORT_DAY = {Language.ZH: "M 月 d 日", Language.EN: "d MMM"}
LONG_DAY = {Language.ZH: "y 年 M 月 d 日", Language.EN: "d MMM y"}
INPUT_FORM = "%Y-%m-%dT%H:%M"  # HTML, "local date and time string"; our fields ask for no seconds
YEARS = range(2000, 2200)  # at the ends of Python's calendar another zone, or half an hour more, is an OverflowError
LOCALE = {Language.ZH: "zh_CN", Language.EN: "en_GB"}


def clock(at: datetime) -> str:
    """10:30"""
    return at.astimezone(CHINA).strftime("%H:%M")


def day(at: datetime, language: Language) -> str:
    """10 月 27 日 星期二 | Tuesday 27 October"""
    return format_date(at.astimezone(CHINA), DAY[language], LOCALE[language])


def short_day(at: datetime, language: Language) -> str:
    """10 月 27 日 | 27 Oct"""
    return format_date(at.astimezone(CHINA), SHORT_DAY[language], LOCALE[language])


def long_day(at: datetime, language: Language) -> str:
    """2026 年 10 月 27 日 | 27 Oct 2026"""
    return format_date(at.astimezone(CHINA), LONG_DAY[language], LOCALE[language])


def moment(at: datetime, language: Language) -> str:
    """10 月 27 日 10:30 | 27 Oct 10:30"""
    return f"{short_day(at, language)} {clock(at)}"


def duration(seconds: float, language: Language) -> str:
    """5 分 12 秒 | 5 min 12 s"""
    minutes, rest = divmod(round(seconds), 60)
    if language is Language.EN:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"


def age(seconds: float, language: Language) -> str:
    """18 分钟 | 18 min; 3 小时 | 3 h; 2 天 | 2 d: how long something has been waiting, as rough as it is old"""
    minutes = int(seconds // 60)
    if language is Language.EN:
        return "under 1 min" if not minutes else _roughly(minutes, "min", "h", "d")
    return "不到 1 分钟" if not minutes else _roughly(minutes, "分钟", "小时", "天")


def _roughly(minutes: int, minute: str, hour: str, day: str) -> str:
    if minutes < 60:
        return f"{minutes} {minute}"
    return f"{minutes // 60} {hour}" if minutes < 48 * 60 else f"{minutes // (24 * 60)} {day}"


def position(seconds: float) -> str:
    """02:17, a place in a recording"""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02}:{rest:02}"


def for_input(at: datetime) -> str:
    """2026-10-27T10:30, the value of a datetime-local field"""
    return at.astimezone(CHINA).strftime(INPUT_FORM)


def from_input(value: str) -> datetime:
    """The moment meant by a datetime-local field's value; ValueError when it is none, or one nobody lives to see."""
    meant = datetime.strptime(value, INPUT_FORM).replace(tzinfo=CHINA)
    if meant.year not in YEARS:
        raise ValueError("not a year to meet in")
    return meant.astimezone(UTC)
