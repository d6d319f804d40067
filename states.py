"""Every state table of the house on one page: `python -m states` prints docs/states.md, `--check` compares it."""

import sys
from pathlib import Path

from cases.review import REVIEW
from checkins.checkin import CHECK_IN
from checkins.identity import IDENTITY
from courses.floor import HAND
from courses.lesson import LESSON
from devices.device import STREAM
from media.peer import PEER
from media.recorder import RECORDING
from recognition.challenges import ASKED
from signaling.dialogue import DIALOGUE
from signaling.lesson_dialogue import LESSON_DIALOGUE
from statetable import markdown

PAGE = Path(__file__).parent / "docs" / "states.md"

HEAD = """# State tables

Printed by `./run states` from the tables in the code; a test compares. A cue where a “–” stands is an `IllegalCue`, and
nothing has happened. A diagram leaves out the cues that lead back to the same state; an arrow to the dot is an end.
"""


def page() -> str:
    """docs/states.md as it should be."""
    return "\n".join(
        [
            HEAD,
            markdown("Check-in (视频核查): `checkins/checkin.py`", CHECK_IN),
            markdown("Identity within it (身份核验): `checkins/identity.py`", IDENTITY),
            markdown("Challenge (随机动作): `recognition/challenges.py`", ASKED),
            markdown("Live lesson (直播课): `courses/lesson.py`", LESSON),
            markdown("A learner's hand and the word (举手与发言): `courses/floor.py`", HAND),
            markdown("Recording (录像): `media/recorder.py`", RECORDING),
            markdown("Peer, one browser's connection (连接端): `media/peer.py`", PEER),
            markdown("Stream of a device (设备的码流): `devices/device.py`", STREAM),
            markdown("Dialogue, who may say what when: `signaling/dialogue.py`", DIALOGUE),
            markdown("Dialogue in a lesson: `signaling/lesson_dialogue.py`", LESSON_DIALOGUE),
            markdown("Review (复核): `cases/review.py`", REVIEW),
        ]
    )


def main(arguments: list[str]) -> int:
    """Print the page, or with --check only say whether it is up to date; the exit code."""
    if arguments == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        sys.stderr.write("docs/states.md is out of date: ./run states\n")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
