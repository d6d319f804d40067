// @ts-check
/** What a person in front of a camera can do about it: one plain sentence for each advice and each trouble. */

import { t } from "./words.js";

/** The sentence for an advice of the device check. @param {string} advice */
export function adviceSentence(advice) {
  switch (advice) {
    case "no_network":
      return t("现在连不上网络，请看看信号");
    case "no_camera":
      return t("没有画面也可以先等着，用声音说话");
    case "no_devices":
      return t("您能看也能听，但矫正官看不到、也听不到您");
    case "several_faces":
      return t("画面里不止一个人，请让旁边的人先避开");
    case "too_dark":
      return t("有点暗，请面向亮的地方");
    case "too_bright":
      return t("光太强了，请换个方向");
    case "flat":
      return t("光线太平，请换到光线清楚的地方");
    case "too_small":
      return t("有点远，请靠近一些");
    case "turned_away":
      return t("请正对着屏幕");
    case "blurred":
      return t("有点模糊，请擦擦镜头、拿稳手机");
    case "low_confidence":
      return t("看不太清您的脸，请摘下口罩或墨镜");
    case "no_face":
      return t("没看到您的脸，请对准圆圈");
    case "no_microphone":
      return t("麦克风没有打开，矫正官听不到您");
    case "no_sound":
      return t("听不到声音，请说句话，看看是不是静音了");
    case "slow_network":
      return t("网络有点慢，可以通话，画面可能会卡");
    case "say_something":
      return t("请说句话，试试声音");
    case "looking":
      return t("正在看光线和距离……");
    case "good_by_sight":
      return t("很好，声音和画面都通了");
    default:
      return t("很好，看得清楚");
  }
}

/** What happened to the camera, and what can be done. @param {import("./devices.js").Trouble} trouble
 * @param {MediaStream} [stream] what is open all the same @returns {{ title: string, text: string }} */
export function troubleSentences(trouble, stream = new MediaStream()) {
  switch (trouble) {
    case "denied":
      return deniedSentences(stream);
    case "missing":
      return { title: t("没有找到摄像头或麦克风"), text: t("如果是外接的，请插好再试一次。没有摄像头也可以先等着。") };
    case "busy":
      return { title: t("摄像头正被别的程序占着"), text: t("请关掉微信视频等正在用摄像头的程序，再试一次。") };
    case "insecure":
      return { title: t("这个地址打不开摄像头"), text: t("地址要以 https 开头。请给矫正官打电话，重新要一个链接。") };
    default:
      return {
        title: t("这个浏览器打不开摄像头"),
        text: t("请给矫正官打电话重新要一个链接，复制到手机自带的浏览器里打开。没有摄像头也可以先等着。"),
      };
  }
}

/** What the browser does not allow, and what the person can still do without it. @param {MediaStream} stream
 * @returns {{ title: string, text: string }} */
function deniedSentences(stream) {
  if (stream.getAudioTracks().length)
    return {
      title: t("摄像头还没有打开"),
      text: t("浏览器现在不允许使用摄像头。照下面的步骤打开，再试一次。打不开也可以先等着，用声音说话。"),
    };
  if (stream.getVideoTracks().length)
    return {
      title: t("麦克风还没有打开"),
      text: t("浏览器现在不允许使用麦克风。照下面的步骤打开，再试一次。打不开也可以先等着，矫正官能看到您，但听不到您。"),
    };
  return {
    title: t("摄像头和麦克风还没有打开"),
    text: t("浏览器现在不允许使用它们。照下面的步骤打开，再试一次。打不开也可以先等着，但矫正官看不到、也听不到您。"),
  };
}
