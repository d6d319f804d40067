"""A face verifier without a worker: it sees what a test says it sees."""

from collections.abc import Sequence

from recognition.engines import EngineInfo, Pixels
from recognition.enrolment import FEWEST_PICTURES, Enrolment, PictureReport, Reference
from recognition.verdict import SFACE, Comparison, Reason
from recognition.verifier import FaceVerifier, Look

ENGINE = EngineInfo("sface", "0b" * 32, SFACE)
JPEG = b"\xff\xd8\xff\xe0 a picture of somebody"
PNG = b"\x89PNG\r\n\x1a\n a picture of somebody"
DARK = JPEG + b" in the dark"


class FakeVerifier(FaceVerifier):
    """Every picture shows one face past every gate, but DARK; every comparison scores `score`."""

    def __init__(self, score: float = 0.8) -> None:
        super().__init__(ENGINE, (), lambda: 0.0)
        self.score = score

    async def compare(self, reference: Reference, pixels: Pixels) -> Comparison:
        """One good face, `score` close."""
        return Comparison(1, self.score, (), ENGINE.name, ENGINE.model_sha256)

    async def look(self, jpeg: bytes) -> Look:
        """One face, and whether it is too dark."""
        reasons = _wrong_with(jpeg)
        return Look(1, reasons, not reasons)

    async def enrol(self, pictures: Sequence[bytes]) -> Enrolment:
        """A reference if enough pictures are not DARK."""
        reports = tuple(PictureReport(not _wrong_with(one), 1, _wrong_with(one)) for one in pictures)
        enough = sum(report.ok for report in reports) >= FEWEST_PICTURES
        reference = Reference(ENGINE.name, ENGINE.model_sha256, b"\x00\x00\x80\x3f" * 128) if enough else None
        return Enrolment(reference, reports, ())


def _wrong_with(picture: bytes) -> tuple[Reason, ...]:
    return (Reason.TOO_DARK,) if picture == DARK else ()
