import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.reception import Reception
from media.rtcp import SenderReport

pytestmark = pytest.mark.unit


def heard(numbers: list[int], first: int) -> tuple[Reception, list[int]]:
    reception = Reception(7, 90_000, first & 0xFFFF)
    return reception, [reception.hear(number & 0xFFFF, 0, 0.0) for number in numbers]


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 0x7000), max_size=30))
def test_numbers_count_on_beyond_sixteen_bits(first: int, steps: list[int]) -> None:
    numbers = [first]
    for ahead in steps:
        numbers.append(numbers[-1] + ahead)
    assert heard(numbers, first)[1] == numbers


def test_an_overtaken_packet_keeps_its_number() -> None:
    assert heard([65534, 65536, 65535, 65537], 65534)[1] == [65534, 65536, 65535, 65537]


def test_a_packet_before_the_first_has_a_smaller_number() -> None:
    assert heard([0, -1, 1], 0)[1] == [0, -1, 1]


def test_loss_is_counted_since_the_last_report_and_in_all() -> None:
    reception, _ = heard([0, 1, 4, 5], 0)
    block = reception.block(1.0)
    assert (block.ssrc, block.fraction_lost, block.lost, block.highest) == (7, 2 * 256 // 6, 2, 5)
    for number in (6, 7, 2):
        reception.hear(number, 0, 0.0)
    block = reception.block(2.0)
    assert (block.fraction_lost, block.lost) == (0, 1)
    assert (reception.received, reception.lost) == (7, 1)


def test_nothing_new_is_no_loss() -> None:
    reception, _ = heard([0], 0)
    reception.block(1.0)
    assert reception.block(2.0).fraction_lost == 0


def test_steady_packets_have_no_jitter_and_a_late_one_has() -> None:
    reception = Reception(7, 90_000, 0)
    for index in range(10):
        reception.hear(index, (0xFFFFFFFF + index * 3000) & 0xFFFFFFFF, index / 30)
    assert reception.jitter_s == pytest.approx(0.0, abs=1e-6)
    reception.hear(10, (0xFFFFFFFF + 30_000) & 0xFFFFFFFF, 10 / 30 + 0.016)
    assert reception.jitter_s == pytest.approx(0.001, abs=1e-6)


def test_a_sender_report_is_answered_with_its_age() -> None:
    reception, _ = heard([0], 0)
    assert (reception.block(1.0).last_report, reception.block(1.0).since_last_report) == (0, 0)
    reception.reported(SenderReport(7, 0x1122_3344_5566_7788, 0, 0, 0), 2.0)
    block = reception.block(2.5)
    assert (block.last_report, block.since_last_report) == (0x3344_5566, 32768)


def test_what_was_skipped_is_missing_until_it_comes_on_either_stream() -> None:
    reception, _ = heard([65534, 65539], 65534)
    assert reception.missing.due(1.0) == [65535, 65536, 65537, 65538]
    reception.hear(65535, 0, 1.0)
    assert reception.retransmitted(0) == 65536
    assert reception.retransmitted(0) is None
    assert reception.missing.due(2.0) == [65537, 65538]


@pytest.mark.parametrize("sequence_number", [3, 4, 0x9000])
def test_what_nobody_missed_is_no_repair(sequence_number: int) -> None:
    reception, _ = heard([0, 1, 3], 0)
    assert reception.retransmitted(sequence_number) is None
