"""What somebody changes in the check-ins' own table, or cuts off at a ledger's end, is found beside the ledger."""

import pytest

from cases.ledger import Ledger
from cases.review import Conclusion
from checkins.checkin import CheckInId, CheckInState
from checkins.notice import Choice
from tests.support.check_ins import Desk
from tests.support.databases import tamper

pytestmark = pytest.mark.rim

FILED = "SELECT conclusion FROM check_in WHERE id = 'FIRST'"
ENDED = "SELECT entry FROM check_in WHERE id = 'FIRST'"


async def at_odds(desk: Desk) -> set[CheckInId]:
    return set(await desk.appointments.at_odds(desk.subject.id))


@pytest.mark.parametrize("state", CheckInState)
async def test_what_was_never_touched_agrees_in_every_state(state: CheckInState, desk: Desk) -> None:
    await desk.in_state(state)
    assert await at_odds(desk) == set()


@pytest.mark.parametrize("conclusion", Conclusion)
async def test_what_a_person_concluded_agrees(conclusion: Conclusion, desk: Desk) -> None:
    check_in = (await desk.ended("contested")).appointment.id
    await desk.appointments.conclude(desk.bureau.officer, check_in, conclusion, "看过录像", desk.now)
    assert await at_odds(desk) == set()


@pytest.mark.parametrize(
    "tampering",
    [
        f"DELETE FROM ledger_entry WHERE id = ({ENDED})",
        "UPDATE check_in SET entry = (SELECT entry FROM check_in WHERE id = 'SECOND') WHERE id = 'FIRST'",
        "UPDATE check_in SET entry = NULL WHERE id = 'FIRST'",
        "UPDATE check_in SET identity = 'matched' WHERE id = 'FIRST'",
        "UPDATE check_in SET identity = 'guilty' WHERE id = 'FIRST'",
        "UPDATE check_in SET state = 'gone' WHERE id = 'FIRST'",
        "UPDATE consent SET choice = 'neither' WHERE check_in = 'FIRST'",
        "UPDATE check_in SET identity = 'confirmed', state = 'filed' WHERE id = 'FIRST'",
        "UPDATE check_in SET host_post = (SELECT id FROM post WHERE id != host_post LIMIT 1) WHERE id = 'FIRST'",
        "UPDATE check_in SET state = 'missed', entry = NULL WHERE id = 'FIRST'",
        "UPDATE consent SET choice = 'other_way' WHERE check_in = 'FIRST'",
        f"UPDATE ledger_entry SET body = '{{' WHERE id = ({ENDED})",
        "DELETE FROM check_in WHERE id = 'FIRST'",
    ],
)
async def test_an_end_that_was_touched_is_found(tampering: str, desk: Desk) -> None:
    first, second = (await desk.ended("contested")).appointment.id, (await desk.ended()).appointment.id
    await tamper(desk.database, tampering.replace("FIRST", first).replace("SECOND", second))
    assert await at_odds(desk) == {first}


@pytest.mark.parametrize(
    "tampering",
    [
        f"DELETE FROM ledger_entry WHERE id = ({FILED})",
        f"DELETE FROM ledger_entry WHERE id IN ({FILED} UNION {ENDED})",
        "UPDATE check_in SET conclusion = entry WHERE id = 'FIRST'",
        "UPDATE check_in SET conclusion = NULL, state = 'ended', identity = 'contested' WHERE id = 'FIRST'",
        "UPDATE check_in SET identity = 'confirmed' WHERE id = 'FIRST'",
        "UPDATE ledger_entry SET body = replace(body, '\"cites\":\"', '\"cites\":\"0') WHERE kind = 'conclusion'",
    ],
)
async def test_a_conclusion_that_was_touched_is_found(tampering: str, desk: Desk) -> None:
    check_in = (await desk.ended("contested")).appointment.id
    await desk.appointments.conclude(desk.bureau.officer, check_in, Conclusion.REJECTED, "是他弟弟", desk.now)
    await tamper(desk.database, tampering.replace("FIRST", check_in))
    assert await at_odds(desk) == {check_in}


async def test_a_miss_whose_reason_was_cut_off_is_found(desk: Desk) -> None:
    check_in = await desk.in_state(CheckInState.FILED)
    await tamper(desk.database, "DELETE FROM ledger_entry")
    assert await Ledger(desk.database).verify(desk.subject.id) is None  # what is left of the chain is whole
    assert await at_odds(desk) == {check_in}


async def test_a_miss_is_no_word_about_a_call(desk: Desk) -> None:
    missed = await desk.in_state(CheckInState.FILED)
    ended = (await desk.ended()).appointment.id
    entry = "SELECT conclusion FROM check_in WHERE id"
    await tamper(
        desk.database,
        f"UPDATE ledger_entry SET body = replace(body, '{missed}', '{ended}') WHERE id = ({entry} = '{missed}')",
        f"UPDATE check_in SET state = 'filed', conclusion = ({entry} = '{missed}') WHERE id = '{ended}'",
    )
    assert await at_odds(desk) == {missed, ended}


async def test_who_chose_the_other_way_agrees(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    await desk.accepted(check_in, Choice.OTHER_WAY)
    assert await at_odds(desk) == set()
