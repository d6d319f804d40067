"""What every state, verdict and reason is called on a screen; the sentences are translated where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.actor import Role
from accounts.organisation import UnitKind
from accounts.subjects import Level
from cases.entries import EntryKind
from cases.review import Conclusion
from checkins.standing import Shown
from courses.lesson import LessonState
from devices.device import DeviceKind, Stage, StreamState
from recognition.verdict import Reason, Verdict
from web.words import N_


@dataclass(frozen=True, slots=True)
class Tag:
    """A state on the screen. `look` is ok, doubt, info, tech: never danger, which is for people and recordings."""

    look: str
    text: str


ROLES: Mapping[Role, str] = {
    Role.DEPUTY_DIRECTOR: N_("分管副局长"),
    Role.CAPTAIN: N_("大队长"),
    Role.SQUADRON_LEADER: N_("中队长"),
    Role.OFFICER: N_("矫正官"),
    Role.ASSISTANT: N_("辅助人员"),
    Role.COUNSELLOR: N_("心理辅导员"),
    Role.ADMINISTRATOR: N_("系统管理员"),
}

UNIT_KINDS: Mapping[UnitKind, str] = {
    UnitKind.BUREAU: N_("局"),
    UnitKind.BRIGADE: N_("大队"),
    UnitKind.SQUADRON: N_("中队"),
    UnitKind.OFFICE: N_("司法所"),
}

LEVELS: Mapping[Level, str] = {
    Level.NEW: N_("新入矫"),
    Level.LENIENT: N_("宽管"),
    Level.GENERAL: N_("普管"),
    Level.STRICT: N_("严管"),
}

SHOWN: Mapping[Shown, Tag] = {
    Shown.SCHEDULED: Tag("tech", N_("待核查")),
    Shown.WAITING: Tag("info", N_("等候中")),
    Shown.LIVE_OPEN: Tag("info", N_("进行中")),
    Shown.LIVE_MATCHED: Tag("ok", N_("进行中 · 系统比对一致")),
    Shown.LIVE_UNSURE: Tag("doubt", N_("进行中 · 拿不准，请当场看")),
    Shown.TO_LOOK_AT: Tag("ok", N_("待复核 · 系统比对一致")),
    Shown.TO_JUDGE: Tag("doubt", N_("待人工核验")),
    Shown.CONFIRMED: Tag("ok", N_("是本人")),
    Shown.CONCERN: Tag("doubt", N_("是本人，但有疑点")),
    Shown.REJECTED: Tag("doubt", N_("不是本人")),
    Shown.MISSED: Tag("tech", N_("未按时核查")),
    Shown.CANCELLED: Tag("tech", N_("已取消")),
}

LESSONS: Mapping[LessonState, Tag] = {
    LessonState.PLANNED: Tag("tech", N_("还没开课")),
    LessonState.OPEN: Tag("info", N_("正在上课")),
    LessonState.ENDED: Tag("ok", N_("已下课")),
    LessonState.CANCELLED: Tag("tech", N_("已取消")),
}

CONCLUSIONS: Mapping[Conclusion, Tag] = {
    Conclusion.CONFIRMED: Tag("ok", N_("是本人")),
    Conclusion.CONCERN: Tag("doubt", N_("是本人，但有疑点")),
    Conclusion.REJECTED: Tag("doubt", N_("不是本人")),
}

VERDICTS: Mapping[Verdict, Tag] = {
    Verdict.MATCH: Tag("ok", N_("比对一致")),
    Verdict.NO_MATCH: Tag("doubt", N_("比对不一致")),
    Verdict.NO_FACE: Tag("tech", N_("没有看到脸")),
    Verdict.SEVERAL_FACES: Tag("doubt", N_("画面里不止一个人")),
    Verdict.UNABLE: Tag("tech", N_("没法判断")),
}

REASONS: Mapping[Reason, str] = {
    Reason.TOO_DARK: N_("光线太暗"),
    Reason.TOO_BRIGHT: N_("光线太亮"),
    Reason.TOO_SMALL: N_("离镜头太远，脸太小"),
    Reason.TURNED_AWAY: N_("脸没有正对镜头"),
    Reason.BLURRED: N_("画面模糊"),
    Reason.FLAT: N_("光线太平，看不清五官"),
    Reason.LOW_CONFIDENCE: N_("看不太清是不是人脸"),
    Reason.UNREADABLE: N_("图片打不开"),
    Reason.BETWEEN: N_("像，但不够确定"),
    Reason.ENGINE_FAILED: N_("比对程序出了问题（技术原因）"),
    Reason.NOT_ENROLLED: N_("还没有登记照"),
    Reason.OTHER_ENGINE: N_("登记照是用另一种引擎做的，需要重新登记"),
    Reason.BUSY: N_("比对程序忙不过来（技术原因）"),
}

ENTRIES: Mapping[EntryKind, str] = {
    EntryKind.FACE_ENROLLED: N_("登记了人脸"),
    EntryKind.CHECK_IN_ENDED: N_("视频核查结束"),
    EntryKind.CHECK_IN_MISSED: N_("未按时核查"),
    EntryKind.CONCLUSION: N_("人工核验结论"),
    EntryKind.LESSON_ATTENDED: N_("直播课学习记录"),
    EntryKind.CORRECTION: N_("更正了人工核验结论"),
}

DEVICE_KINDS: Mapping[DeviceKind, str] = {
    DeviceKind.BODY_WORN: N_("执法记录仪"),
    DeviceKind.ROOM_CAMERA: N_("房间摄像头"),
    DeviceKind.ENCODER: N_("编码器"),
}

STREAM_STATES: Mapping[StreamState, Tag] = {
    StreamState.AWAY: Tag("tech", N_("不在线")),
    StreamState.COMING: Tag("info", N_("正在接入")),
    StreamState.LIVE: Tag("ok", N_("在线，正在录像")),
    StreamState.LOST: Tag("tech", N_("断线，等它接回")),
}
REVOKED = Tag("tech", N_("已停用"))

RECORDING_STAGES: Mapping[Stage, Tag] = {
    Stage.WRITING: Tag("info", N_("正在录")),
    Stage.SEALED: Tag("ok", N_("已封存")),
    Stage.SEALED_WITH_GAP: Tag("tech", N_("已封存 · 中途断了")),
    Stage.EMPTY: Tag("tech", N_("没有收到画面和声音")),
    Stage.NOT_JOINED: Tag("tech", N_("文件还没有接好（技术原因）")),
}
