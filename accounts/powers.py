"""What each role may do: one table, and the one answer for everything that is not yours."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from accounts.actor import Actor, Role


class Power(StrEnum):
    """Something that not everybody may do."""

    SEE_CASE = "see_case"
    REGISTER_SUBJECT = "register_subject"
    ENROL_FACE = "enrol_face"
    SCHEDULE = "schedule"
    HOST = "host"
    REVIEW = "review"
    CONCLUDE = "conclude"
    COUNSEL = "counsel"
    TEACH = "teach"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_DEVICES = "manage_devices"
    WATCH_DEVICE = "watch_device"


_IN_CHARGE_OF_CASES = frozenset(
    {
        Power.SEE_CASE,
        Power.REGISTER_SUBJECT,
        Power.ENROL_FACE,
        Power.SCHEDULE,
        Power.HOST,
        Power.REVIEW,
        Power.CONCLUDE,
        Power.WATCH_DEVICE,
        Power.TEACH,
    }
)

POWERS: Mapping[Role, frozenset[Power]] = MappingProxyType(
    {
        Role.DEPUTY_DIRECTOR: frozenset({Power.SEE_CASE, Power.REVIEW, Power.WATCH_DEVICE}),
        Role.CAPTAIN: frozenset({Power.SEE_CASE, Power.REVIEW, Power.HOST, Power.WATCH_DEVICE}),
        Role.SQUADRON_LEADER: _IN_CHARGE_OF_CASES | {Power.MANAGE_DEVICES},
        Role.OFFICER: _IN_CHARGE_OF_CASES,
        Role.ASSISTANT: frozenset({Power.SEE_CASE, Power.SCHEDULE, Power.TEACH}),
        Role.COUNSELLOR: frozenset({Power.COUNSEL}),
        Role.ADMINISTRATOR: frozenset({Power.MANAGE_ACCOUNTS, Power.MANAGE_DEVICES}),
    }
)


class NotYours(Exception):
    """Unknown, outside the actor's area, or not what the actor's post is for: on purpose nobody can tell which."""


def require(actor: Actor, power: Power) -> None:
    """NotYours unless the actor's role has the power."""
    if power not in POWERS[actor.role]:
        raise NotYours
