// The page of hotspots: lists and map point at each other.
import { creditHtml, makeMap } from "../map/base.js";
import { drawHotspots, hotspotParts } from "../map/hotspots.js";
import "./copying.js";
import { linkListAndMap } from "./linking.js";
import { returnToWhereItWasLeft, scrollBack } from "./returning.js";
import { makeSortable } from "./sorting.js";

const element = document.getElementById("map");
const map = makeMap(element);
const was = returnToWhereItWasLeft(map, document.documentElement);
let drawing = { find: () => [] };
const table = document.getElementById("hotspots");
if (table) makeSortable(table);
const lit = linkListAndMap(map, document.querySelector(".zones"), () => drawing);
const draw = async () => {
  drawing.group?.remove();
  const { key, events } = element.dataset;
  drawing = drawHotspots(map, ...(await hotspotParts(`/villages/${encodeURIComponent(key)}`, events)), lit, element.dataset);
  drawing.group.options.attribution = creditHtml(element.dataset.layerCredit);
  drawing.group.addTo(map);
  element.dataset.drawn = "hotspots";
};
await draw();
document.addEventListener("appearance", draw);
scrollBack(was, document.documentElement);
