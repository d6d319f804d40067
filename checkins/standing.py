"""Check-in and identity together: what an officer is shown, how much it needs a person, and whether it may be filed."""

from enum import StrEnum

from cases.review import Severity
from checkins.checkin import CheckInState
from checkins.identity import IdentityState


class Shown(StrEnum):
    """What an officer sees, as a code; the pages have the words."""

    SCHEDULED = "scheduled"
    WAITING = "waiting"
    LIVE_OPEN = "live_open"  # 进行中 · 待核验
    LIVE_MATCHED = "live_matched"  # 进行中 · 系统比对一致
    LIVE_UNSURE = "live_unsure"  # 进行中 · 拿不准，请当场看
    TO_LOOK_AT = "to_look_at"  # 待复核（系统比对一致）
    TO_JUDGE = "to_judge"  # 待人工核验
    CONFIRMED = "confirmed"
    CONCERN = "concern"
    REJECTED = "rejected"
    MISSED = "missed"
    CANCELLED = "cancelled"


class MayFile(StrEnum):
    NO = "no"
    AFTER_A_LOOK = "after_a_look"
    AFTER_A_CONCLUSION = "after_a_conclusion"
    WITH_A_REASON = "with_a_reason"
    YES = "yes"


_WHILE_LIVE = {
    IdentityState.OPEN: Shown.LIVE_OPEN,
    IdentityState.MATCHED: Shown.LIVE_MATCHED,
    IdentityState.CONTESTED: Shown.LIVE_UNSURE,
    IdentityState.NOT_MATCHED: Shown.LIVE_UNSURE,
    IdentityState.INCONCLUSIVE: Shown.LIVE_UNSURE,
}
_CONCLUDED = {
    IdentityState.CONFIRMED: Shown.CONFIRMED,
    IdentityState.CONCERN: Shown.CONCERN,
    IdentityState.REJECTED: Shown.REJECTED,
}


def shown_as(check_in: CheckInState, identity: IdentityState) -> Shown:
    """What an officer is shown for the pair; every pair has an answer, also those that no cue leads to."""
    match check_in:
        case CheckInState.SCHEDULED:
            return Shown.SCHEDULED
        case CheckInState.WAITING:
            return Shown.WAITING
        case CheckInState.LIVE | CheckInState.INTERRUPTED:
            return _CONCLUDED.get(identity) or _WHILE_LIVE[identity]
        case CheckInState.ENDED:
            if identity is IdentityState.MATCHED:
                return Shown.TO_LOOK_AT
            return _CONCLUDED.get(identity, Shown.TO_JUDGE)
        case CheckInState.MISSED:
            return Shown.MISSED
        case CheckInState.CANCELLED:
            return Shown.CANCELLED
        case CheckInState.FILED:
            return _CONCLUDED.get(identity, Shown.MISSED)  # only a miss is filed without a word about identity


def may_file(check_in: CheckInState, identity: IdentityState, *, one_look_suffices: bool) -> MayFile:
    """Whether a check-in may be filed now. `one_look_suffices`, policy: a machine's match needs only a look."""
    if check_in is CheckInState.MISSED:
        return MayFile.WITH_A_REASON
    if check_in is not CheckInState.ENDED:
        return MayFile.NO
    if identity in _CONCLUDED:
        return MayFile.YES
    if identity is IdentityState.MATCHED and one_look_suffices:
        return MayFile.AFTER_A_LOOK
    return MayFile.AFTER_A_CONCLUSION


def severity(identity: IdentityState) -> Severity:
    """How much an ended check-in needs a person's eye; a machine's doubt is never an alarm by itself."""
    match identity:
        case IdentityState.NOT_MATCHED | IdentityState.CONTESTED:
            return Severity.DIFFERS
        case IdentityState.OPEN | IdentityState.INCONCLUSIVE:
            return Severity.UNDECIDED
        case _:
            return Severity.ROUTINE
