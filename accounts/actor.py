"""Who acts: the ids of people, posts and units, the roles, and the actor that every act names."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

UnitId = NewType("UnitId", str)
PersonId = NewType("PersonId", str)
PostId = NewType("PostId", str)


class Role(StrEnum):
    """What a post is for."""

    DEPUTY_DIRECTOR = "deputy_director"  # 分管副局长
    CAPTAIN = "captain"  # 大队长
    SQUADRON_LEADER = "squadron_leader"  # 中队长
    OFFICER = "officer"  # 矫正官
    ASSISTANT = "assistant"  # 辅助人员
    COUNSELLOR = "counsellor"  # 心理辅导员
    ADMINISTRATOR = "administrator"  # 系统管理员


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which post; every act names it. Having one proves nothing: access_case() looks again."""

    person: PersonId
    name: str
    post: PostId
    role: Role
    unit: UnitId
    unit_name: str
