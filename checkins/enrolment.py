"""Reference faces (登记照): enrolled from 3–5 pictures past the gates, kept for comparing and for enrolling again."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import access_case
from accounts.actor import Actor
from accounts.audit import note_in
from accounts.details import BadDetail
from accounts.powers import Power
from accounts.subjects import SubjectId, Subjects
from cases.entries import EngineCited, FaceEnrolled, FileCited
from cases.ledger import append_in
from checkins.at_odds import faces_at_odds_in
from checkins.store import PortraitRow, ReferenceFaceRow
from recognition.enrolment import FEWEST_PICTURES, MOST_PICTURES, Enrolment, Reference
from recognition.verifier import FaceVerifier
from storage.database import Database
from storage.files import FileStore, SealedFile
from storage.ids import new_id

_PNG = b"\x89PNG\r\n\x1a\n"


class Enrolments:
    """The reference faces of one database. Every call goes through access_case(): NotYours for all that is not."""

    def __init__(self, database: Database, verifier: FaceVerifier, files: FileStore) -> None:
        self._database = database
        self._verifier = verifier
        self._files = files

    async def enrol(self, actor: Actor, subject: SubjectId, pictures: Sequence[bytes], at: datetime) -> Enrolment:
        """A reference face, or what was wrong with each picture; then nothing is kept, and the former one stays.

        BadDetail("pictures", "count") unless there are three to five.
        """
        await access_case(self._database, actor, subject, Power.ENROL_FACE, at)
        if not FEWEST_PICTURES <= len(pictures) <= MOST_PICTURES:
            raise BadDetail("pictures", "count")
        enrolment = await self._verifier.enrol(pictures)
        if enrolment.reference is not None:
            good = [picture for picture, report in zip(pictures, enrolment.pictures, strict=True) if report.ok]
            await self._keep(actor, subject, enrolment.reference, good, at)
        return enrolment

    async def enrolled(self, actor: Actor) -> frozenset[SubjectId]:
        """The subjects in the actor's area who have a reference face."""
        cases = {case.id for case in await Subjects(self._database).in_area(actor)}
        query = select(ReferenceFaceRow.subject).where(ReferenceFaceRow.superseded_at.is_(None))
        async with self._database.reading() as session:
            return frozenset(await session.scalars(query)) & cases

    async def at_odds(self, subject: SubjectId) -> frozenset[str]:
        """The reference faces of a case that its ledger contradicts. The caller has been through access_case()."""
        async with self._database.reading() as session:
            return await faces_at_odds_in(session, subject)

    async def portrait(self, actor: Actor, subject: SubjectId, at: datetime) -> Path | None:
        """The first picture of the reference face, to compare by eye; None when there is none. The view is audited."""
        await access_case(self._database, actor, subject, Power.SEE_CASE, at)
        async with self._database.transaction() as session:
            reference = await _current(session, subject)
            if reference is None:
                return None
            first = select(PortraitRow.name).where(PortraitRow.reference == reference.id).order_by(PortraitRow.n)
            name = (await session.scalars(first.limit(1))).one()
            await note_in(session, actor, "see_portrait", f"subject/{subject}", at)
        return self._files.path(name)

    async def _keep(
        self, actor: Actor, subject: SubjectId, reference: Reference, pictures: Sequence[bytes], at: datetime
    ) -> None:
        """Pictures first, then the fact: a crash in between leaves files that nothing cites, never the reverse."""
        new = new_id()
        names = [f"portraits/{new}/{n}.{suffix(picture)}" for n, picture in enumerate(pictures, 1)]
        kept = [
            await asyncio.to_thread(self._files.keep, data, name) for data, name in zip(pictures, names, strict=True)
        ]
        async with self._database.transaction() as session:
            former = await _current(session, subject)
            if former is not None:
                former.superseded_at = at
            session.add(
                ReferenceFaceRow(
                    id=new,
                    subject=subject,
                    engine=reference.engine,
                    model_sha256=reference.model_sha256,
                    template=reference.template,
                    enrolled_at=at,
                    enrolled_by=actor.post,
                )
            )
            await session.flush()
            session.add_all(
                PortraitRow(name=file.name, reference=new, n=n, sha256=file.sha256, size=file.size)
                for n, file in enumerate(kept, 1)
            )
            body = FaceEnrolled(
                reference=new,
                pictures=tuple(map(_cited, kept)),
                engine=EngineCited(reference.engine, reference.model_sha256),
                template_sha256=hashlib.sha256(reference.template).hexdigest(),
                supersedes=former.id if former else None,
            )
            await append_in(session, subject, body, actor.post, at)
            await note_in(session, actor, Power.ENROL_FACE.value, f"subject/{subject}", at, detail={"reference": new})


def suffix(picture: bytes) -> str:
    """The file name's ending for a picture that was read as one of the two kinds that are."""
    return "png" if picture.startswith(_PNG) else "jpg"


def _cited(file: SealedFile) -> FileCited:
    return FileCited(file.name, file.sha256, file.size)


async def _current(session: AsyncSession, subject: SubjectId) -> ReferenceFaceRow | None:
    query = select(ReferenceFaceRow).where(
        ReferenceFaceRow.subject == subject, ReferenceFaceRow.superseded_at.is_(None)
    )
    return await session.scalar(query)
