// The quiet ground under the data: our own vector tiles, painted light or dark. Needs Leaflet and protomaps-leaflet.
/* global L, protomapsL */
import { feature } from "../data/features.js";

// The colours stand in the style sheets: --map-ground, --map-building-edge, ….
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const INKS = ["ground", "green", "water", "building", "building-edge", "street", "casing", "path", "rail", "label", "strong", "halo", "village"];
const inks = () => Object.fromEntries(INKS.map((name) => [name, token(`--map-${name}`)]));
// Widths in pixels at zoom 14, 16 and 18, widest class last so that it lies on top.
const WIDTHS = { alley: [1, 3, 8], lane: [1.5, 5, 12], collector: [3, 8, 18], main: [4, 12, 26], motorway: [5, 13, 28] };
const DEEPEST_TILES = 15; // its units are 0.3 m, two pixels at the closest; a phone keeps a village in few tiles
const PLACES_NAMED = ["school", "park", "temple", "market", "police", "fire_station", "hospital", "station", "library", "community_centre"];
const FONT = '"Noto Sans TC", "PingFang TC", "Microsoft JhengHei", sans-serif';

export function makeMap(element) {
  const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
  const map = L.map(element, { zoomControl: false, maxZoom: 20, minZoom: 10, zoomSnap: 0.25 });
  map.attributionControl.setPrefix(false);
  const narrow = matchMedia("(max-width: 767px)").matches;
  L.control.zoom({ position: "topright", zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(map);
  // A phone's sheet covers the lower part of the map.
  const covered = narrow && element.closest(".map-page") ? document.getElementById("sheet").offsetHeight : 0;
  // On a desktop the legend lies over its left edge.
  const legend = !narrow && element.closest(".map-page") && element.clientWidth > 800 ? 280 : 0;
  const whole = [[south, west], [north, east]];
  map.fitBounds(whole, { paddingTopLeft: [16 + legend, 16], paddingBottomRight: [16, 16 + covered] });
  // Paper has another width than the screen.
  const onPaper = () => map.invalidateSize({ pan: false }).fitBounds(whole, { animate: false, padding: [8, 8] });
  addEventListener("beforeprint", onPaper);
  matchMedia("print").addEventListener("change", (media) => media.matches && onPaper());
  if (element.dataset.raster) {
    L.tileLayer(element.dataset.raster, { maxZoom: 20, attribution: element.dataset.rasterCredit }).addTo(map);
  } else {
    let ground = baseLayer(element).addTo(map);
    document.addEventListener("appearance", () => {
      ground.remove();
      ground = baseLayer(element).addTo(map);
    });
  }
  if (element.dataset.key) outline(map, element.dataset.key);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  return map;
}

// The village that the page is about stands out among its neighbours.
async function outline(map, key) {
  const village = await feature(`/api/v1/villages/${encodeURIComponent(key)}`).catch(() => null);
  if (!village) return;
  const line = L.geoJSON(village, { style: { className: "village-outline", weight: 2.5, dashArray: "10 5", fill: false }, interactive: false });
  const paint = () => line.setStyle({ color: token("--map-strong") });
  paint();
  line.addTo(map).bringToBack();
  document.addEventListener("appearance", paint);
}

function baseLayer(element) {
  const ink = inks();
  element.dataset.ground = getComputedStyle(document.documentElement).colorScheme;
  return protomapsL.leafletLayer({
    url: "/tiles/base/{z}/{x}/{y}.mvt",
    maxDataZoom: DEEPEST_TILES,
    attribution: creditHtml(element.dataset.credit),
    backgroundColor: ink.ground,
    paintRules: paintRules(ink),
    labelRules: labelRules(ink, element.dataset.language === "zh-Hant" ? ["name"] : ["name_en", "name"]),
  });
}

// Names of files come from who imported them: they are words here, never markup.
export function creditHtml(words) {
  const place = document.createElement("span");
  place.textContent = words;
  return place.innerHTML.replace(/© OpenStreetMap[^,]*/, (name) => `<a href="https://www.openstreetmap.org/copyright">${name}</a>`);
}

const between = (zoom, [at14, at16, at18]) =>
  zoom <= 16 ? at14 + (at16 - at14) * Math.max(-0.5, (zoom - 14) / 2) : at16 + (at18 - at16) * Math.min(2, (zoom - 16) / 2);

function paintRules(ink) {
  const is = (...classes) => (_, feature) => classes.includes(feature.props.class);
  const rules = [
    { dataLayer: "green", symbolizer: new protomapsL.PolygonSymbolizer({ fill: ink.green }) },
    { dataLayer: "water", symbolizer: new protomapsL.PolygonSymbolizer({ fill: ink.water }) },
    { dataLayer: "building", symbolizer: new protomapsL.PolygonSymbolizer({ fill: ink.building, stroke: ink["building-edge"], width: 0.7 }) },
    { dataLayer: "street", filter: is("footway", "cycleway"), symbolizer: new protomapsL.LineSymbolizer({ color: ink.path, width: 1.4, dash: [4, 3] }) },
    { dataLayer: "street", filter: is("rail"), symbolizer: new protomapsL.LineSymbolizer({ color: ink.rail, width: 2, dash: [8, 4] }) },
  ];
  for (const [name, widths] of Object.entries(WIDTHS)) {
    rules.push({ dataLayer: "street", filter: is(name), symbolizer: new protomapsL.LineSymbolizer({ color: ink.casing, width: (zoom) => between(zoom, widths) + 1.8, lineCap: "round", lineJoin: "round" }) });
  }
  for (const [name, widths] of Object.entries(WIDTHS)) {
    rules.push({ dataLayer: "street", filter: is(name), symbolizer: new protomapsL.LineSymbolizer({ color: ink.street, width: (zoom) => between(zoom, widths), lineCap: "round", lineJoin: "round" }) });
  }
  rules.push({ dataLayer: "village", symbolizer: new protomapsL.LineSymbolizer({ color: ink.village, width: (zoom) => (zoom < 15 ? 0.8 : 1.6), opacity: (zoom) => (zoom < 15 ? 0.5 : 1), dash: [7, 4] }) });
  return rules;
}

function labelRules(ink, names) {
  const text = (size, weight, fill) => ({ labelProps: names, fontFamily: FONT, fontSize: size, fontWeight: weight, fill, stroke: ink.halo, width: 3 });
  const street = (classes, size, minzoom) => ({
    dataLayer: "street",
    minzoom,
    filter: (_, feature) => classes.includes(feature.props.class) && Boolean(feature.props.name),
    symbolizer: new protomapsL.LineLabelSymbolizer(text(size, 500, ink.label)),
  });
  return [
    street(["main"], 13, 14),
    street(["collector"], 12, 15),
    {
      dataLayer: "place",
      minzoom: 15,
      filter: (_, feature) => PLACES_NAMED.includes(feature.props.kind) && Boolean(feature.props.name),
      symbolizer: new protomapsL.CenteredTextSymbolizer(text(12, 500, ink.strong)),
    },
    street(["lane", "alley"], 11, 16),
  ];
}
