// Draws one layer of a village. Each drawing returns { group, find(id) }: what a line of the list points at.
/* global L */
import { gathered, seated } from "../data/crowding.js";
import { features, placeAlong, sectorRing } from "../data/features.js";
import { token } from "./base.js";
import { latlng, listen, MARK_PX, NUMBER_PX, redrawing, SEATS, whenChosen } from "./drawing.js";
import { clusterIcon, markIcon, numberIcon, pinIcon } from "./symbols.js";

const CELL_PX = 44; // what is closer than this shares a ring with its number
const SAME_PX = 4; // near enough only what has one place shares a ring
const SPREAD_FROM_ZOOM = 18;
const RING_PX = 40;
const PIN_PX = 34;
const TOLD_PX = 38;
const KNOWN_TO_M = 20; // beyond this a position is drawn with its radius

export async function drawLayer(map, name, key, period, lit, words) {
  const api = `/api/v1/villages/${encodeURIComponent(key)}`;
  const own = `/villages/${encodeURIComponent(key)}`;
  const at = `?period=${period}`;
  if (name === "reports") {
    const told = words.told === undefined ? [] : features(`${api}/report-counts`);
    return drawReports(map, await features(`${api}/hazards?limit=1000`), await told, lit, words);
  }
  if (name === "density") {
    const { drawHotspots, hotspotParts } = await import("./hotspots.js"); // who does not ask for them does not wait for it
    return drawHotspots(map, ...(await hotspotParts(own, words.events ?? "")), lit, words);
  }
  if (name === "zones") return drawZones(map, await features(`${own}/dead-zones.geojson${at}`), lit);
  if (name === "watch") {
    const routes = words.routes === undefined ? [] : features(`${api}/patrol-routes`);
    const asked = ["cameras", "blocks", "lamps"].map((one) => features(`${api}/${one}`));
    return drawWatch(map, await Promise.all([...asked, routes]), lit);
  }
  return drawIncidents(map, await features(`${api}/incidents?family=${name}&limit=20000`), lit, words);
}

// Draws points one by one where there is room, and as a ring with their number where there is none.
function drawGathered(map, points, lit, drawOne, label) {
  const group = L.layerGroup();
  const rings = L.layerGroup();
  const shown = new Map();
  const places = new Map(points.map((point) => [String(point.id), latlng(point.geometry.coordinates)]));
  let crowds = [];
  let seats = [];
  const drawRings = () => {
    rings.clearLayers();
    const seen = map.getBounds().pad(0.3);
    for (const { at, together } of crowds) if (seen.contains(at)) ring(at, together).addTo(rings);
  };
  const redraw = () => {
    group.clearLayers();
    shown.clear();
    const reach = map.getZoom() < SPREAD_FROM_ZOOM ? CELL_PX : SAME_PX;
    const groups = gathered(points, (point) => map.project(places.get(String(point.id))), reach);
    seats = groups.map(({ point, together }) => ({ point, px: together.length > 1 ? RING_PX : PIN_PX }));
    for (const { together: [point] } of groups.filter((one) => one.together.length === 1)) {
      shown.set(String(point.id), drawOne(point, places.get(String(point.id)), group));
    }
    crowds = groups.filter((one) => one.together.length > 1).map(({ point, together }) => ({ at: map.unproject(point), together }));
    drawRings();
    rings.addTo(group);
  };
  const ring = (at, together) => {
    const bounds = L.latLngBounds(together.map((point) => places.get(String(point.id))));
    const isOnePlace = map.getZoom() >= SPREAD_FROM_ZOOM;
    const said = label.replace("{n}", together.length);
    const marker = L.marker(at, { icon: clusterIcon(together.length), title: said, alt: said });
    for (const point of together) shown.set(String(point.id), marker);
    return whenChosen(marker, () => (isOnePlace ? lit(String(together[0].id), true, true) : map.flyToBounds(bounds.pad(0.3), { maxZoom: SPREAD_FROM_ZOOM, duration: 0.4 })));
  };
  redrawing(map, group, redraw);
  map.on("moveend", drawRings);
  group.on("remove", () => map.off("moveend", drawRings));
  return { group, zoom: SPREAD_FROM_ZOOM, seats: () => seats, find: (id) => (places.has(id) ? [shown.get(id) ?? L.marker(places.get(id))] : []) };
}

