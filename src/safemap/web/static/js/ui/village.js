// The village's page: one layer at a time, changed without loading the page anew.
import { creditHtml, makeMap } from "../map/base.js";
import { drawLayer } from "../map/layers.js";
import { announce } from "./announcing.js";
import "./copying.js";
import { linkListAndMap } from "./linking.js";
import { returnToWhereItWasLeft, scrollBack } from "./returning.js";
import { makeSheet } from "./sheet.js";

const element = document.getElementById("map");
const layerPart = document.getElementById("layer");
const NONE = { group: null, find: () => [] };
let drawing = NONE;
let turn = 0;

const sheet = document.getElementById("sheet");
const list = document.getElementById("sheet-body");
const setSheet = makeSheet(sheet);
if (matchMedia("(max-width: 1023px)").matches) document.getElementById("legend").open = false;
const map = makeMap(element);
const was = returnToWhereItWasLeft(map, list, sheet);
if (was?.sheet) setSheet(was.sheet);
const lit = linkListAndMap(map, layerPart, () => drawing);

async function draw() {
  turn += 1;
  const mine = turn;
  const { layer, period, events } = layerPart.dataset;
  drawing.group?.remove();
  drawing = NONE;
  element.parentElement.querySelector(".map-failed")?.remove();
  if (layerPart.querySelector(".empty")) return;
  try {
    const made = await drawLayer(map, layer, element.dataset.key, period, lit, { ...element.dataset, events });
    if (mine !== turn) return;
    drawing = made;
    made.group.options.attribution = creditHtml(layerPart.dataset.layerCredit);
    made.group.addTo(map);
    element.dataset.drawn = layer;
  } catch (error) {
    console.error(error);
    const failed = Object.assign(document.createElement("p"), { className: "map-failed", role: "alert", textContent: element.dataset.failed });
    element.after(failed);
  }
}

async function change(url, isNew) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) {
    location.href = url;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["layer", "legend-body"]) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
  Object.assign(layerPart.dataset, page.getElementById("layer").dataset);
  document.querySelector("nav [data-layers]").replaceChildren(...page.querySelector("nav [data-layers]").childNodes);
  document.title = page.title;
  if (isNew) history.pushState(null, "", url);
  const current = document.querySelector("nav [data-layers] [aria-current]");
  if (isNew && document.activeElement === document.body) current?.focus({ preventScroll: true });
  announce(layerPart.querySelector("h2")?.textContent.trim() ?? document.title);
  await draw();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-layers] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change(link.href, true);
});
addEventListener("popstate", () => change(location.href, false));
document.addEventListener("appearance", draw);
draw().then(() => scrollBack(was, list));
