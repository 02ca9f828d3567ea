// Lets a table be sorted by its columns; numbers as numbers, words as words.
export function makeSortable(table) {
  const body = table.tBodies[0];
  const language = document.documentElement.lang;
  for (const head of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      const value = (row) => row.cells[head.cellIndex].textContent.trim();
      const compare = head.dataset.sort === "number"
        ? (one, other) => Number(value(one).replace(/[^\d.-]/g, "")) - Number(value(other).replace(/[^\d.-]/g, ""))
        : (one, other) => value(one).localeCompare(value(other), language);
      const rows = [...body.rows].sort((one, other) => (isUp ? 1 : -1) * compare(one, other));
      body.append(...rows);
      for (const each of table.querySelectorAll("th[aria-sort]")) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    });
  }
}
