"""Check-ins in a list: the state in words, and the one thing to do next, by who looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.actor import Actor, PersonId, PostId, Role, UnitId
from accounts.subjects import Level, Subject, SubjectId
from cases.review import EntryId
from checkins.appointment import Appointment
from checkins.checkin import CheckIn, CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.lists import BoardRow
from checkins.notice import Choice
from web.rows import Figures, board_of, figures_of, line_of

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
S, I = CheckInState, IdentityState  # noqa: E741  # as short as the rows of the table below


def a_row(
    state: CheckInState,
    identity: IdentityState = I.OPEN,
    *,
    sent: bool = False,
    used: bool = False,
    minutes_ago: int = 0,
    choice: Choice | None = None,
    enrolled: bool = True,
) -> BoardRow:
    """One check-in that has been in this state for some minutes; a call lasted five."""
    admitted = AT if state in {S.LIVE, S.INTERRUPTED, S.ENDED, S.FILED} else None
    ended = AT + timedelta(minutes=5) if state in {S.ENDED, S.FILED} else None
    since = AT - timedelta(minutes=minutes_ago)
    appointment = Appointment(
        check_in=CheckIn(CheckInId("c"), state, since, None, admitted, ended),
        subject=SubjectId("s"),
        host_post=PostId("p"),
        starts_at=AT,
        closes_at=AT + timedelta(minutes=30),
        identity=identity,
        entry=EntryId("e") if ended else None,
        conclusion=None,
        called_off_because=None,
    )
    subject = Subject(
        SubjectId("s"),
        "张建伟",
        "11010519491231002X",
        "1",
        Level.GENERAL,
        UnitId("u"),
        "河东司法所",
        minor=False,
        registered_at=AT,
    )
    return BoardRow(appointment, subject, AT if sent else None, AT if used else None, choice, enrolled)


def somebody(role: Role) -> Actor:
    return Actor(PersonId("p"), "王芳", PostId("p"), role, UnitId("u"), "河东司法所")


OFFICER = somebody(Role.OFFICER)


@pytest.mark.parametrize(
    ("row", "tag", "action"),
    [
        (a_row(S.SCHEDULED), "待核查", "发链接"),
        (a_row(S.SCHEDULED, sent=True), "链接已发 · 未打开", "再发链接"),
        (a_row(S.SCHEDULED, sent=True, used=True), "已打开链接 · 还没到", "再发链接"),
        (a_row(S.WAITING, sent=True, used=True), "等候中", "请进"),
        (a_row(S.LIVE), "进行中", "回到通话"),
        (a_row(S.LIVE, I.MATCHED), "进行中 · 系统比对一致", "回到通话"),
        (a_row(S.LIVE, I.NOT_MATCHED), "进行中 · 拿不准，请当场看", "回到通话"),
        (a_row(S.INTERRUPTED, I.MATCHED), "断线，正在接回", "回到通话"),
        (a_row(S.ENDED, I.MATCHED), "待复核 · 系统比对一致", "复核"),
        (a_row(S.ENDED, I.OPEN), "待人工核验", "复核"),
        (a_row(S.ENDED, I.CONTESTED), "待人工核验", "复核"),
        (a_row(S.FILED, I.CONFIRMED), "是本人", None),
        (a_row(S.FILED, I.CONCERN), "是本人，但有疑点", None),
        (a_row(S.FILED, I.REJECTED), "不是本人", None),
        (a_row(S.MISSED), "未按时核查", "写明原因"),
        (a_row(S.FILED), "未按时核查", None),
        (a_row(S.CANCELLED), "已取消", None),
    ],
)
def test_an_officer_reads_the_state_and_sees_one_thing_to_do(row: BoardRow, tag: str, action: str | None) -> None:
    line = line_of(row, OFFICER, AT)
    assert (line.tag.text, line.action.name if line.action else None) == (tag, action)


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (Role.OFFICER, ["发链接", "请进", "复核", "写明原因"]),
        (Role.CAPTAIN, [None, "请进", "复核", None]),
        (Role.DEPUTY_DIRECTOR, [None, None, "复核", None]),
        (Role.ASSISTANT, ["发链接", None, None, None]),
    ],
)
def test_nobody_is_offered_what_their_post_is_not_for(role: Role, actions: list[str | None]) -> None:
    rows = [a_row(S.SCHEDULED), a_row(S.WAITING), a_row(S.ENDED), a_row(S.MISSED)]
    lines = [line_of(row, somebody(role), AT) for row in rows]
    assert [line.action.name if line.action else None for line in lines] == actions


def test_only_a_person_who_waits_or_talks_makes_a_main_action() -> None:
    rows = [a_row(state) for state in CheckInState]
    lines = [line_of(row, OFFICER, AT) for row in rows]
    main = {line.row.appointment.check_in.state for line in lines if line.action and line.action.main}
    assert main == {S.WAITING, S.LIVE, S.INTERRUPTED}


def test_whoever_waits_now_stands_first_on_the_board() -> None:
    states = [S.FILED, S.MISSED, S.SCHEDULED, S.WAITING, S.LIVE]
    lines = board_of([a_row(state) for state in states], OFFICER, AT)
    shown = [line.row.appointment.check_in.state for line in lines]
    assert shown == [S.WAITING, S.LIVE, S.FILED, S.MISSED, S.SCHEDULED]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (a_row(S.WAITING, choice=Choice.OTHER_WAY), "本人选了“换一种方式”"),
        (a_row(S.WAITING, choice=Choice.FACE, enrolled=False), "还没有登记照"),
        (a_row(S.SCHEDULED, enrolled=False), "还没有登记照"),
        (a_row(S.LIVE, choice=Choice.OTHER_WAY), "本人选了“换一种方式”"),
        (a_row(S.WAITING, choice=Choice.FACE), ""),
        (a_row(S.ENDED, enrolled=False), ""),
    ],
)
def test_before_anybody_is_let_in_the_board_says_that_nothing_will_be_compared(row: BoardRow, why: str) -> None:
    said = line_of(row, OFFICER, AT).by_sight
    assert said.startswith(why)
    assert bool(said) is bool(why)


def test_with_nothing_to_compare_with_the_system_is_not_said_to_be_unsure() -> None:
    assert line_of(a_row(S.LIVE, I.INCONCLUSIVE, enrolled=False), OFFICER, AT).tag.text == "进行中"


def test_a_wait_and_a_call_have_their_lengths() -> None:
    assert line_of(a_row(S.WAITING, minutes_ago=7), OFFICER, AT).minutes == 7
    assert line_of(a_row(S.ENDED), OFFICER, AT).seconds == 300.0
    scheduled = line_of(a_row(S.SCHEDULED, minutes_ago=7), OFFICER, AT)
    assert (scheduled.minutes, scheduled.seconds) == (None, None)


def test_the_day_is_counted_without_what_was_called_off() -> None:
    states = [S.SCHEDULED, S.WAITING, S.LIVE, S.ENDED, S.MISSED, S.CANCELLED]
    rows = [a_row(state) for state in states] + [a_row(S.FILED, I.CONFIRMED)]
    assert figures_of(rows) == Figures(due=6, waiting=1, to_look_at=1, done=1, missed=1)


def test_an_ended_check_in_is_read_at_its_review() -> None:
    ended = a_row(S.ENDED)
    assert line_of(ended, OFFICER, AT).path == "/check-ins/c/review"
    before = replace(ended, appointment=replace(ended.appointment, entry=None))
    assert line_of(before, OFFICER, AT).path == "/check-ins/c"
