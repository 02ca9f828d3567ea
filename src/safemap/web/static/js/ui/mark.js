// Turns the form into steps and lets a finger choose the spot. Without it the form works as it stands.
/* global L */
import { makeMap } from "../map/base.js";
import { spotIcon } from "../map/symbols.js";
import { draftOf } from "./draft.js";
import "./returning.js";

const form = document.querySelector("[data-mark]");
const part = (name) => form.querySelector(`[data-${name}]`);
const field = (name) => form.elements[name];
const summary = document.querySelector("[data-summary]");
const draft = draftOf(form, form.dataset.mark);

// What was typed before stands again, unless the server has just given it back with what is wrong.
const asked = { lon: field("lon").value, lat: field("lat").value };
const isRestored = !summary && draft.restore();
if (asked.lat && !summary) Object.entries(asked).forEach(([name, value]) => { field(name).value = value; });
part("kept").hidden = !isRestored;
part("anew").addEventListener("click", () => {
  draft.forget();
  location.replace(location.pathname);
});
for (const event of ["input", "change"]) form.addEventListener(event, draft.keep);
if (summary) draft.keep();

// Where
part("with-map").hidden = false;
part("coordinates").open = false;
const element = document.getElementById("map");
const status = part("where-status");
const map = makeMap(element);
let spot = null;

function choose(latlng, accuracyM = 0) {
  field("lat").value = latlng.lat.toFixed(6);
  field("lon").value = latlng.lng.toFixed(6);
  field("accuracy_m").value = accuracyM ? accuracyM.toFixed(0) : "";
  if (field("street")) field("street").value = "";
  show(latlng);
  status.textContent = status.dataset.chosen;
  draft.keep();
}

function show(latlng) {
  spot?.remove();
  spot = L.marker(latlng, { icon: spotIcon(), draggable: true, keyboard: false }).addTo(map);
  spot.on("dragend", () => choose(spot.getLatLng()));
}

map.on("click", (event) => choose(event.latlng));
part("middle").addEventListener("click", () => choose(map.getCenter()));
part("here").addEventListener("click", (event) => {
  const words = event.currentTarget.dataset;
  status.textContent = words.searching;
  const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
  const found = ({ coords }) => {
    if (coords.longitude < west || coords.longitude > east || coords.latitude < south || coords.latitude > north) {
      status.textContent = words.outside;
      return;
    }
    const here = L.latLng(coords.latitude, coords.longitude);
    choose(here, Math.min(coords.accuracy, 5000));
    map.setView(here, 18);
  };
  const failed = () => { status.textContent = words.failed; };
  if (!navigator.geolocation) failed();
  else navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
});
field("street")?.addEventListener("change", () => {
  const [lon, lat] = field("street").value.split(",").map(Number);
  for (const name of ["lon", "lat", "accuracy_m"]) field(name).value = "";
  spot?.remove();
  if (lat) map.setView([lat, lon], 18);
});
if (Number(field("lat").value) && Number(field("lon").value)) show(L.latLng(field("lat").value, field("lon").value));

// Words
const words = field("description");
const left = part("words-left");
const count = () => {
  const [n, limit] = [[...words.value.trim()].length, Number(words.dataset.limit)];
  left.textContent = n > limit ? left.dataset.tooMany.replace("{n}", n - limit) : left.dataset.words.replace("{n}", n).replace("{limit}", limit);
  left.classList.toggle("wrong", n > limit);
};
words.addEventListener("input", count);
count();

// Steps, unless the server has just said what is wrong: then all stands below each other.
const steps = [...form.querySelectorAll("[data-step]")];
let current = 0;

function review() {
  const list = part("review-list");
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.closest("label");
  const street = field("street")?.selectedOptions[0];
  const where = field("lat").value ? list.dataset.chosenOnMap : street?.value ? street.textContent : "";
  const lines = [
    [0, steps[0].querySelector("h2").textContent, where],
    [1, steps[1].querySelector("h2").textContent, chosen("category")?.querySelector("strong").textContent],
    [2, steps[2].querySelector("h2").textContent, chosen("severity")?.textContent],
    [2, steps[2].querySelectorAll("h2")[1].textContent, chosen("noticed_at")?.textContent],
    [3, steps[3].querySelector("h2").textContent, words.value.trim() || "—"],
  ];
  list.replaceChildren(...lines.flatMap(([, question, answer]) => {
    const term = Object.assign(document.createElement("dt"), { textContent: question });
    const said = Object.assign(document.createElement("dd"), { textContent: answer || list.dataset.nothing, className: answer ? "" : "wrong" });
    return [term, said];
  }));
}

function go(to, isNew = true) {
  current = Math.max(0, Math.min(steps.length - 1, to));
  steps.forEach((step, index) => { step.hidden = index !== current; });
  const isLast = current === steps.length - 1;
  part("next").hidden = isLast;
  part("back").hidden = current === 0;
  part("step-count").textContent = part("step-count").dataset.words.replace("{n}", current + 1).replace("{all}", steps.length);
  if (isLast) review();
  if (current === 0) map.invalidateSize();
  if (isNew) part("kept").hidden = true;
  if (isNew) history.pushState({ step: current }, "");
  if (isNew) form.scrollIntoView({ block: "start" });
  if (isNew) steps[current].querySelector("h2").focus({ preventScroll: true });
}

if (summary) {
  summary.focus();
} else {
  form.classList.add("stepped");
  for (const name of ["steps-nav", "step-count", "review"]) part(name).hidden = false;
  const step = isRestored ? (history.state?.step ?? 0) : 0; // a reload stays at its step
  history.replaceState({ step }, "");
  part("next").addEventListener("click", () => go(current + 1));
  part("back").addEventListener("click", () => history.back());
  addEventListener("popstate", (event) => go(event.state?.step ?? 0, false));
  go(step, false);
}
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || summary || !event.target.matches("input") || current === steps.length - 1) return;
  event.preventDefault();
  go(current + 1);
});
form.addEventListener("submit", () => {
  const send = part("send");
  send.textContent = send.dataset.sending;
  draft.keep();
  draft.send();
  setTimeout(() => { send.disabled = true; });
});
addEventListener("pageshow", (event) => {
  // A way back can bring back what was sent already.
  const isSent = !summary && draft.works() && !draft.isKept();
  if (event.persisted && isSent) location.replace(location.pathname);
  else if (isSent) form.reset();
  part("send").disabled = false;
});
