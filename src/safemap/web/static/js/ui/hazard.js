// The small map of one report.
/* global L */
import { makeMap, token } from "../map/base.js";
import { pinIcon } from "../map/symbols.js";
import "./copying.js";
import "./returning.js";

const element = document.getElementById("map");
const [lon, lat] = element.dataset.spot.split(",").map(Number);
const map = makeMap(element);
map.scrollWheelZoom.disable();
if (Number(element.dataset.accuracy) > 20) L.circle([lat, lon], { radius: Number(element.dataset.accuracy), weight: 1, color: token("--ink-soft"), fillOpacity: 0.08 }).addTo(map);
L.marker([lat, lon], { icon: pinIcon(element.dataset.category), keyboard: false, interactive: false }).addTo(map);