function drawReports(map, reports, told, lit, words) {
  const onePin = (report, place, group) => {
    const { category, state, accuracy_m: accuracyM } = report.properties;
    if (accuracyM > KNOWN_TO_M) L.circle(place, { radius: accuracyM, weight: 1, color: token("--ink-soft"), fillOpacity: 0.06, interactive: false }).addTo(group);
    const named = document.querySelector(`[data-id="${CSS.escape(report.id)}"] strong`)?.textContent;
    return listen(L.marker(place, { icon: pinIcon(category, state === "open"), title: named ?? "", alt: named ?? category }), report.id, lit).addTo(group);
  };
  const drawn = drawGathered(map, reports, lit, onePin, words.cluster);
  const counts = drawTold(map, told, drawn.seats, lit, words);
  return { ...drawn, group: L.layerGroup([counts.group, drawn.group]), find: (id) => (id.startsWith("told-") ? counts.find(id) : drawn.find(id)) };
}

// What the public is told near homes: a band along a street or a square, with its number. Never a pin: it is no place.
function drawTold(map, told, seatsOfOthers, lit, words) {
  const group = L.layerGroup();
  const numbers = L.layerGroup().addTo(group);
  const byId = new Map();
  const isStreet = ({ geometry }) => geometry.type === "LineString";
  for (const one of told) {
    const colour = token("--density-4");
    const style = isStreet(one) ? { color: colour, weight: 10, opacity: 0.7, lineCap: "round" } : { color: colour, weight: 2, dashArray: "4 6", fillOpacity: 0.1 };
    byId.set(`told-${one.id}`, listen(L.geoJSON(one.geometry, { style }), `told-${one.id}`, lit).addTo(group));
  }
  const candidates = (one) => {
    if (isStreet(one)) return SEATS.map((share) => map.project(latlng(placeAlong(one.geometry, share))));
    const box = byId.get(`told-${one.id}`).getBounds();
    const [south, west, north, east] = [box.getSouth(), box.getWest(), box.getNorth(), box.getEast()];
    return SEATS.flatMap((up) => SEATS.map((right) => map.project([south + (north - south) * up, west + (east - west) * right])));
  };
  redrawing(map, group, () => {
    numbers.clearLayers();
    for (const { item, point } of seated(told, candidates, TOLD_PX, TOLD_PX, seatsOfOthers())) {
      const range = `${item.properties.count}–${item.properties.count + 2}`;
      const said = words.toldLabel.replace("{n}", range);
      const icon = L.divIcon({ className: "told-count", html: range, iconSize: [46, 26] });
      listen(L.marker(map.unproject(point), { icon, title: said, alt: said }), `told-${item.id}`, lit).addTo(numbers);
    }
  });
  return { group, find: (id) => (byId.has(id) ? [byId.get(id)] : []) };
}

function drawZones(map, zones, lit) {
  const group = L.layerGroup();
  const numbers = L.layerGroup();
  const byRank = new Map();
  const bounds = L.latLngBounds([]);
  const ranked = [...zones].sort((one, other) => one.properties.rank - other.properties.rank);
  for (const { geometry, properties } of ranked) {
    const parts = (geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates).map((part) => part.map(latlng));
    const edge = listen(L.polyline(parts, { color: token("--zone-edge"), weight: 13, opacity: 1, lineCap: "butt" }), String(properties.rank), lit).addTo(group);
    L.polyline(parts, { color: token("--zone"), weight: 9, lineCap: "butt", interactive: false }).addTo(group);
    L.polyline(parts, { color: "#1f2421", weight: 9, dashArray: "2 7", lineCap: "butt", interactive: false }).addTo(group);
    byRank.set(String(properties.rank), { edge });
    bounds.extend(edge.getBounds());
  }
  // The higher rank keeps its number; one that finds no room along its street becomes a small mark until one comes closer.
  redrawing(map, group, () => {
    numbers.clearLayers();
    const candidates = ({ geometry }) => SEATS.map((share) => map.project(latlng(placeAlong(geometry, share))));
    for (const { item: { properties }, point, isSmall } of seated(ranked, candidates, NUMBER_PX, MARK_PX)) {
      const rank = String(properties.rank);
      const words = `${rank} ${properties.name}`;
      const icon = isSmall ? markIcon() : numberIcon(rank);
      const zIndexOffset = (isSmall ? 0 : 1000) - properties.rank;
      byRank.get(rank).number = listen(L.marker(map.unproject(point), { icon, title: words, alt: words, zIndexOffset }), rank, lit).addTo(numbers);
    }
  });
  numbers.addTo(group);
  return {
    group,
    bounds,
    zoom: SPREAD_FROM_ZOOM,
    find: (id) => (byRank.has(id) ? [byRank.get(id).number, byRank.get(id).edge] : []),
  };
}

