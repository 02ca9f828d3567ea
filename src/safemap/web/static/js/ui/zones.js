// The page of dead zones: table and map point at each other.
import { creditHtml, makeMap } from "../map/base.js";
import { drawLayer } from "../map/layers.js";
import "./copying.js";
import { linkListAndMap } from "./linking.js";
import { returnToWhereItWasLeft, scrollBack } from "./returning.js";
import { makeSortable } from "./sorting.js";

const element = document.getElementById("map");
const map = makeMap(element);
const was = returnToWhereItWasLeft(map, document.documentElement);
const table = document.getElementById("zones");
if (table) {
  makeSortable(table);
  let drawing = { find: () => [] };
  const lit = linkListAndMap(map, table, () => drawing);
  const draw = async () => {
    drawing.group?.remove();
    drawing = await drawLayer(map, "zones", element.dataset.key, element.dataset.period, lit, element.dataset);
    drawing.group.options.attribution = creditHtml(element.dataset.layerCredit);
    drawing.group.addTo(map);
    element.dataset.drawn = "zones";
  };
  await draw();
  document.addEventListener("appearance", draw);
  scrollBack(was, document.documentElement);
}
