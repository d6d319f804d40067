"""The subject's link: what is wrong with one, that looking does not use it up, and whom it lets in."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from accounts.actor import PostId
from accounts.details import BadDetail
from accounts.subjects import SubjectId
from checkins.appointment import Appointment
from checkins.checkin import CheckIn, CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.links import LinkLife, NoLinkNow, trouble_with
from checkins.notice import Choice, notice_in_force
from checkins.policy import read_policy
from live.links import LinkTrouble, WrongInvitation
from live.notices import Language
from storage.database import Base
from tests.support.check_ins import Desk
from tests.support.filed import TEN

pytestmark = pytest.mark.rim

WINDOW = read_policy().window
FRESH, USED = LinkLife(None, None), LinkLife(TEN, None)
REPLACED, BOTH = LinkLife(None, TEN), LinkLife(TEN, TEN)


def agreed(state: CheckInState) -> Appointment:
    return Appointment(
        check_in=CheckIn(CheckInId("c1"), state, TEN),
        subject=SubjectId("s1"),
        host_post=PostId("p1"),
        starts_at=TEN,
        closes_at=TEN + WINDOW.length,
        identity=IdentityState.OPEN,
        entry=None,
        conclusion=None,
        called_off_because=None,
    )


@pytest.mark.parametrize(
    ("state", "link", "minutes", "trouble"),
    [
        (CheckInState.SCHEDULED, FRESH, -9_000, None),  # may be looked at as soon as it was sent
        (CheckInState.SCHEDULED, FRESH, 0, None),
        (CheckInState.WAITING, FRESH, 39, None),  # within the grace
        (CheckInState.SCHEDULED, FRESH, 40, LinkTrouble.EXPIRED),
        (CheckInState.SCHEDULED, USED, 0, LinkTrouble.USED),
        (CheckInState.SCHEDULED, USED, 40, LinkTrouble.USED),
        (CheckInState.SCHEDULED, REPLACED, 0, LinkTrouble.REPLACED),
        (CheckInState.SCHEDULED, BOTH, 0, LinkTrouble.REPLACED),  # there is a newer one: that helps most
        (CheckInState.LIVE, USED, 1, LinkTrouble.USED),
        (CheckInState.LIVE, FRESH, 1, LinkTrouble.EXPIRED),  # the call began without it
        (CheckInState.INTERRUPTED, FRESH, 1, LinkTrouble.EXPIRED),
        (CheckInState.ENDED, USED, 9, LinkTrouble.OVER),
        (CheckInState.MISSED, FRESH, 40, LinkTrouble.OVER),
        (CheckInState.CANCELLED, FRESH, 0, LinkTrouble.OVER),
        (CheckInState.FILED, BOTH, 99, LinkTrouble.OVER),
    ],
)
def test_a_link_says_what_is_wrong_with_it(
    state: CheckInState, link: LinkLife, minutes: int, trouble: LinkTrouble | None
) -> None:
    assert trouble_with(link, agreed(state), WINDOW, TEN + timedelta(minutes=minutes)) is trouble


@pytest.mark.parametrize(("state", "link"), list(product(CheckInState, (FRESH, USED, REPLACED, BOTH))))
def test_only_a_fresh_link_to_an_open_waiting_room_lets_anybody_in(state: CheckInState, link: LinkLife) -> None:
    lets_in = trouble_with(link, agreed(state), WINDOW, TEN) is None
    assert lets_in is (link is FRESH and state in (CheckInState.SCHEDULED, CheckInState.WAITING))


async def link_to(desk: Desk) -> str:
    return await desk.appointments.send_link(desk.bureau.officer, (await desk.scheduled()).id, desk.now)


async def accept(desk: Desk, token: str, choice: Choice = Choice.FACE, notice_version: str | None = None) -> str:
    version = notice_version or desk.policy.notice.version
    return await desk.appointments.accept(token, choice, version, Language.ZH, desk.now)


async def trouble_on_accepting(desk: Desk, token: str) -> LinkTrouble:
    with pytest.raises(WrongInvitation) as refused:
        await accept(desk, token)
    return refused.value.reason


async def test_looking_at_a_link_says_who_invites_and_does_not_use_it_up(desk: Desk) -> None:
    token = await link_to(desk)
    invitation, *others = [await desk.appointments.open_link(token, desk.now) for _ in range(3)]
    assert others == [invitation, invitation]
    assert (invitation.officer, invitation.unit) == (desk.bureau.officer.name, desk.bureau.officer.unit_name)
    assert invitation.opens_at < invitation.starts_at < invitation.closes_at
    assert await accept(desk, token)


async def test_an_accepted_link_opens_a_session_for_this_one_check_in(desk: Desk) -> None:
    token = await link_to(desk)
    invitation = await desk.appointments.open_link(token, desk.now)
    session = await desk.appointments.subject_session(await accept(desk, token, Choice.OTHER_WAY), desk.now)
    assert session is not None
    assert session.check_in_id == invitation.check_in
    assert session.choice is Choice.OTHER_WAY


async def test_a_consent_is_kept_with_the_very_text_that_was_shown(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    await desk.accepted(check_in)
    consent = await desk.progress.consent_of(check_in)
    shown = notice_in_force(desk.policy, Language.ZH)
    assert (consent.notice_version, consent.notice_sha256, consent.language) == (shown.version, shown.sha256, "zh-CN")
    assert (consent.choice, consent.at) == ("face", desk.now)


async def test_a_link_works_once(desk: Desk) -> None:
    token = await link_to(desk)
    await accept(desk, token)
    assert await trouble_on_accepting(desk, token) is LinkTrouble.USED


async def test_a_link_that_nobody_sent_is_unknown(desk: Desk) -> None:
    assert await trouble_on_accepting(desk, "nobody sent this") is LinkTrouble.UNKNOWN
    with pytest.raises(WrongInvitation):
        await desk.appointments.open_link("", desk.now)


async def test_a_newer_link_replaces_the_former_and_lets_its_browser_out(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    former = await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)
    browser = await desk.accepted(check_in)
    assert await trouble_on_accepting(desk, former) is LinkTrouble.REPLACED
    newer_browser = await desk.accepted(check_in, Choice.OTHER_WAY)
    assert await desk.appointments.subject_session(browser, desk.now) is None
    assert await desk.appointments.subject_session(newer_browser, desk.now) is not None
    assert (await desk.progress.consent_of(check_in)).choice == "other_way"


async def test_nobody_comes_in_before_the_waiting_room_opens(desk: Desk) -> None:
    tomorrow = await desk.scheduled(desk.now + timedelta(days=1))
    token = await desk.appointments.send_link(desk.bureau.officer, tomorrow.id, desk.now)
    assert (await desk.appointments.open_link(token, desk.now)).starts_at == tomorrow.starts_at
    assert await trouble_on_accepting(desk, token) is LinkTrouble.EARLY
    desk.clock.advance(minutes=24 * 60 - WINDOW.opens_before_min)
    assert await accept(desk, token)


async def test_a_link_is_over_with_its_window_and_grace(desk: Desk) -> None:
    token = await link_to(desk)
    desk.clock.advance(minutes=WINDOW.length_min + WINDOW.grace_min)
    assert await trouble_on_accepting(desk, token) is LinkTrouble.EXPIRED


async def test_a_text_that_is_no_longer_in_force_cannot_be_agreed_to(desk: Desk) -> None:
    token = await link_to(desk)
    with pytest.raises(BadDetail, match="notice: changed"):
        await accept(desk, token, notice_version="2019-01")
    assert await accept(desk, token)  # and the link is not used up by it


@pytest.mark.parametrize("state", [state for state in CheckInState if state not in ("scheduled", "waiting")])
async def test_no_link_is_sent_once_somebody_was_let_in_or_it_is_over(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)
    with pytest.raises(NoLinkNow):
        await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)


async def test_no_link_is_sent_when_it_would_be_over_already(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    desk.clock.advance(minutes=WINDOW.length_min + WINDOW.grace_min)
    with pytest.raises(NoLinkNow):
        await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)


async def test_a_session_is_over_after_the_longest_time(desk: Desk) -> None:
    browser = await accept(desk, await link_to(desk))
    desk.clock.advance(minutes=desk.policy.session.longest_h * 60 - 1)
    assert await desk.appointments.subject_session(browser, desk.now) is not None
    desk.clock.advance(minutes=1)
    assert await desk.appointments.subject_session(browser, desk.now) is None


async def test_no_token_stands_in_the_database(desk: Desk) -> None:
    token = await link_to(desk)
    browser = await accept(desk, token)
    async with desk.database.reading() as session:
        rows = [row for table in Base.metadata.sorted_tables for row in await session.execute(select(table))]
    dump = repr(rows)
    assert desk.subject.id in dump
    assert token not in dump
    assert browser not in dump


async def test_a_made_up_link_stands_in_no_line_to_write(desk: Desk) -> None:
    async with desk.database.transaction():
        with pytest.raises(WrongInvitation) as wrong:
            await desk.appointments.accept("made up", Choice.FACE, "any", Language.ZH, TEN)
    assert wrong.value.reason is LinkTrouble.UNKNOWN
