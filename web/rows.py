"""Check-ins as a person reads them in a list: what state they are in, and the one thing to do next."""

from dataclasses import dataclass
from datetime import datetime

from accounts.actor import Actor
from accounts.powers import Power
from checkins.checkin import GOING_ON, INVITING, CheckInState
from checkins.lists import BoardRow
from checkins.notice import Choice
from checkins.standing import Shown
from web.sessions import may
from web.wording import SHOWN, Tag
from web.words import N_

LINK_SENT = Tag("info", N_("链接已发 · 未打开"))
LINK_OPENED = Tag("info", N_("已打开链接 · 还没到"))
CUT_OFF = Tag("tech", N_("断线，正在接回"))

TO_LOOK_AT = frozenset({Shown.TO_LOOK_AT, Shown.TO_JUDGE})
DONE = frozenset({Shown.CONFIRMED, Shown.CONCERN, Shown.REJECTED})


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do about a check-in; the main one stands out."""

    name: str
    path: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `minutes` is how long the subject has been waiting, `seconds` how long the call took, if it is over."""

    row: BoardRow
    path: str
    tag: Tag
    action: Action | None
    minutes: int | None
    seconds: float | None
    by_sight: str
    """Why the officer will have to go by sight in a check-in to come or going on; else nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in five numbers; called-off check-ins are in none of them."""

    due: int
    waiting: int
    to_look_at: int
    done: int
    missed: int


def figures_of(rows: list[BoardRow]) -> Figures:
    """The rows counted."""
    shown = [row.appointment.shown for row in rows]
    return Figures(
        due=len(shown) - shown.count(Shown.CANCELLED),
        waiting=shown.count(Shown.WAITING),
        to_look_at=sum(state in TO_LOOK_AT for state in shown),
        done=sum(state in DONE for state in shown),
        missed=shown.count(Shown.MISSED),
    )


def board_of(rows: list[BoardRow], actor: Actor, at: datetime) -> list[Line]:
    """The day as this actor sees it: whoever waits or talks stands first, the rest in the order they begin."""
    return sorted((line_of(row, actor, at) for row in rows), key=lambda line: not (line.action and line.action.main))


def line_of(row: BoardRow, actor: Actor, at: datetime) -> Line:
    """A row as it is shown to this actor."""
    check_in = row.appointment.check_in
    waiting = check_in.state is CheckInState.WAITING
    over = check_in.ended_at and check_in.admitted_at and check_in.ended_at - check_in.admitted_at
    return Line(
        row=row,
        path=path_of(row),
        tag=tag_of(row),
        action=action_for(row, actor),
        minutes=int((at - check_in.since).total_seconds() // 60) if waiting else None,
        seconds=over.total_seconds() if over else None,
        by_sight=by_sight(row),
    )


def path_of(row: BoardRow) -> str:
    """The page that says most about a check-in: once it has ended, its review."""
    ended = row.appointment.entry is not None
    return f"/check-ins/{row.appointment.id}/review" if ended else f"/check-ins/{row.appointment.id}"


def by_sight(row: BoardRow) -> str:
    """Said before anybody is let in: the officer looks more closely, and at other things."""
    if row.appointment.check_in.state not in INVITING | GOING_ON:
        return ""
    if row.choice is Choice.OTHER_WAY:
        return N_("本人选了“换一种方式”，由您看着确认")
    return "" if row.enrolled else N_("还没有登记照，由您看着确认")


def tag_of(row: BoardRow) -> Tag:
    """The state, and before the check-in what has become of its link."""
    if row.appointment.check_in.state is CheckInState.INTERRUPTED:
        return CUT_OFF
    if row.appointment.shown is Shown.SCHEDULED and row.link_used_at is not None:
        return LINK_OPENED
    if row.appointment.shown is Shown.SCHEDULED and row.link_sent_at is not None:
        return LINK_SENT
    if row.appointment.shown is Shown.LIVE_UNSURE and not row.enrolled:
        return SHOWN[Shown.LIVE_OPEN]  # with nothing to compare with, nobody is unsure of anything
    return SHOWN[row.appointment.shown]


def action_for(row: BoardRow, actor: Actor) -> Action | None:
    """What this actor can do about it next, if anything."""
    page = f"/check-ins/{row.appointment.id}"
    state, shown = row.appointment.check_in.state, row.appointment.shown
    if state is CheckInState.WAITING and may(actor, Power.HOST):
        return Action(N_("请进"), f"{page}/live", main=True)
    if state in GOING_ON and may(actor, Power.HOST):
        return Action(N_("回到通话"), f"{page}/live", main=True)
    if shown in TO_LOOK_AT and may(actor, Power.REVIEW):
        return Action(N_("复核"), f"{page}/review")
    if state is CheckInState.SCHEDULED and may(actor, Power.SCHEDULE):
        return Action(N_("再发链接") if row.link_sent_at else N_("发链接"), page)
    if state is CheckInState.MISSED and may(actor, Power.CONCLUDE):
        return Action(N_("写明原因"), page)
    return None
