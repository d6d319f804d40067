"""Why a person is asked to look: what an ended check-in says for itself, in plain sentences, causes before figures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cases.entries import CheckInEnded, StillFiled
from checkins.identity import IdentityState
from recognition.verdict import Reason, Verdict, was_usable
from web.wording import REASONS
from web.words import N_


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to be translated and then filled; `reasons` are counted causes that follow it in brackets."""

    text: str
    values: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()


DARK = ("subject", "video")
NOTICEABLE_S = 5  # a camera that was off for less than from one still to the next leaves nothing to explain


def why(ended: CheckInEnded) -> list[Sentence]:
    """The machine's doubt first, then what happened to the connection; never empty."""
    return [Sentence(clue_in(ended).asking), *about_pictures(ended), *about_connection(ended)]


def how_it_stood(ended: CheckInEnded) -> list[Sentence]:
    """The same once a person has concluded: nobody is asked any more."""
    return [Sentence(clue_in(ended).alone), *about_pictures(ended), *about_connection(ended)]


@dataclass(frozen=True, slots=True)
class Clue:
    """Where the machine was left, as a clue and not as a finding: with what it asks a person to do, and alone."""

    asking: str
    alone: str


def clue_in(ended: CheckInEnded) -> Clue:
    """The one for this end."""
    if ended.consent.choice == "other_way":
        return OTHER_WAY
    for reason in (Reason.NOT_ENROLLED, Reason.ENGINE_FAILED):
        if reason in ended.unable_because:
            return UNABLE[reason]
    if ended.engine is None:  # filed before the cause was kept
        return NOTHING_COMPARED
    return CLUES.get(IdentityState(ended.identity_state), TOO_SHORT)


OTHER_WAY = Clue(
    N_("本人选了“换一种方式”，这次没有做人脸比对。请您凭通话和证件确认身份。"),
    N_("本人选了“换一种方式”，这次没有做人脸比对。"),
)
UNABLE = {
    Reason.NOT_ENROLLED: Clue(
        N_("通话时还没有登记照，系统没法比对。请您看录像确认身份。"), N_("通话时还没有登记照，系统没法比对。")
    ),
    Reason.ENGINE_FAILED: Clue(
        N_("这次没有可用的比对程序（技术原因），请您看录像确认身份。"), N_("这次没有可用的比对程序（技术原因）。")
    ),
}
NOTHING_COMPARED = Clue(N_("这次系统没有比对。请您看录像确认身份。"), N_("这次系统没有比对。"))
TOO_SHORT = Clue(N_("通话太短，系统还没来得及判断。请您看录像确认身份。"), N_("通话太短，系统还没来得及判断。"))
CLUES = {
    IdentityState.MATCHED: Clue(N_("系统比对一致。请您看一眼，再作结论。"), N_("系统比对一致。")),
    IdentityState.CONTESTED: Clue(
        N_("系统前后不一致：有几段像本人，有几段不像。请重点看标出的几段。"),
        N_("系统前后不一致：有几段像本人，有几段不像。"),
    ),
    IdentityState.NOT_MATCHED: Clue(
        N_("系统觉得和登记照不像。可能是光线、角度或照片太旧，也可能不是本人，请您判断。"),
        N_("系统觉得和登记照不像。可能是光线、角度或照片太旧，也可能不是本人。"),
    ),
    IdentityState.INCONCLUSIVE: Clue(
        N_("系统拿不准：清楚的截图太少，没法比对。"), N_("系统拿不准：清楚的截图太少，没法比对。")
    ),
}


def about_pictures(ended: CheckInEnded) -> list[Sentence]:
    """How many stills could be used, and what was wrong with the others."""
    if not ended.stills:
        return []
    usable = sum(1 for still in ended.stills if is_usable(still))
    if usable == len(ended.stills):
        return []
    causes = Counter(cause for still in ended.stills for cause in causes_of(still)).most_common(3)
    return [
        Sentence(N_("%(all)s 张截图里 %(usable)s 张可用"), {"all": len(ended.stills), "usable": usable}, tuple(causes))
    ]


def about_connection(ended: CheckInEnded) -> list[Sentence]:
    """Time that was lost on the way, or when little came through, with the cause; a technical one is said to be so."""
    said = {
        "connection": N_("中间断线 %(seconds)s 秒，是网络原因，不算本人的问题。"),
        "server": N_("中间断线 %(seconds)s 秒，是我们系统的原因，不算本人的问题。"),
    }
    drops = [drop for drop in ended.drops if drop.seat == "subject"]
    lost_s = {cause: round(sum(drop.to_s - drop.from_s for drop in drops if drop.cause == cause)) for cause in said}
    sentences = [Sentence(text, {"seconds": lost_s[cause]}) for cause, text in said.items() if lost_s[cause]]
    weak_s = round(sum(weak.to_s - weak.from_s for weak in ended.weak if weak.seat == "subject"))
    paused_s = round(sum(pause.to_s - pause.from_s for pause in ended.pauses if pause.seat == "subject"))
    if paused_s:
        sentences.append(
            Sentence(N_("有 %(seconds)s 秒网络太慢，只有声音，没有画面可看，不算本人的问题。"), {"seconds": paused_s})
        )
    dark_s = round(sum(mute.to_s - mute.from_s for mute in ended.mutes if (mute.seat, mute.kind) == DARK))
    if dark_s >= NOTICEABLE_S:
        sentences.append(Sentence(N_("有 %(seconds)s 秒本人关了摄像头（以浏览器所说为准）。"), {"seconds": dark_s}))
    if weak_s:
        sentences.append(
            Sentence(N_("有 %(seconds)s 秒网络较弱，画面和声音可能断断续续，不算本人的问题。"), {"seconds": weak_s})
        )
    return sentences


def is_usable(still: StillFiled) -> bool:
    """The same for a still as it is on file."""
    return was_usable(Verdict(still.verdict), [Reason(reason) for reason in still.reasons])


def causes_of(still: StillFiled) -> list[str]:
    """What stood in the way of a judgment, as sentences; the engine's troubles among them."""
    if is_usable(still):
        return []
    if still.verdict == Verdict.NO_FACE:
        return [N_("没有看到脸")]
    if still.verdict == Verdict.SEVERAL_FACES:
        return [N_("画面里不止一个人")]
    return [REASONS[Reason(reason)] for reason in still.reasons]
