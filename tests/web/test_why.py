"""Why a person is asked to look: the right clue for each state, causes counted, technical causes named as such."""

from dataclasses import replace

import pytest

from accounts.actor import PostId
from cases.entries import CheckInEnded, Drop, Mute, PicturePause, StillFiled, WeakStretch
from checkins.identity import IdentityState
from recognition.verdict import Reason, Verdict
from tests.support.filed import an_ended_check_in
from web.why import Sentence, why

pytestmark = pytest.mark.unit

ENDED = replace(an_ended_check_in("c", PostId("p")), stills=(), drops=(), weak=(), pauses=(), mutes=())


def still(verdict: Verdict, *reasons: Reason) -> StillFiled:
    return StillFiled(1.0, verdict, None, tuple(reasons), None)


def check(ended: CheckInEnded, *expected: str) -> list[Sentence]:
    """The sentences begin as expected, in this order, and there are no others."""
    said = why(ended)
    assert [sentence.text[: len(start)] for sentence, start in zip(said, expected, strict=True)] == list(expected)
    return said


@pytest.mark.parametrize(
    ("state", "start"),
    [
        (IdentityState.MATCHED, "系统比对一致"),
        (IdentityState.CONTESTED, "系统前后不一致"),
        (IdentityState.NOT_MATCHED, "系统觉得和登记照不像"),
        (IdentityState.INCONCLUSIVE, "系统拿不准"),
        (IdentityState.OPEN, "通话太短"),
    ],
)
def test_each_state_of_the_machine_is_a_clue_in_words(state: IdentityState, start: str) -> None:
    check(replace(ENDED, identity_state=state, stills=(still(Verdict.MATCH),)), start)


def test_the_other_way_is_no_doubt_about_anybody() -> None:
    check(replace(ENDED, consent=replace(ENDED.consent, choice="other_way"), identity_state="open"), "本人选了")


@pytest.mark.parametrize(
    ("because", "start"),
    [
        (Reason.ENGINE_FAILED, "这次没有可用的比对程序（技术原因）"),
        (Reason.NOT_ENROLLED, "通话时还没有登记照"),
    ],
)
def test_why_nothing_was_compared_is_the_cause_that_is_on_file(because: Reason, start: str) -> None:
    ended = replace(ENDED, engine=None, identity_state=IdentityState.INCONCLUSIVE, unable_because=(because,))
    check(ended, start)


def test_where_no_cause_is_on_file_none_is_made_up() -> None:
    check(replace(ENDED, engine=None, identity_state=IdentityState.INCONCLUSIVE), "这次系统没有比对")


def test_what_stood_in_the_way_is_counted_commonest_first() -> None:
    stills = (
        still(Verdict.MATCH),
        still(Verdict.UNABLE, Reason.TOO_DARK),
        still(Verdict.UNABLE, Reason.TOO_DARK, Reason.BLURRED),
        still(Verdict.NO_FACE),
        still(Verdict.UNABLE, Reason.BETWEEN),
    )
    ended = replace(ENDED, identity_state=IdentityState.INCONCLUSIVE, stills=stills)
    pictures = check(ended, "系统拿不准", "%(all)s 张截图里")[1]
    assert pictures.values == {"all": 5, "usable": 2}  # a score between the thresholds was a good picture
    assert pictures.reasons == (("光线太暗", 2), ("画面模糊", 1), ("没有看到脸", 1))


def test_a_weak_network_is_nobodys_doing() -> None:
    weak = (WeakStretch("subject", 10.0, 18.2, 0.2, 500, 120), WeakStretch("officer", 1.0, 90.0, 0.3, None, 90))
    said = check(
        replace(ENDED, weak=weak, stills=(still(Verdict.MATCH),)), "系统比对一致", "有 %(seconds)s 秒网络较弱"
    )[1]
    assert said.values == {"seconds": 8}


def test_sound_without_a_picture_is_nobodys_doing() -> None:
    pauses = (PicturePause("subject", 10.0, 40.4, 0.2, 500, 120), PicturePause("officer", 1.0, 90.0, None, None, None))
    start = "有 %(seconds)s 秒网络太慢，只有声音"
    said = check(replace(ENDED, pauses=pauses, stills=(still(Verdict.MATCH),)), "系统比对一致", start)[1]
    assert said.values == {"seconds": 30}


def test_a_camera_that_was_off_for_a_while_is_said_plainly_and_a_microphone_is_not() -> None:
    mutes = (
        Mute("subject", "video", 10.0, 40.4),
        Mute("subject", "audio", 50.0, 90.0),
        Mute("officer", "video", 50.0, 90.0),
    )
    seen = (still(Verdict.MATCH),)
    said = check(replace(ENDED, mutes=mutes, stills=seen), "系统比对一致", "有 %(seconds)s 秒本人关了摄像头")[1]
    assert said.values == {"seconds": 30}
    check(replace(ENDED, mutes=(Mute("subject", "video", 10.0, 12.0),), stills=seen), "系统比对一致")


def test_time_without_connection_is_the_networks_doing() -> None:
    drops = (Drop("subject", 10.0, 18.2), Drop("subject", 30.0, 34.0), Drop("officer", 50.0, 90.0))
    lost = check(replace(ENDED, drops=drops, stills=(still(Verdict.MATCH),)), "系统比对一致", "中间断线")[1]
    assert lost.values == {"seconds": 12}


def test_time_that_we_lost_is_said_to_be_ours() -> None:
    drops = (Drop("subject", 10.0, 18.0), Drop("subject", 30.0, 33.0, "server"))
    ended = replace(ENDED, drops=drops, stills=(still(Verdict.MATCH),))
    _, network, ours = check(ended, "系统比对一致", "中间断线", "中间断线")
    assert (network.values, ours.values) == ({"seconds": 8}, {"seconds": 3})
    assert "网络原因" in network.text
    assert "我们系统的原因" in ours.text
