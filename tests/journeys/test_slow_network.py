"""An uplink that carries no picture: the call goes on with sound, everybody knows why, and the picture comes back."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.network import a_network

pytestmark = pytest.mark.journey

SOUND_GOES_ON = """async () => {
  const video = document.querySelector('video[data-part="other"]');
  const [track] = video.srcObject.getAudioTracks();
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  for (;;) {
    analyser.getFloatTimeDomainData(samples);
    if (samples.some((each) => Math.abs(each) > 0.001)) return true;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""


async def test_a_call_goes_on_with_sound_where_the_network_carries_no_picture(journey: Journey) -> None:
    async with a_network(journey.server.origin) as network:
        subject, officer = await journey.invited(through=network), await journey.desk()
        await subject.agrees()
        await subject.waits()
        await officer.admits()
        await subject.sees_the_other()
        await officer.sees_the_other()

        network.squeeze()
        await subject.reads("网络太慢，暂时只有声音", "不算您的问题，请接着说话。")
        await officer.reads("网络太慢，暂时只有声音", "是网络原因，不算对方的问题。", "画面会自己回来。")
        assert await officer.page.evaluate(SOUND_GOES_ON)
        await journey.looked_at(subject, "sound-only-phone")
        await journey.looked_at(officer, "sound-only-desk")
        await officer.page.reload()
        await officer.reads("网络太慢，暂时只有声音")

        network.mend()
        await officer.reads_nowhere("网络太慢，暂时只有声音")
        await subject.reads_nowhere("网络太慢，暂时只有声音")
        await officer.sees_the_other()

        await officer.ends_the_call()
        await subject.gets_the_receipt()
        await officer.goes_to_the_review()
        await officer.reads("秒网络太慢，只有声音，没有画面可看，不算本人的问题。")
        lane = officer.part("lane-network-subject")
        await expect(lane.locator('[title*="网络太慢，只有声音"]')).not_to_have_count(0)
        await expect(officer.part("lane-identity").locator('[title*="网络太慢，只有声音"]')).not_to_have_count(0)
        await journey.looked_at(officer, "sound-only-review")
