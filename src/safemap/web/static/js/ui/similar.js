// Asks what is reported near the spot already, and offers to say so too. When it cannot be asked, the form just goes on.
import { browserKey } from "../data/browser-key.js";
import { placeOf } from "./report-body.js";

const PATIENCE_MS = 2500;

export function startSimilar(form, draft) {
  const section = form.querySelector("[data-similar]");
  const words = section.dataset;
  const list = section.querySelector("[data-likes]");
  let asked = "";

  // Looks once for each kind and place; done when there is an answer, or when patience ends.
  async function look() {
    const body = placeOf(form);
    const question = JSON.stringify(body);
    if (!body || question === asked) return;
    asked = question;
    show([]);
    form.elements.is_new.value = "";
    const found = await post(`/api/v1/villages/${encodeURIComponent(form.dataset.mark)}/hazards/similar`, body, {}, PATIENCE_MS).catch(() => null);
    if (question !== asked) return;
    if (!found?.ok) {
      asked = "";
      return;
    }
    show((await found.json()).similar);
    form.elements.is_new.value = "yes"; // they have been asked here: the server need not ask again
  }

  function show(similar) {
    const panel = section.querySelector("[data-similar-panel]");
    panel.hidden = similar.length === 0;
    if (panel.hidden) section.dataset.skip = "";
    else delete section.dataset.skip;
    list.replaceChildren(...similar.map(card));
  }

  function card({ report, about_m: aboutM }) {
    const made = section.querySelector("[data-like]").content.cloneNode(true);
    const part = (name) => made.querySelector(`[data-${name}]`);
    const kind = form.querySelector(`[name="category"][value="${CSS.escape(report.category)}"]`).closest("label");
    part("symbol").replaceWith(kind.querySelector("svg").cloneNode(true));
    part("name").textContent = kind.querySelector("strong").textContent;
    part("facts").textContent = facts(report, aboutM);
    part("said").textContent = report.description;
    part("said").hidden = !report.description;
    const isOpen = report.state === "open";
    part("fixed-tag").hidden = part("fixed").hidden = isOpen;
    part("say-so").hidden = !isOpen;
    part("note").id = part("note-label").htmlFor = `like-note-${report.public_id}`;
    const [button, note, trouble] = [part("me-too"), part("note"), part("trouble")];
    button.addEventListener("click", () => sayToo(report.public_id, note.value.trim(), button, trouble));
    return made;
  }

  function facts(report, aboutM) {
    const day = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Taipei", dateStyle: "long" }).format(new Date(report.reported_at));
    const where = report.position === "street" ? words.street : aboutM === 0 ? words.here : aboutM === null ? "" : words.away.replace("{m}", aboutM);
    const others = report.supporters === 1 ? words.one : report.supporters ? words.many.replace("{n}", report.supporters) : "";
    return [where, day, others].filter(Boolean).join(" · ");
  }

  async function sayToo(id, note, button, trouble) {
    button.disabled = true;
    trouble.hidden = true;
    const body = { note, notice: form.elements.notice.value };
    const answer = await post(`/api/v1/hazards/${id}/supports`, body, { "Idempotency-Key": browserKey() }, 20_000).catch(() => null);
    if (answer?.ok) {
      const { link, report } = await answer.json();
      draft.forget();
      location.assign(link ? `${link}?new=1` : `/hazards/${report.public_id}`);
      return;
    }
    const problem = answer && answer.status < 500 ? await answer.json().catch(() => null) : null;
    trouble.textContent = problem?.detail ?? words.unreachable;
    trouble.hidden = false;
    button.disabled = false;
  }

  return { look, isShown: () => !("skip" in section.dataset), onward: words.onward };
}

function post(path, body, headers, patienceMs) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang, ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout ? AbortSignal.timeout(patienceMs) : undefined,
  });
}
