// Reports that wait on this phone until they can be sent, each exactly once, and the links of those that were sent.
// Knows neither map nor page.
//
//   const sent = await enqueue({ key, village, name, body, photos }).then(() => sendNow(key));
//   sent.state: "sent" (sent.follow_up is the reporter's own page), "waiting", or "refused" (sent.trouble says why).
//
// `key` is the report's Idempotency-Key (newKey()), `village` the key in the address, `name` the village as people call
// it, `body` what the API takes as a report, `form` what the form held, so that it can be changed, `photos` Blobs.
// enqueue() fails where the browser keeps nothing: send the plain form then.
import { attempt, inTurn, newKey } from "./due.js";
import { shrunk } from "./shrinking.js";
import { change, every, forgetSent, read, remove as removeKept, write } from "./waiting-room.js";

const UNDO_MS = 10_000;
const HELD_MS = 10 * 60_000;

export { newKey, nextAt, sendDue } from "./due.js";
export { forgetSent, remembers, setRemembers, whenChanged } from "./waiting-room.js";

// Everything on this phone, newest first: what waits, what was refused, what was sent.
export const all = async () => (await every()).sort((one, other) => other.at - one.at);

export const one = read;

export const isUnsent = (report) => report.state !== "sent" && report.state !== "leaving";

// Puts a report in; once it is in, closing the page or the phone does not lose it.
export async function enqueue({ key, village, name, body, form = null, photos = [], isSignedIn = false }) {
  const kept = [];
  for (const photo of photos) kept.push({ key: newKey(), blob: await shrunk(photo) }); // one by one: an old phone has little memory
  const report = { key, sendKey: key, village, name, body, form, photos: kept, at: Date.now(), state: "waiting", tries: 0, nextAt: 0, tried: [], isSignedIn };
  await write(report);
  navigator.storage?.persist?.().catch(() => {}); // the browser may otherwise make room by deleting it
  return report;
}

// Tries at once; says how it stands when it is done, or when patience ends while the trying goes on.
export async function sendNow(key, { patienceMs = 20_000 } = {}) {
  const trying = inTurn(() => attempt(key));
  const late = new Promise((done) => { setTimeout(done, patienceMs); });
  const followUp = await Promise.race([trying, late]).catch(() => null);
  return followUp ? { state: "sent", follow_up: followUp } : standing(await read(key));
}

// Puts another content in place of what waits; a copy that may have arrived already is taken back when it is sent.
export async function edit(key, { body, form, photos }) {
  const added = photos ? await Promise.all(photos.map(async (photo) => (photo.key ? photo : { key: newKey(), blob: await shrunk(photo) }))) : null;
  return change(key, (report) => {
    if (report.followUp && body) return null; // it arrived: only its photos can still be changed here
    return { ...report, body: body ?? report.body, form: form ?? report.form, photos: added ?? report.photos, state: "waiting", trouble: null, tries: 0, nextAt: 0 };
  });
}

// Keeps a report back while somebody changes it; if they never come back, it goes as it was.
export const hold = (key) => change(key, (report) => ({ ...report, nextAt: Date.now() + HELD_MS }));

// Takes a report out and returns it, so that this can be undone. If it may have arrived, it is taken back there, too.
export async function remove(key) {
  const was = await read(key);
  if (!was) return null;
  const mayHaveArrived = was.state !== "sent" && (was.tried.length > 0 || was.followUp);
  if (mayHaveArrived) await write({ ...was, state: "leaving", tries: 0, nextAt: Date.now() + UNDO_MS });
  else await removeKept(key);
  return was;
}

export const restore = write;

// Of a session that has ended: links of what was sent in it go, what waits goes without a name.
export async function forgetSession() {
  await forgetSent(({ isSignedIn }) => isSignedIn);
  for (const { key } of (await every()).filter(({ isSignedIn }) => isSignedIn)) await change(key, (report) => ({ ...report, isSignedIn: false }));
}

const standing = (report) => {
  if (!report) return { state: "sent", follow_up: null };
  if (report.state === "refused") return { state: "refused", follow_up: report.followUp ?? null, trouble: report.trouble };
  return report.state === "sent" ? { state: "sent", follow_up: report.followUp } : { state: "waiting", follow_up: report.followUp ?? null, trouble: report.trouble };
};
