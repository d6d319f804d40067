"""What is shown and what may be filed, for every pair of check-in and identity state."""

from itertools import product

import pytest

from cases.review import Severity
from checkins.checkin import CheckInState
from checkins.identity import CONCLUDED, IdentityState
from checkins.standing import MayFile, Shown, may_file, severity, shown_as

pytestmark = pytest.mark.unit

PAIRS = list(product(CheckInState, IdentityState))


def check(pair: str, shown: str, filing: str, *, one_look_suffices: bool = True) -> None:
    check_in, identity = pair.split()
    assert shown_as(CheckInState(check_in), IdentityState(identity)) is Shown(shown)
    verdict = may_file(CheckInState(check_in), IdentityState(identity), one_look_suffices=one_look_suffices)
    assert verdict is MayFile(filing)


@pytest.mark.parametrize(
    ("pair", "shown", "filing"),
    [
        ("scheduled open", "scheduled", "no"),
        ("waiting open", "waiting", "no"),
        ("live open", "live_open", "no"),
        ("live matched", "live_matched", "no"),
        ("live inconclusive", "live_unsure", "no"),
        ("interrupted not_matched", "live_unsure", "no"),
        ("interrupted contested", "live_unsure", "no"),
        ("ended matched", "to_look_at", "after_a_look"),
        ("ended not_matched", "to_judge", "after_a_conclusion"),
        ("ended contested", "to_judge", "after_a_conclusion"),
        ("ended inconclusive", "to_judge", "after_a_conclusion"),
        ("ended open", "to_judge", "after_a_conclusion"),  # the other way than the face
        ("ended confirmed", "confirmed", "yes"),
        ("ended concern", "concern", "yes"),
        ("ended rejected", "rejected", "yes"),
        ("missed open", "missed", "with_a_reason"),
        ("filed concern", "concern", "no"),
        ("filed open", "missed", "no"),
        ("cancelled open", "cancelled", "no"),
    ],
)
def test_the_pair_is_shown_and_filed_as_agreed(pair: str, shown: str, filing: str) -> None:
    check(pair, shown, filing)


def test_policy_may_ask_for_a_conclusion_even_when_the_machine_matched() -> None:
    check("ended matched", "to_look_at", "after_a_conclusion", one_look_suffices=False)


@pytest.mark.parametrize(("check_in", "identity"), PAIRS)
def test_every_pair_has_an_answer(check_in: CheckInState, identity: IdentityState) -> None:
    assert shown_as(check_in, identity) in Shown
    assert may_file(check_in, identity, one_look_suffices=True) in MayFile


@pytest.mark.parametrize(("check_in", "identity"), PAIRS)
def test_nothing_is_filed_without_a_person_unless_it_was_missed(
    check_in: CheckInState, identity: IdentityState
) -> None:
    if may_file(check_in, identity, one_look_suffices=True) is MayFile.YES:
        assert identity in CONCLUDED


def test_what_the_machine_saw_differently_comes_before_what_it_could_not_see() -> None:
    order = sorted(IdentityState, key=lambda state: severity(state) is Severity.DIFFERS, reverse=True)
    assert {severity(state) for state in order[:2]} == {Severity.DIFFERS}
    assert set(order[:2]) == {IdentityState.NOT_MATCHED, IdentityState.CONTESTED}
