// A phone's bottom sheet: peek, half, full; by dragging its handle, by tapping it, by the arrow keys.
const STEPS = ["peek", "half", "full"];

export function makeSheet(sheet) {
  const handle = sheet.querySelector("[data-sheet-handle]");
  const words = handle.querySelector("span");
  const set = (step) => {
    sheet.dataset.sheet = step;
    sheet.style.height = "";
    handle.setAttribute("aria-expanded", String(step !== "peek"));
    words.textContent = step === "full" ? handle.dataset.smaller : handle.dataset.larger;
  };
  const move = (by) => set(STEPS[Math.max(0, Math.min(2, STEPS.indexOf(sheet.dataset.sheet) + by))]);
  let start = null;
  handle.addEventListener("pointerdown", (event) => {
    start = { y: event.clientY, height: sheet.offsetHeight, moved: false };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!start) return;
    const by = start.y - event.clientY;
    start.moved ||= Math.abs(by) > 6;
    if (start.moved) sheet.style.height = `${Math.max(120, start.height + by)}px`;
  });
  handle.addEventListener("pointerup", (event) => {
    if (start?.moved) {
      const by = start.y - event.clientY;
      move(by > 0 ? (by > innerHeight / 2 ? 2 : 1) : by < -innerHeight / 2 ? -2 : -1);
      handle.addEventListener("click", (click) => click.stopImmediatePropagation(), { once: true, capture: true });
    }
    start = null;
  });
  handle.addEventListener("click", () => (sheet.dataset.sheet === "full" ? set("peek") : move(1)));
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) {
      event.preventDefault();
      move(by);
    }
  });
  // Tabbing into what is hidden below the edge opens the sheet.
  sheet.addEventListener("focusin", (event) => {
    if (event.target !== handle && sheet.dataset.sheet === "peek" && !event.target.closest(".head")) set("half");
  });
  sheet.addEventListener("chosen", () => sheet.dataset.sheet === "peek" && set("half"));
  set(sheet.dataset.sheet);
  return set;
}
