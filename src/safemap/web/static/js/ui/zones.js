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
const SMALL_SHARE = 0.4; // of the area's width: what lies together there is looked at from closer

function comeToThem() {
  const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
  const zones = drawing.bounds;
  if (zones.isValid() && zones.getEast() - zones.getWest() < SMALL_SHARE * (east - west) && zones.getNorth() - zones.getSouth() < SMALL_SHARE * (north - south)) {
    map.fitBounds(zones.pad(0.2), { animate: false });
  }
}

let drawing = { find: () => [] };
const table = document.getElementById("zones");
if (table) {
  makeSortable(table);
  const lit = linkListAndMap(map, table, () => drawing);
  const draw = async () => {
    drawing.group?.remove();
    drawing = await drawLayer(map, "zones", element.dataset.key, element.dataset.period, lit, element.dataset);
    drawing.group.options.attribution = creditHtml(element.dataset.layerCredit);
    drawing.group.addTo(map);
    element.dataset.drawn = "zones";
  };
  await draw();
  if (!was) comeToThem();
  document.addEventListener("appearance", draw);
  scrollBack(was, document.documentElement);
}
