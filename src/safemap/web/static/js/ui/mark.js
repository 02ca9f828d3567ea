// Turns the form into steps, one question each, and keeps what is answered. Without it the form works as it stands.
import { draftOf } from "./draft.js";
import { makeReady, sendThroughPhone } from "./sending.js";
import { startPhotos } from "./mark-photos.js";
import { startReview } from "./mark-review.js";
import { startWhere } from "./mark-where.js";
import { startSimilar } from "./similar.js";
import "./returning.js";

document.documentElement.classList.add("scripted");

const form = document.querySelector("[data-mark]");
const part = (name) => form.querySelector(`[data-${name}]`);
const field = (name) => form.elements[name];
const summary = document.querySelector("[data-summary]");
const draft = draftOf(form, form.dataset.mark);

// What was typed before stands again, unless the server has just given it back with what is wrong.
makeReady(form);
const asked = { lon: field("lon").value, lat: field("lat").value };
const isRestored = !summary && draft.restore();
if (asked.lat && !summary) {
  for (const name of ["line", "area", "place", "accuracy_m"]) field(name).value = "";
  Object.entries(asked).forEach(([name, value]) => { field(name).value = value; });
}
part("kept").hidden = !isRestored;
form.querySelector(".rule").open ||= Boolean(form.querySelector('[name="weekdays"]:checked') || field("from_hour").value || field("until_hour").value);
part("anew").addEventListener("click", () => {
  draft.forget();
  location.replace(location.pathname);
});
for (const event of ["input", "change"]) form.addEventListener(event, draft.keep);
if (summary) draft.keep();

startPhotos(form);
const where = startWhere(form, draft.keep);
const similar = startSimilar(form, draft);
const review = startReview(form, (id) => go(id), where);

// What: what is urgent is called in before the form goes on.
const heard = new Set();
const category = () => form.querySelector('[name="category"]:checked');
const isUrgent = () => Boolean(category()?.dataset.firstCall) && !heard.has(category().value);
function chooseCategory() {
  const chosen = category();
  if (!chosen) return;
  chosen.closest("details").open = true;
  where.offer(chosen.dataset.drawn.split(" "));
  steer();
  if (isUrgent()) chosen.closest("label").scrollIntoView({ block: "center" }); // the number to call stands below it
}
form.querySelector('[name="noticed_at"][value="once"]').addEventListener("change", () => field("happened_at").scrollIntoView({ block: "center" }));
for (const radio of form.querySelectorAll('[name="category"]')) radio.addEventListener("change", chooseCategory);
for (const button of form.querySelectorAll("[data-not-urgent]")) {
  button.addEventListener("click", () => {
    heard.add(category().value);
    steer();
    if (!summary) next();
  });
}
// One family open at a time, also where a browser does not do so by itself.
for (const family of form.querySelectorAll(".family")) {
  family.addEventListener("toggle", () => {
    if (!family.open) return;
    for (const other of form.querySelectorAll(".family[open]")) if (other !== family) other.open = false;
    if (family.getBoundingClientRect().bottom > innerHeight - 80) family.scrollIntoView({ block: "nearest" });
  });
}

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
const shown = () => steps.filter((step) => !("skip" in step.dataset));
let current = steps[0];

const isAnswered = {
  category: () => Boolean(category()),
  where: async () => {
    const isAnswered = where.isAnswered() || (await where.settle());
    if (isAnswered) await similar.look();
    return isAnswered;
  },
  severity: () => ["severity", "noticed_at"].every((name) => form.querySelector(`[name="${name}"]:checked`)),
};

function complain(step, isMissing) {
  step.querySelector("[data-missed]")?.remove();
  if (!isMissing) return;
  const said = Object.assign(document.createElement("p"), { className: "wrong", textContent: step.dataset.missing });
  said.dataset.missed = "";
  said.setAttribute("role", "alert");
  (step.querySelector("legend") ?? step.querySelector("h2")).after(said);
  said.scrollIntoView({ block: "nearest" });
}

// The way on is offered when there is one.
function steer() {
  const isLast = current === shown().at(-1);
  part("send").hidden = !isLast && !summary;
  part("next").textContent = current.id === "similar" ? similar.onward : part("next").dataset.next;
  part("next").hidden = isLast || (current.id === "category" && isUrgent());
  part("back").hidden = current === shown()[0];
  part("first-calls").hidden = !isUrgent();
  part("steps-nav").hidden = [...part("steps-nav").children].every((button) => button.hidden);
}

async function next() {
  const step = current;
  const answered = await (isAnswered[step.id]?.() ?? true);
  if (step !== current) return;
  complain(step, !answered);
  if (answered && !(step.id === "category" && isUrgent())) go(shown()[shown().indexOf(step) + 1].id);
}

function go(id, isNew = true) {
  current = shown().find((step) => step.id === id) ?? shown()[0];
  const [place, all] = [shown().indexOf(current) + 1, shown().length];
  steps.forEach((step) => { step.hidden = step !== current; });
  form.dataset.at = String(place - 1);
  part("step-count").textContent = part("step-count").dataset.words.replace("{n}", place).replace("{all}", all);
  part("progress").dataset.share = String(Math.ceil((5 * place) / all));
  steer();
  if (current.id === "review") review();
  if (current.id === "where") where.shown();
  if (!isNew) return;
  part("kept").hidden = true;
  history.pushState({ step: current.id }, "");
  form.scrollIntoView({ block: "start" });
  current.querySelector("h2")?.focus({ preventScroll: true });
}

if (summary) {
  summary.focus();
  chooseCategory();
} else {
  form.classList.add("stepped");
  part("steps-nav").append(part("send")); // the way on stands at the same place in every step
  for (const name of ["steps-nav", "steps-head", "review"]) part(name).hidden = false;
  const step = (isRestored && history.state?.step) || steps[0].id; // a reload stays at its step
  history.replaceState({ step }, "");
  chooseCategory();
  part("next").addEventListener("click", next);
  part("back").addEventListener("click", () => history.back());
  addEventListener("popstate", (event) => go(event.state?.step ?? steps[0].id, false));
  go(step, false);
}
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || summary || !event.target.matches("input") || current === shown().at(-1)) return;
  event.preventDefault();
  next();
});
form.addEventListener("submit", (event) => {
  const send = part("send");
  send.textContent = send.dataset.sending;
  draft.keep();
  setTimeout(() => { send.disabled = true; });
  if (!sendThroughPhone(form, event, draft)) draft.send();
});
addEventListener("pageshow", (event) => {
  // A way back can bring back what was sent already.
  const isSent = !summary && draft.works() && !draft.isKept();
  if (event.persisted && isSent) location.replace(location.pathname);
  else if (isSent) {
    form.reset();
    makeReady(form);
  }
  part("send").disabled = false;
});
