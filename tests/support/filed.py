"""What a check-in leaves behind, for tests that file one."""

from datetime import UTC, datetime, timedelta

from accounts.actor import PostId
from cases.entries import (
    CheckInEnded,
    ConsentCited,
    Drop,
    EngineCited,
    FileCited,
    Gap,
    Mute,
    NoteFiled,
    PicturePause,
    PictureSize,
    RecordingFiled,
    StillFiled,
    ThresholdsCited,
    WeakStretch,
)

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in China


def an_ended_check_in(check_in: str, officer_post: PostId, identity_state: str = "matched") -> CheckInEnded:
    """Five minutes with a drop of twelve seconds, three stills and one note."""
    return CheckInEnded(
        check_in=check_in,
        starts_at=TEN,
        arrived_at=TEN,
        admitted_at=TEN + timedelta(minutes=1),
        ended_at=TEN + timedelta(minutes=6),
        ended_by="officer",
        officer_post=officer_post,
        consent=ConsentCited("2026-11", "ab" * 32, "zh", "face", TEN),
        identity_state=identity_state,
        verdicts={"match": 2, "no_face": 1},
        stills=(
            StillFiled(2.0, "match", 0.81, (), FileCited("check-ins/c1/stills/0001.jpg", "cd" * 32, 31_007)),
            StillFiled(5.5, "no_face", None, (), None),
            StillFiled(9.1, "match", 0.77, (), FileCited("check-ins/c1/stills/0003.jpg", "ce" * 32, 30_112)),
        ),
        recordings=(
            RecordingFiled(
                seat="subject",
                state="sealed",
                file=FileCited("check-ins/c1/subject.webm", "ef" * 32, 9_000_123),
                seconds=288.0,
                starts_at_s=0.4,
                gaps=(Gap("video", 100.0, 112.0, "connection"),),
                sizes=(PictureSize(0.4, 640, 480), PictureSize(112.3, 320, 240)),
            ),
            RecordingFiled("officer", "empty", None, 0.0, 0.0, ()),
        ),
        drops=(Drop("subject", 100.0, 112.0), Drop("officer", 200.0, 201.0)),
        notes=(NoteFiled(52.0, "近况平稳，在找工作"),),
        engine=EngineCited("sface", "0b" * 32, ThresholdsCited(match=0.29, no_match=0.2)),
        mutes=(Mute("subject", "audio", 60.0, 75.0),),
        pauses=(PicturePause("subject", 200.0, 230.0, 0.3, None, 60),),
        weak=(WeakStretch("subject", 90.0, 100.0, 0.21, 420, 180),),
    )
