// What this phone keeps of the site, so that it opens with no connection: what a visitor sees, and nothing else.
//
// The worker stores only what it asked for itself, without cookies, from the addresses below. No answer to a page of
// somebody signed in ever comes here, whatever they look at.
const MAY_BE_KEPT = [
  /^\/(waiting|offline)$/,
  /^\/villages\/[^/]+(\/mark)?$/,
  /^\/api\/v1\/categories$/,
  /^\/api\/v1\/villages\/[^/]+(\/(hazards|report-counts|places))?$/,
  /^\/tiles\/base\/\d+\/\d+\/\d+\.mvt$/,
  /^\/static\//,
];
const WHOLE = ["zh-Hant", "en"]; // languages that all pages speak
const START = "safemap ";
const SHELL = `${START}shell`;
const ASSETS = `${START}assets`;
const NOTES = "/kept"; // where each cache says what it holds: an address that no page has
const VILLAGES_AT_MOST = 5;
const VILLAGE_BYTES = 2_000_000;
const TILES_AT_ONCE = 4;
const SEEN_MS = 60_000;
const NOT_FOR_KEEPING = /no-store|private/;
const SIGNED_IN = /<body[^>]* data-signed-in/;
const ASKED_EVERY_MS = 10 * 60_000;
// Scripts and styles that a page or a script names; not what they get only when somebody asks for more.
const NEEDED = /(?<!import\()"(\/static\/[^"?]+\.(?:js|css|svg)\?v=[0-9a-f]+)"/g;
const ANYHOW = { ignoreVary: true }; // all of them are a visitor's, in one language

export const mayBeKept = (path) => MAY_BE_KEPT.some((shape) => shape.test(path));

// The kept answer to an address, whatever village it was kept with.
export const keptAnswer = (address) => caches.match(address, ANYHOW);

export const keptPage = (path) => (mayBeKept(path) ? keptAnswer(path) : undefined);

// Keeps the pages that belong to no village, in the language and colours of who uses the phone.
export async function keepShell(here, pages) {
  const was = await notesOf(SHELL);
  const told = toldBy(here, was);
  if (isSame(was, told)) return;
  const cache = await caches.open(SHELL);
  const kept = await keepPages(cache, pages, told);
  await note(cache, { ...told, ...kept });
}

// Keeps a village that somebody looks at: its form, its map, its names and its ground; asks at times whether that is still right.
export async function keepVillage(key, here) {
  const name = `${START}village ${key}`;
  const was = await notesOf(name);
  const now = Date.now();
  const told = toldBy(here, was);
  if (was) await note(await caches.open(name), { ...was, usedAt: now });
  if (isSame(was, told) && now - was.askedAt < ASKED_EVERY_MS) return;
  const list = await (await asVisitor(`/villages/${encodeURIComponent(key)}/kept.json?lang=${told.language}`, { isListed: true })).json();
  const cache = await caches.open(name);
  const isNewGround = was?.ground !== list.ground;
  let notes = { ...was, ...told, key, name: list.name, usedAt: now, askedAt: now };
  if (!isSame(was, told) || was.content !== list.content || isNewGround) {
    const kept = await keepPages(cache, list.pages, told);
    const bytes = await keepData(cache, list.data);
    notes = { ...notes, ...kept, bytes: kept.bytes + bytes, content: list.content, keptAt: now };
    await note(cache, notes);
  }
  if (isNewGround && !here.isSaving) notes = { ...notes, ground: list.ground, ...(await keepTiles(cache, list.tiles, VILLAGE_BYTES - notes.bytes)) };
  await note(cache, notes);
}

