// Copies a table, or a list whose parts name their column, as rows for a spreadsheet; anything else as its text.
import { announce } from "./announcing.js";

const SAID_MS = 4000;

export const rowsOf = (source) =>
  source.matches("table")
    ? [...source.rows].map((row) => [...row.cells].map(wordsOf))
    : [source.dataset.columns.split("|"), ...[...source.children].map((line) => columnsOf(source, line))];

const columnsOf = (source, line) =>
  source.dataset.columns.split("|").map((name) => [...line.querySelectorAll("[data-column]")].find((part) => part.dataset.column === name)).map((part) => (part ? wordsOf(part) : ""));

function wordsOf(cell) {
  const parts = cell.querySelectorAll("li");
  const words = parts.length ? [...parts].map(plain).join("; ") : plain(cell);
  return /^[=+\-@]/.test(words) ? `'${words}` : words; // a spreadsheet would take it for a formula
}

const plain = (part) => part.textContent.replace(/\s+/g, " ").trim();

// A page that is not served safely has no clipboard of the new kind.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const rows = source.matches("table, [data-columns]") ? rowsOf(source) : [[plain(source)]];
  const { copied, failed } = button.dataset;
  const words = await copy(rows.map((row) => row.join("\t")).join("\n")).then(() => copied.replace("{n}", rows.length - 1), () => failed);
  announce(words);
  button.dataset.label ??= button.textContent;
  button.textContent = words;
  button.focus();
  clearTimeout(button.timer);
  button.timer = setTimeout(() => { button.textContent = button.dataset.label; }, SAID_MS);
});
document.documentElement.classList.add("scripted");
