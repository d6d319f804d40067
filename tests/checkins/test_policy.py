"""Policy data: what ships is whole, and a file that says something else is refused in plain words."""

from pathlib import Path

import pytest

from checkins.policy import OURS, BadPolicy, read_policy

pytestmark = pytest.mark.rim


def test_the_policy_that_ships_can_be_used() -> None:
    policy = read_policy()
    assert policy.window.length > policy.window.grace
    assert 0 < policy.sampling.shortest_s < policy.sampling.longest_s


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ("length_min = 30", "length_min = 0", "window.length_min"),
        ("length_min = 30", "lenght_min = 30", "window.lenght_min"),
        ("[call]", "[cal]", "cal"),
        ("longest_s = 5.0", "longest_s = 1.0", "longest_s is shorter"),
        ("one_look_suffices = true", "one_look_suffices = 3", "filing.one_look_suffices"),
        ("[notice]", "[notice", "table declaration"),
    ],
)
def test_a_policy_that_cannot_be_used_says_which_value_and_why(
    was: str, becomes: str, named: str, tmp_path: Path
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(OURS.read_text("utf-8").replace(was, becomes), "utf-8")
    with pytest.raises(BadPolicy, match=named):
        read_policy(path)
