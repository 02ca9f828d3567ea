// Reports on this phone: see what waits and why, change it, delete it, send it; find the links of what was sent.
import { all, edit, forgetSent, hold, isUnsent, remembers, remove, restore, sendNow, setRemembers, whenChanged } from "../data/queue.js";
import { forgetVillages, keptVillages } from "../worker/keeping.js";
import { draftOf } from "./draft.js";

document.documentElement.classList.add("scripted");
const UNDO_MS = 10_000;
const part = (name, within = document) => within.querySelector(`[data-${name}]`);
const language = document.documentElement.lang;
const names = Object.fromEntries([...part("categories").children].map((one) => [one.dataset.code, one.textContent]));
const sending = new Set();
const pictures = new Map(); // photos as addresses, by their keys
let undoing = 0;

const nameOf = (code) => names[code] ?? part("categories").dataset.other;
const place = (report) => report.name ?? report.village;

// "3 hours ago", "in 2 minutes".
function when(moment) {
  const seconds = (moment - Date.now()) / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, one]) => Math.abs(seconds) >= one) ?? ["minute", 60];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const sizeOf = (bytes) => new Intl.NumberFormat(language, { style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: bytes < 1e6 ? 0 : 1 }).format(Math.max(1e3, bytes) / (bytes < 1e6 ? 1e3 : 1e6));

function line(words) {
  return Object.assign(document.createElement("p"), { textContent: words });
}

// Why a report still is here, and what helps.
function reasons(report, words) {
  const { trouble, nextAt } = report;
  if (sending.has(report.key)) return [line(words.sending)];
  if (!trouble) return [line(words.new)];
  if (trouble.kind === "photo") return [line(words.photo), ...report.photos.filter((one) => one.trouble).map((one) => line(one.trouble))];
  if (trouble.kind !== "refused") return [line(words[trouble.kind].replace("{when}", when(nextAt)))];
  const told = [trouble.detail, trouble.remedy, ...(trouble.errors ?? []).filter(({ message }) => message !== trouble.detail).map(({ field, message }) => `${field}: ${message}`)];
  return [line(words.refused), ...[...new Set(told.filter(Boolean))].map(line)];
}

// As words in the page itself, for its policy shows no other pictures than the site's.
function pictureOf({ key, blob }) {
  if (!pictures.has(key)) {
    pictures.set(key, new Promise((done) => {
      const reader = new FileReader();
      reader.onloadend = () => done(reader.result ?? "");
      reader.readAsDataURL(blob);
    }));
  }
  return pictures.get(key);
}

function photosOf(report) {
  const kept = report.photos.filter((one) => one.blob);
  return kept.map((photo, index) => {
    const shown = document.getElementById("photo").content.cloneNode(true);
    const [image, button] = [shown.querySelector("img"), part("remove", shown)];
    pictureOf(photo).then((address) => { image.src = address; });
    image.alt = image.alt.replace("{n}", index + 1);
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace("{n}", index + 1));
    button.addEventListener("click", async () => {
      await edit(report.key, { photos: report.photos.filter((one) => one.key !== photo.key) });
      if (report.followUp) await sendNow(report.key); // the rest of it is there already
    });
    return shown;
  });
}

function cardOf(report) {
  const card = document.getElementById("report").content.cloneNode(true).firstElementChild;
  card.dataset.key = report.key;
  card.classList.toggle("refused", report.state === "refused");
  part("category", card).textContent = nameOf(report.body.category);
  part("village", card).textContent = place(report);
  part("words", card).textContent = report.body.description ?? "";
  part("words", card).hidden = !report.body.description;
  part("age", card).textContent = when(report.at);
  const bytes = report.photos.reduce((sum, { blob }) => sum + (blob?.size ?? 0), JSON.stringify(report.body).length);
  part("size", card).textContent = `· ${sizeOf(bytes)}`;
  part("photos", card).replaceChildren(...photosOf(report));
  part("photos", card).hidden = !report.photos.some((one) => one.blob);
  part("why", card).replaceChildren(...reasons(report, part("why", card).dataset));
  const [send, change] = [part("send", card), part("change", card)];
  send.disabled = sending.has(report.key);
  send.hidden = report.state === "refused" && report.trouble.kind !== "photo";
  send.addEventListener("click", () => sendOne(report));
  change.hidden = Boolean(report.followUp);
  change.classList.toggle("main", send.hidden);
  change.addEventListener("click", () => changeIn(report));
  part("delete", card).addEventListener("click", () => takeOut(report));
  part("open", card).hidden = !report.followUp;
  if (report.followUp) part("open", card).href = report.followUp;
  return card;
}

