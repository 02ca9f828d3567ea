// The worker between the pages and the network: opens kept pages when there is no connection, sends what waits.
// It is served at /sw.js with one line before it: SHELL = { version, pages }, by which a new version is another worker.
//
// A new version takes over at once and reloads nothing: pages name their scripts by content, so an open form goes on
// with those that it has.
/* global SHELL */
import { nextAt, sendDue } from "./js/data/due.js";
import { keepShell, keepVillage, keptAnswer, keptPage, keptVillages, mayBeKept, tidy } from "./js/worker/keeping.js";

const SYNC = "safemap send";
const PATIENCE_MS = 4000; // on a line that hangs, a kept form opens after this
const OURS = /^\/(waiting|offline|villages\/[^/]+\/mark)$/; // the same for everybody: no need to wait for who it is
let keeping = Promise.resolve();

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([clients.claim(), registration.navigationPreload?.enable()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(navigated(event, url));
  else if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) event.respondWith(keptElseAsked(request));
  else if (url.pathname.startsWith("/tiles/base/")) event.respondWith(keptElseAsked(request).catch(() => seenBefore(request)));
  else if (mayBeKept(url.pathname)) event.respondWith(askedElseKept(request));
});

// A page says where it is: what belongs there is kept, one village after the other.
addEventListener("message", (event) => {
  if (event.data?.kind !== "here") return;
  keeping = keeping.then(() => keep(event.data)).catch((error) => console.warn(`nothing new is kept: ${error.message}`));
  event.waitUntil(keeping);
});

addEventListener("sync", (event) => {
  if (event.tag === SYNC) event.waitUntil(sendDue({ isBack: true }).then(orAgain));
});

async function keep({ language, isForm, appearance, village, isSaving }) {
  const told = { version: SHELL.version, language, isForm, appearance, isSaving };
  await keepShell(told, SHELL.pages);
  if (village) await keepVillage(village, told);
  await tidy();
}

// What still waits makes the browser ask again later.
async function orAgain() {
  if ((await nextAt()) < Infinity) throw new Error("something still waits");
}

const keptElseAsked = async (request) => (await keptAnswer(request.url)) ?? fetch(request);

// Beyond the village: a tile that the browser itself still has, stale or not; else empty ground.
const seenBefore = (request) => fetch(request, { cache: "force-cache" }).catch(() => new Response(null, { status: 204 }));

async function askedElseKept(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await keptAnswer(request.url);
    if (!kept) throw error;
    return kept;
  }
}

async function navigated(event, url) {
  if (url.pathname === "/start") return begin(url);
  const asking = asked(event);
  const kept = await keptPage(url.pathname);
  const answer = await Promise.race([asking, kept && OURS.test(url.pathname) ? late() : asking]);
  if (answer && !(answer.status >= 502 && kept)) return answer;
  return isOtherLayer(url) ? offline() : kept ?? offline();
}

// The network's answer; undefined when there is none.
async function asked(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return undefined;
  }
}

const late = () => new Promise((done) => { setTimeout(done, PATIENCE_MS); });

// Of a village's map the reports alone are kept.
const isOtherLayer = ({ pathname, searchParams }) => !OURS.test(pathname) && (searchParams.get("layer") ?? "reports") !== "reports";

const offline = async () => (await keptAnswer("/offline")) ?? Response.error();

// The app opens where it was used last.
async function begin(url) {
  const [last] = await keptVillages();
  const place = last ? `/villages/${encodeURIComponent(last.key)}${url.searchParams.get("to") === "mark" ? "/mark" : ""}` : "/";
  return Response.redirect(place, 302);
}
