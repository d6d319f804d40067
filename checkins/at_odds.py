"""Where rows of check-ins and faces are at odds with their case's ledger: what its own chain does not cover."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.subjects import SubjectId
from cases.entries import CheckInEnded, CheckInMissed, Concluded, Corrected, FaceEnrolled, FileCited
from cases.ledger import Entry, readable_in
from cases.review import Conclusion, EntryId
from checkins.appointment import Appointment, appointment_of, readable
from checkins.checkin import CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.lists import choice_as_it_stands
from checkins.store import CheckInRow, ConsentRow, PortraitRow, ReferenceFaceRow, SubjectSessionRow

IDENTITIES = {
    Conclusion.CONFIRMED: IdentityState.CONFIRMED,
    Conclusion.CONCERN: IdentityState.CONCERN,
    Conclusion.REJECTED: IdentityState.REJECTED,
}


@dataclass(slots=True)
class OnFile:
    """What the ledger has about one check-in: its end, and what a person filed, the last of it last."""

    ends: dict[EntryId, CheckInEnded] = field(default_factory=dict)
    words: dict[EntryId, Concluded | Corrected | CheckInMissed] = field(default_factory=dict)


async def at_odds_in(session: AsyncSession, subject: SubjectId) -> frozenset[CheckInId]:
    """The check-ins of a case of which its ledger says something else than their rows, or which only one of them knows.

    Also shows that the end of a ledger was cut off, which its chain cannot. An entry that cannot be read is not there.
    """
    query = (
        select(CheckInRow, choice_as_it_stands())
        .outerjoin(SubjectSessionRow, SubjectSessionRow.check_in == CheckInRow.id)
        .outerjoin(ConsentRow, ConsentRow.id == SubjectSessionRow.consent)
        .where(CheckInRow.subject == subject, readable())
    )
    damaged = select(CheckInRow.id).where(CheckInRow.subject == subject, ~readable())
    rows = [(appointment_of(row), choice) for row, choice in await session.execute(query)]
    return at_odds(rows, await readable_in(session, subject)) | set(await session.scalars(damaged))


async def faces_at_odds_in(session: AsyncSession, subject: SubjectId) -> frozenset[str]:
    """The reference faces of a case of which its ledger says something else than their rows and pictures, or nothing;
    and those that only the ledger knows.
    """
    query = select(
        ReferenceFaceRow.id,
        ReferenceFaceRow.engine,
        ReferenceFaceRow.model_sha256,
        ReferenceFaceRow.template,
        ReferenceFaceRow.superseded_at.is_(None).label("counts"),
    ).where(ReferenceFaceRow.subject == subject)
    faces = (await session.execute(query)).all()
    pictures = select(PortraitRow.reference, PortraitRow.name, PortraitRow.sha256, PortraitRow.size)
    kept: dict[str, list[FileCited]] = defaultdict(list)
    for reference, name, sha256, size in await session.execute(
        pictures.where(PortraitRow.reference.in_([face.id for face in faces])).order_by(PortraitRow.n)
    ):
        kept[reference].append(FileCited(name, sha256, size))
    filed = [entry.body for entry in await readable_in(session, subject) if isinstance(entry.body, FaceEnrolled)]
    former = [None, *(body.reference for body in filed)]
    right = {
        body.reference: (body.engine.name, body.engine.model_sha256, body.template_sha256, [*body.pictures], counts)
        for n, body in enumerate(filed)
        for counts in [n == len(filed) - 1]
        if body.supersedes == former[n]
    }
    found = {
        face.id: (face.engine, face.model_sha256, _sha256(face.template), kept[face.id], face.counts) for face in faces
    }
    named = {body.reference for body in filed} | found.keys()
    return frozenset(one for one in named if one not in found or right.get(one) != found[one])


def _sha256(template: object) -> str:
    """Of what stands in a template's place; somebody may have put text there."""
    return hashlib.sha256(template).hexdigest() if isinstance(template, bytes) else "no template"


def at_odds(rows: Iterable[tuple[Appointment, str | None]], entries: Sequence[Entry]) -> frozenset[CheckInId]:
    """at_odds_in() for what was read: check-ins with the choice of the browser let in last, and the ledger."""
    filed = on_file(entries)
    wrong = {
        appointment.id
        for appointment, choice in rows
        if not agrees(appointment, choice, filed.pop(appointment.id, OnFile()))
    }
    return frozenset(wrong | filed.keys())


def on_file(entries: Iterable[Entry]) -> dict[CheckInId, OnFile]:
    """The ledger by check-in."""
    filed: dict[CheckInId, OnFile] = defaultdict(OnFile)
    for entry in entries:
        match entry.body:
            case CheckInEnded():
                filed[CheckInId(entry.body.check_in)].ends[entry.id] = entry.body
            case Concluded() | Corrected() | CheckInMissed():
                filed[CheckInId(entry.body.check_in)].words[entry.id] = entry.body
            case _:
                pass
    return dict(filed)


def agrees(appointment: Appointment, choice: str | None, filed: OnFile) -> bool:
    """Whether a row says what is on file. `choice` is None where no browser was ever let in."""
    last = next(reversed(filed.words), None)
    if appointment.entry not in (filed.ends or {None}) or appointment.conclusion != last:
        return False
    ended = filed.ends[appointment.entry] if appointment.entry else None
    word = filed.words[appointment.conclusion] if appointment.conclusion else None
    state = appointment.check_in.state
    if ended is not None and choice not in (None, ended.consent.choice):
        return False
    match ended, word:
        case None, None:
            return state not in (CheckInState.ENDED, CheckInState.FILED)
        case None, CheckInMissed():
            return state is CheckInState.FILED
        case CheckInEnded(), None:
            return state is CheckInState.ENDED and says_the_same(appointment, ended, ended.identity_state)
        case CheckInEnded(), Concluded() | Corrected():
            concluded = IDENTITIES[word.conclusion]
            cites = cite_each_other(appointment.entry, filed.words)
            return state is CheckInState.FILED and cites and says_the_same(appointment, ended, concluded)
        case _:
            return False


def cite_each_other(end: EntryId | None, words: Mapping[EntryId, Concluded | Corrected | CheckInMissed]) -> bool:
    """Whether the first word is a conclusion about the end, and every later one corrects the one before it."""
    cited = end
    for n, (entry, word) in enumerate(words.items()):
        if not isinstance(word, Corrected if n else Concluded) or word.cites != cited:
            return False
        cited = entry
    return True


def says_the_same(appointment: Appointment, ended: CheckInEnded, identity: str) -> bool:
    """Whether a row is of the check-in whose end this is, with the same host, and with this identity."""
    of_row = (appointment.id, appointment.host_post, appointment.identity)
    return of_row == (ended.check_in, ended.officer_post, identity)