// What has not changed stays in place: nobody taps a button that is just made anew.
function cards(list, reports, made) {
  const there = new Map([...list.children].map((card) => [card.dataset.seen, card]));
  const next = reports.map((report) => {
    const seen = JSON.stringify([report, report.photos.map(({ blob }) => blob?.size), sending.has(report.key), when(report.at)]);
    const card = there.get(seen) ?? made(report);
    card.dataset.seen = seen;
    return card;
  });
  if (next.length !== list.children.length || next.some((card, index) => card !== list.children[index])) list.replaceChildren(...next);
  list.hidden = !reports.length;
}

function linkOf(report) {
  const card = document.getElementById("link").content.cloneNode(true).firstElementChild;
  part("open", card).href = report.followUp;
  part("category", card).textContent = nameOf(report.category);
  part("village", card).textContent = place(report);
  part("age", card).textContent = when(report.sentAt);
  part("delete", card).addEventListener("click", () => takeOut(report));
  return card;
}

async function sendOne(report) {
  sending.add(report.key);
  await show();
  if (report.photos.some((one) => one.trouble)) await edit(report.key, { photos: report.photos.map(({ trouble, ...photo }) => photo) });
  const done = await sendNow(report.key);
  sending.delete(report.key);
  await show();
  return done.state;
}

// The form takes what waits as it takes a draft; sending it from there puts it in place of this one.
async function changeIn(report) {
  await hold(report.key);
  draftOf(null, report.village).put({ ...(report.form ?? report.body), sent_key: report.key });
  location.href = `/villages/${encodeURIComponent(report.village)}/mark`;
}

async function takeOut(report) {
  const was = await remove(report.key);
  if (!was) return;
  const bar = part("undo");
  const words = bar.querySelector("span");
  const isSent = was.state === "sent";
  words.textContent = isSent ? words.dataset.forgotten : was.tried.length ? words.dataset.takenBack : words.dataset.gone;
  bar.hidden = false;
  bar.querySelector("button").onclick = async () => {
    await restore(was);
    bar.hidden = true;
  };
  bar.querySelector("button").focus();
  clearTimeout(undoing);
  undoing = setTimeout(() => {
    const hadFocus = bar.contains(document.activeElement);
    bar.hidden = true;
    if (hadFocus) part("title").focus();
  }, UNDO_MS);
}

async function sendAll(button) {
  const outcome = part("outcome");
  const label = button.textContent;
  button.disabled = true;
  button.textContent = button.dataset.sending;
  const states = [];
  for (const report of (await all()).filter((one) => one.state === "waiting").reverse()) states.push(await sendOne(report));
  button.disabled = false;
  button.textContent = label;
  outcome.textContent = states.every((one) => one === "sent") ? outcome.dataset.sent : states.includes("waiting") ? outcome.dataset.still : "";
}

async function show() {
  const reports = await all();
  const unsent = reports.filter(isUnsent);
  const sent = reports.filter(({ state }) => state === "sent");
  const { none, one, many } = part("title").dataset;
  part("title").textContent = unsent.length ? (unsent.length === 1 ? one : many).replace("{n}", unsent.length) : none;
  const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
  cards(part("unsent"), unsent, cardOf);
  part("send-all").hidden = unsent.filter(({ state }) => state === "waiting").length < 2;
  part("empty").hidden = unsent.length > 0 || sent.length > 0;
  cards(part("links"), sent, linkOf);
  part("sent-part").hidden = !sent.length;
  if (!unsent.length) part("new").hidden = true;
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"] button:not([disabled])`)?.focus();
}

async function showVillages() {
  const villages = await keptVillages().catch(() => []);
  const names = part("kept-names");
  names.textContent = villages.map(({ name, bytes, groundBytes = 0 }) => names.dataset.size.replace("{name}", name).replace("{size}", sizeOf(bytes + groundBytes))).join(names.dataset.between);
  part("villages").hidden = !villages.length;
  if (villages.length) part("mark-one").href = `/villages/${encodeURIComponent(villages[0].key)}/mark`;
}

part("remembers").checked = await remembers();
part("remembers").addEventListener("change", (event) => setRemembers(event.target.checked));
part("forget-all").addEventListener("click", () => forgetSent());
part("send-all").querySelector("button").addEventListener("click", (event) => sendAll(event.target));
part("forget-villages").addEventListener("click", async (event) => {
  await forgetVillages();
  await showVillages();
  document.getElementById("said").textContent = event.target.dataset.done;
});
part("new").hidden = new URLSearchParams(location.search).get("new") === null;
whenChanged(show);
await show();
await showVillages();
