from itertools import product

import pytest

from accounts.actor import Actor, PersonId, PostId, Role, UnitId
from accounts.powers import POWERS, NotYours, Power, require

pytestmark = pytest.mark.unit

# One column a power, in the order of the enum; x: has it.
#                        see reg enr sch hos rev con cou tea man dev wat
TABLE = {
    Role.DEPUTY_DIRECTOR: "x   -   -   -   -   x   -   -   -   -   -   x",
    Role.CAPTAIN:         "x   -   -   -   x   x   -   -   -   -   -   x",
    Role.SQUADRON_LEADER: "x   x   x   x   x   x   x   -   x   -   x   x",
    Role.OFFICER:         "x   x   x   x   x   x   x   -   x   -   -   x",
    Role.ASSISTANT:       "x   -   -   x   -   -   -   -   x   -   -   -",
    Role.COUNSELLOR:      "-   -   -   -   -   -   -   x   -   -   -   -",
    Role.ADMINISTRATOR:   "-   -   -   -   -   -   -   -   -   x   x   -",
}  # fmt: skip


@pytest.mark.parametrize(("role", "power"), list(product(Role, Power)))
def test_a_role_has_exactly_the_powers_of_the_table(role: Role, power: Power) -> None:
    actor = Actor(PersonId("p"), "王芳", PostId("o"), role, UnitId("u"), "司法所")
    has_it = dict(zip(Power, TABLE[role].split(), strict=True))[power] == "x"
    assert (power in POWERS[role]) is has_it
    if has_it:
        require(actor, power)
    else:
        with pytest.raises(NotYours):
            require(actor, power)


def test_an_administrator_sets_devices_up_and_does_not_watch_them() -> None:
    assert Power.MANAGE_DEVICES in POWERS[Role.ADMINISTRATOR]
    assert Power.WATCH_DEVICE not in POWERS[Role.ADMINISTRATOR]


def test_who_manages_accounts_sees_no_case_and_who_sees_cases_manages_no_accounts() -> None:
    assert not [role for role, powers in POWERS.items() if {Power.MANAGE_ACCOUNTS, Power.SEE_CASE} <= powers]
