// On every page: the worker that opens pages with no connection, and a line that says what waits on this phone.
const IDLE_MS = 1500; // after the page is there: first what somebody looks at, then what may be needed later
const SYNC = "safemap send";
const root = document.documentElement;
const line = document.querySelector("[data-waiting]");
const note = document.querySelector("[data-kept-note]");
let alarm = 0;

const whenIdle = (work) => {
  const wait = () => setTimeout(work, IDLE_MS);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { once: true });
};

// A village's page that was kept says of when it is.
if (root.dataset.kept && document.body.dataset.village) {
  const at = new Date(Number(root.dataset.kept)).toLocaleString(root.lang, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  note.textContent = note.dataset.words.replace("{at}", at);
  show(note);
}

function show(part, isWanted = true) {
  if (part.hidden === !isWanted) return;
  part.hidden = !isWanted;
  dispatchEvent(new Event("resize")); // a map below has another height now
}

async function register() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register("/sw.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  const appearance = document.querySelector(".menu a[data-value][aria-current]")?.dataset.value ?? "system";
  const { village } = document.body.dataset;
  active.postMessage({ kind: "here", language: root.lang, isForm: Boolean(document.querySelector("[data-mark]")), appearance, village, isSaving: Boolean(navigator.connection?.saveData) });
}

async function watch() {
  const { all, isUnsent, nextAt, sendDue, whenChanged } = await import("../data/queue.js");
  const count = async () => {
    const reports = await all();
    const refused = reports.filter(({ state }) => state === "refused").length;
    const unsent = reports.filter(isUnsent).length;
    const { one, many, refused: corrected } = line.dataset;
    line.querySelector("a").textContent = (refused ? corrected : unsent === 1 ? one : many).replace("{n}", refused || unsent);
    show(line, unsent > 0 && location.pathname !== "/waiting");
    if (unsent) await (await navigator.serviceWorker?.getRegistration())?.sync?.register(SYNC).catch(() => {});
  };
  const send = async (isBack) => {
    await sendDue({ isBack });
    clearTimeout(alarm);
    const at = await nextAt();
    if (at < Infinity) alarm = setTimeout(() => send(false), Math.max(1000, at - Date.now()));
  };
  whenChanged(count);
  addEventListener("online", () => send(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send(false));
  await count();
  send(true).catch(() => {});
}

// One after the other: what the page has got by then, the worker need not get once more.
whenIdle(async () => {
  await watch().catch(() => {}); // a browser that cannot, or may not, works as it did
  await register().catch(() => {});
});
