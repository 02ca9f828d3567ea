// The page that stands in for one that cannot be opened: says which villages can.
import { keptVillages } from "../worker/keeping.js";

const list = document.querySelector("[data-kept-villages]");
const shape = document.getElementById("village");
const villages = await keptVillages().catch(() => []);

list.replaceChildren(...villages.map(({ key, name }) => {
  const line = shape.content.cloneNode(true);
  const own = `/villages/${encodeURIComponent(key)}`;
  line.querySelector("[data-name]").textContent = name;
  line.querySelector("[data-mark]").href = `${own}/mark`;
  line.querySelector("[data-map]").href = own;
  return line;
}));
list.hidden = !villages.length;
document.querySelector("[data-none]").hidden = villages.length > 0;