function drawWatch(map, [cameras, blocks, lamps, routes], lit) {
  const group = L.layerGroup();
  const blue = token("--watch");
  const byId = new Map();
  const keep = (id, layer) => byId.set(id, [...(byId.get(id) ?? []), listen(layer, id, lit).addTo(group)]);
  for (const block of blocks) keep(`block-${block.id}`, L.geoJSON(block, { style: { color: blue, weight: 2.5, dashArray: "6 5", fillOpacity: 0.08 } }));
  for (const route of routes) keep(`route-${route.id}`, L.geoJSON(route, { style: { color: blue, weight: 5, opacity: 0.85 } }));
  for (const camera of cameras) {
    const { azimuth_deg: azimuth, field_of_view_deg: view, reach_m: reach, is_working: works } = camera.properties;
    const place = camera.geometry.coordinates;
    const style = { color: blue, weight: 1.5, fillOpacity: works ? 0.3 : 0, dashArray: works ? null : "3 4" };
    if (azimuth === undefined) {
      // Who may not know where it looks sees where it is.
    } else if (azimuth !== null || (view ?? 0) >= 360) {
      keep(`camera-${camera.id}`, L.polygon(sectorRing(place, azimuth ?? 0, view ?? 80, reach ?? 30).map(latlng), style));
    } else {
      keep(`camera-${camera.id}`, L.circle(latlng(place), { ...style, radius: reach ?? 15, fillOpacity: 0, dashArray: "3 4" }));
    }
    keep(`camera-${camera.id}`, L.circleMarker(latlng(place), { radius: azimuth === undefined ? 7 : 4, color: "#fff", weight: 1.5, fillColor: blue, fillOpacity: 1 }));
  }
  const canvas = L.canvas();
  const dots = lamps.map((lamp) => L.circleMarker(latlng(lamp.geometry.coordinates), { renderer: canvas, color: blue, fill: lamp.properties.is_working, fillOpacity: 0.5, interactive: false }).addTo(group));
  // From afar hundreds of lamps are a texture, not a crowd.
  redrawing(map, group, () => {
    const isFar = map.getZoom() < 17;
    for (const dot of dots) dot.setRadius(isFar ? 1.5 : 3).setStyle({ weight: isFar ? 0.8 : 1.5 });
  });
  return { group, find: (id) => byId.get(id) ?? [] };
}

function drawIncidents(map, incidents, lit, words) {
  const canvas = L.canvas({ tolerance: 6 });
  const ink = token("--ink-soft");
  const oneDot = (incident, place, group) => {
    const { accuracy_m: accuracyM, kind } = incident.properties;
    if (accuracyM > KNOWN_TO_M) L.circle(place, { renderer: canvas, radius: accuracyM, weight: 1, color: ink, fillOpacity: 0.04, interactive: false }).addTo(group);
    return listen(L.circleMarker(place, { renderer: canvas, radius: 6, color: ink, weight: 2.5, fillColor: kind === "accident_a1" ? ink : token("--surface"), fillOpacity: 0.9 }), String(incident.id), lit).addTo(group);
  };
  return drawGathered(map, incidents, lit, oneDot, words.clusterIncidents);
}
