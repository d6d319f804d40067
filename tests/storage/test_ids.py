import re

import pytest

from storage.ids import new_id

pytestmark = pytest.mark.unit


def test_an_id_is_twenty_hexadecimal_characters_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch("[0-9a-f]{20}", found) for found in ids)