// Villages that open with no connection, the one used last first.
export async function keptVillages() {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${START}village `));
  const found = (await Promise.all(names.map(notesOf))).filter((notes) => notes?.keptAt);
  return found.sort((one, other) => other.usedAt - one.usedAt);
}

// Makes room: the villages used longest ago go, and what no kept page needs any more.
export async function tidy() {
  for (const { key } of (await keptVillages()).slice(VILLAGES_AT_MOST)) await caches.delete(`${START}village ${key}`);
  const needed = new Set();
  for (const name of await caches.keys()) for (const asset of (await notesOf(name))?.assets ?? []) needed.add(asset);
  const assets = await caches.open(ASSETS);
  for (const { url } of await assets.keys()) {
    const { pathname, search } = new URL(url);
    if (!needed.has(pathname + search)) await assets.delete(url);
  }
}

export async function forgetVillages() {
  for (const name of await caches.keys()) if (name.startsWith(`${START}village `)) await caches.delete(name);
  await tidy();
}

// What kept pages are to be like. The form speaks more languages than the others, so it is asked for in its own.
function toldBy({ version, language, isForm, appearance }, was) {
  const spoken = isForm && !WHOLE.includes(language) ? "en" : language;
  const ownOfForm = was && was.formLanguage !== was.language ? was.formLanguage : language;
  return { version, language: spoken, formLanguage: isForm ? language : ownOfForm, appearance };
}

// Asks as somebody whom nobody knows; what is not for everybody, or not for keeping, is not kept.
async function asVisitor(address, { isListed = false, cache = "no-cache" } = {}) {
  const { pathname } = new URL(address, self.location.href);
  if (!isListed && !mayBeKept(pathname)) throw new Error(`${pathname} is not to be kept`);
  const answer = await fetch(address, { credentials: "omit", cache, redirect: "error" });
  if (!answer.ok) throw Object.assign(new Error(`${pathname}: ${answer.status}`), { status: answer.status });
  if (NOT_FOR_KEEPING.test(answer.headers.get("Cache-Control") ?? "")) throw new Error(`${pathname} is not for keeping`);
  return answer;
}

// What a visitor's page got a moment ago need not come once more: the browser still has it. Nothing of somebody signed in
// is there, for such answers are kept by no browser.
async function justSeen(address) {
  const answer = await fetch(address, { credentials: "omit", cache: "only-if-cached", mode: "same-origin" }).catch(() => null);
  const isNew = answer?.ok && Date.now() - Date.parse(answer.headers.get("Date")) < SEEN_MS;
  return isNew && !NOT_FOR_KEEPING.test(answer.headers.get("Cache-Control") ?? "") ? answer : null;
}

// All pages or none: a page that was put in names what it needs, and that is kept for as long as it is.
async function keepPages(cache, pages, { language, formLanguage, appearance }) {
  const assets = new Set();
  const made = [];
  for (const path of pages) {
    const lang = path.endsWith("/mark") ? formLanguage : language;
    const { text, headers } = await pageOf(path, lang, appearance);
    if (SIGNED_IN.test(text)) throw new Error(`${path} is somebody's own`); // never so: nobody was told who asks
    const html = text.replace("<html ", `<html data-kept="${Date.now()}" `);
    await keepAssets(html, assets);
    made.push([path, new Blob([html]), plain(headers)]);
  }
  for (const [path, body, headers] of made) await cache.put(path, new Response(body, { headers }));
  return { assets: [...assets], bytes: made.reduce((sum, [, body]) => sum + body.size, 0) };
}

// As it was just looked at, if that was in these words and colours; else asked for anew.
async function pageOf(path, lang, appearance) {
  const seen = appearance === "system" ? await justSeen(path) : null;
  const text = await seen?.text();
  if (text?.includes(`<html lang="${lang}"`)) return { text, headers: seen.headers };
  const answer = await asVisitor(`${path}?${new URLSearchParams({ lang, appearance })}`, { cache: "no-store" });
  return { text: await answer.text(), headers: answer.headers };
}

// What a page needs, and what that needs in turn. All of it is named by its content, so it is fetched once.
async function keepAssets(text, found) {
  const cache = await caches.open(ASSETS);
  for (const [, address] of text.matchAll(NEEDED)) {
    if (found.has(address)) continue;
    found.add(address);
    let answer = await cache.match(address, ANYHOW);
    if (!answer) {
      answer = await asVisitor(address, { cache: "default" });
      if (!/immutable/.test(answer.headers.get("Cache-Control"))) throw new Error(`${address} is another by now`);
      await cache.put(address, answer.clone());
    }
    if (/\.js\?/.test(address)) await keepAssets(await answer.text(), found);
  }
}

async function keepData(cache, addresses) {
  let bytes = 0;
  for (const address of addresses) {
    const answer = (await justSeen(address)) ?? (await asVisitor(address));
    const body = await answer.arrayBuffer();
    bytes += body.byteLength;
    await cache.put(address, new Response(body, { headers: plain(answer.headers) }));
  }
  return bytes;
}

// The ground under a village, from far to near, until its share of the phone is used up.
async function keepTiles(cache, tiles, roomBytes) {
  const waiting = [...tiles];
  let used = 0;
  const next = async () => {
    while (waiting.length && used < roomBytes) {
      const address = waiting.shift();
      const answer = (await justSeen(address)) ?? (await asVisitor(address));
      const body = await answer.arrayBuffer();
      used += body.byteLength;
      if (used > roomBytes) return;
      await cache.put(address, new Response(body.byteLength ? body : null, { status: answer.status, headers: plain(answer.headers) }));
    }
  };
  for (const { url } of await cache.keys()) if (new URL(url).pathname.startsWith("/tiles/")) await cache.delete(url);
  await Promise.all(Array.from({ length: TILES_AT_ONCE }, next));
  return { groundBytes: Math.min(used, roomBytes), isWhole: used <= roomBytes };
}

// An answer's headers without those that speak of its way here.
function plain(headers) {
  const kept = new Headers(headers);
  for (const name of ["Content-Encoding", "Content-Length", "Vary"]) kept.delete(name);
  return kept;
}

async function notesOf(name) {
  const cache = await caches.open(name);
  return (await cache.match(NOTES))?.json();
}

const note = (cache, notes) => cache.put(NOTES, new Response(JSON.stringify(notes), { headers: { "Content-Type": "application/json" } }));

const isSame = (was, told) => Boolean(was) && Object.entries(told).every(([name, value]) => was[name] === value);
