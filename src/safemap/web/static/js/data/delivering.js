// Sends one report of the waiting room: exactly once, whatever answer gets lost on the way.
import { change, read, remembers, remove } from "./waiting-room.js";

const REPORT_MS = 30_000;
const PHOTO_MS = 180_000; // half a megabyte on a slow line
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 30 * 60_000;
const TRY_AGAIN = [408, 425, 429];
const OTHER_REPORT = "urn:safemap:problem:sent-with-other-content";

class Unreachable extends Error {}
class TooBusy extends Error {
  constructor(answer) {
    super(String(answer.status));
    this.status = answer.status;
    this.waitMs = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
  }
}
class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

// Brings a report as far as it gets now, and writes down how far that was. Returns its reporter's link once all of it arrived.
export async function deliver(key, newKey) {
  const report = await read(key);
  if (!report || (report.state !== "waiting" && report.state !== "leaving")) return null;
  try {
    return report.state === "leaving" ? await takeBack(report) : await bring(report, newKey);
  } catch (error) {
    await change(key, (now) => ({ ...now, ...after(error, now, report.body) }));
    return null;
  }
}

async function bring(report, newKey) {
  const { key, body } = report;
  if (!report.followUp) {
    // Written down before it is sent: from here on it may have arrived, whatever becomes of this page.
    const noted = await change(key, (now) => ({ ...now, tried: isAmong(now.tried, body) ? now.tried : [...now.tried, body] }));
    const followUp = await send(noted, body).catch((error) => {
      if (error.problem?.type === OTHER_REPORT) return null;
      throw error;
    });
    if (!followUp) {
      await takeBackEarlier(noted); // an earlier content arrived after all: it goes, and this one comes in its place
      await change(key, (now) => ({ ...now, sendKey: newKey(), tried: [] }));
      return bring(await read(key), newKey);
    }
    const now = await change(key, (it) => (same(it.body, body) && it.state === "waiting" ? { ...it, followUp, tries: 0, nextAt: 0, trouble: null } : null));
    if (!now) return arrivedTooSoon(key, followUp, newKey);
  }
  return bringPhotos(key);
}

// While it was on its way somebody changed it here, or took it out.
async function arrivedTooSoon(key, followUp, newKey) {
  await withdraw(followUp);
  const now = await read(key);
  if (now?.state === "leaving") await remove(key);
  else if (now) await change(key, (it) => ({ ...it, sendKey: newKey(), tried: [], nextAt: 0 }));
  return null;
}

async function bringPhotos(key) {
  for (;;) {
    const report = await read(key);
    const photo = report?.photos.find((one) => !one.isSent && !one.trouble);
    if (!photo) break;
    const written = await ask(`/api/v1/reports/${tokenOf(report.followUp)}/photos`, { body: photo.blob, type: photo.blob.type || "application/octet-stream", key: photo.key, isSignedIn: report.isSignedIn }, PHOTO_MS).then(
      () => ({ ...photo, blob: null, isSent: true }),
      (error) => {
        if (error instanceof Refused) return { ...photo, trouble: error.message };
        throw error;
      },
    );
    await change(key, (now) => ({ ...now, photos: now.photos.map((one) => (one.key === photo.key ? written : one)) }));
  }
  const report = await read(key);
  if (report.photos.some((one) => one.trouble)) {
    await change(key, (now) => ({ ...now, state: "refused", trouble: { kind: "photo" } }));
    return null;
  }
  if (!(await remembers())) await remove(key);
  else await change(key, ({ village, name, body, at, followUp, isSignedIn }) => ({ key, village, name, category: body.category, at, followUp, isSignedIn, photos: [], tried: [], state: "sent", sentAt: Date.now() }));
  return report.followUp;
}

async function takeBack(report) {
  if (report.followUp) await withdraw(report.followUp);
  else if (report.tried.length) await takeBackEarlier(report);
  await remove(report.key);
  return null;
}

// Under one key the server keeps the first content that reached it: asked for with that very content, it gives its link.
async function takeBackEarlier(report) {
  for (const body of report.tried) {
    const followUp = await send(report, body).catch((error) => {
      if (error instanceof Refused) return null;
      throw error;
    });
    if (followUp) return withdraw(followUp);
  }
  return null;
}

async function send(report, body) {
  const answer = await ask(`/api/v1/villages/${encodeURIComponent(report.village)}/hazards`, { body: JSON.stringify(body), type: "application/json", key: report.sendKey, isSignedIn: report.isSignedIn }, REPORT_MS);
  const { follow_up: followUp } = await answer.json().catch(() => ({}));
  if (!followUp) throw new Unreachable("no answer of ours"); // such as a Wi-Fi's own sign-in page
  return new URL(followUp, self.location.href).pathname;
}

async function withdraw(followUp) {
  const stop = stopAfter(REPORT_MS);
  const answer = await fetch(`${followUp}/withdraw`, { method: "POST", credentials: "omit", signal: stop }).catch(() => {
    throw new Unreachable("withdraw");
  });
  if (answer.status >= 500 || TRY_AGAIN.includes(answer.status)) throw new TooBusy(answer); // else it is gone, or was before
}

async function ask(address, { body, type, key, isSignedIn }, waitMs) {
  const headers = { "Content-Type": type, "Idempotency-Key": key, Accept: "application/json" };
  const answer = await fetch(address, { method: "POST", body, headers, credentials: isSignedIn ? "same-origin" : "omit", cache: "no-store", signal: stopAfter(waitMs) }).catch((error) => {
    throw new Unreachable(error.message);
  });
  if (answer.ok) return answer;
  const isOurs = (answer.headers.get("Content-Type") ?? "").includes("problem+json");
  if (answer.status >= 500 || TRY_AGAIN.includes(answer.status) || !isOurs) throw new TooBusy(answer);
  throw new Refused(await answer.json());
}

// What a failure makes of a report: it waits longer, or whoever wrote it has to look at it again.
function after(error, now, body) {
  if (error instanceof Refused) {
    const { status, title, detail, remedy, errors } = error.problem;
    const tried = now.tried.filter((one) => !same(one, body)); // this one has not arrived
    return { state: "refused", tried, trouble: { kind: "refused", status, title, detail, remedy, errors } };
  }
  const tries = now.tries + 1;
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
  const kind = error instanceof TooBusy ? (error.status === 429 ? "often" : "busy") : "unreachable";
  return { tries, nextAt: Date.now() + Math.max(waitMs, error.waitMs ?? 0), trouble: { kind } };
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const isAmong = (bodies, body) => bodies.some((one) => same(one, body));
const tokenOf = (followUp) => followUp.split("/").pop();

function stopAfter(waitMs) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), waitMs);
  return stop.signal;
}
