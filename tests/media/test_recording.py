"""The gaps of a recording, and a folder of cluster files that becomes one file, whatever interrupts it."""

from pathlib import Path

import pytest

from media import webm
from media.frames import Codec, Kind
from media.recording import INIT, WHOLE, ClusterFiles, Gap, gaps_in, join

AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO


@pytest.mark.unit
@pytest.mark.parametrize(
    ("audio", "video", "gaps"),
    [
        ([0, 1000, 2000], [0, 1000, 2000], []),
        ([0, 1001, 2000], [0, 1000, 2000], [Gap(AUDIO, 0, 1.001)]),
        ([0, 1000, 2000], [1500, 2000], [Gap(VIDEO, 0, 1.5)]),  # late
        ([5000, 6000, 7000], [5000], [Gap(VIDEO, 5, 7)]),  # gone early
        ([0, 1000, 4000], [0, 3000, 4000], [Gap(AUDIO, 1, 4), Gap(VIDEO, 0, 3)]),
        ([0, 1000, 2000], [], [Gap(VIDEO, 0, 2)]),  # never came
        ([], [0, 1000, 2000], [Gap(AUDIO, 0, 2)]),
        ([7000], [], []),
    ],
)
def test_silence_and_missing_pictures_are_listed(audio: list[int], video: list[int], gaps: list[Gap]) -> None:
    assert sorted(gaps_in({AUDIO: audio, VIDEO: video}), key=lambda gap: gap.kind) == gaps
    assert [gap.from_s for gap in gaps_in({AUDIO: audio, VIDEO: video})] == sorted(gap.from_s for gap in gaps)


def written(folder: Path) -> Path:
    """Three clusters of sound, half a second each."""
    files = ClusterFiles(folder)
    files.open()
    for cluster in range(3):
        files.begin(webm.cluster_head(cluster * 500))
        for ms in range(0, 500, 20):
            files.append(webm.block(Codec.OPUS, ms, b"sound", keyframe=True))
    files.flush()
    files.close()
    return folder


@pytest.mark.rim
@pytest.mark.parametrize("done", ["nothing", "part of the file", "the file", "the file and a removal", "everything"])
def test_joining_goes_on_wherever_it_was_interrupted(tmp_path: Path, done: str) -> None:
    folder = written(tmp_path)
    if done == "part of the file":
        (folder / WHOLE).with_suffix(".part").write_bytes(b"half")
    elif done != "nothing":
        clusters = {path: path.read_bytes() for path in folder.iterdir()}
        join(folder, broken=False)
        if done != "everything":
            for path, data in list(clusters.items())[1 if done == "the file and a removal" else 0 :]:
                path.write_bytes(data)
    recorded = join(folder, broken=False)
    assert recorded.seconds == 1.5
    assert recorded.path is not None
    assert sum(len(cluster.blocks) for cluster in webm.clusters(recorded.path.read_bytes())) == 75
    assert list(folder.iterdir()) == [folder / WHOLE]


@pytest.mark.rim
def test_files_are_closed_one_by_one_and_only_ours_may_read_them(tmp_path: Path) -> None:
    written(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["000001.cluster", "000002.cluster", "000003.cluster", INIT]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


@pytest.mark.rim
def test_a_recording_is_never_written_over_another(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(FileExistsError):
        ClusterFiles(tmp_path).open()
