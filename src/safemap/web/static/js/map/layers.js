// Draws one layer of a village. Each drawing returns { group, find(id) }: what a line of the list points at.
/* global L */
import { features, middleOf, sectorRing } from "../data/features.js";
import { clusterIcon, numberIcon, pinIcon } from "./symbols.js";

const CELL_PX = 44; // reports closer than this share a ring with their number
const SPREAD_FROM_ZOOM = 18;
const KNOWN_TO_M = 20; // beyond this a position is drawn with its radius
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const latlng = ([lon, lat]) => [lat, lon];

export async function drawLayer(map, name, key, period, lit, words) {
  const api = `/api/v1/villages/${encodeURIComponent(key)}`;
  const own = `/villages/${encodeURIComponent(key)}`;
  const at = `?period=${period}`;
  if (name === "reports") return drawReports(map, await features(`${api}/hazards?limit=1000`), lit, words);
  if (name === "density") return drawDensity(await features(`${own}/density.geojson${at}`), lit);
  if (name === "zones") return drawZones(await features(`${own}/dead-zones.geojson${at}`), lit);
  if (name === "watch") {
    const asked = ["cameras", "patrol-routes", "blocks", "lamps"].map((one) => features(`${api}/${one}`));
    return drawWatch(await Promise.all(asked), lit);
  }
  return drawIncidents(await features(`${api}/incidents?family=${name}&limit=20000`), lit);
}

function listen(layer, id, lit) {
  layer.on("mouseover", () => lit(id, true)).on("mouseout", () => lit(id, false)).on("click", () => lit(id, true, true));
  return layer;
}

function drawReports(map, reports, lit, words) {
  const group = L.layerGroup();
  const shown = new Map();
  const redraw = () => {
    group.clearLayers();
    shown.clear();
    const groups = [];
    for (const report of reports) {
      const point = map.project(latlng(report.geometry.coordinates));
      const near = map.getZoom() < SPREAD_FROM_ZOOM && groups.find((one) => one.point.distanceTo(point) < CELL_PX);
      if (near) near.together.push(report);
      else groups.push({ point, together: [report] });
    }
    for (const { point, together } of groups) {
      const marker = together.length === 1 ? onePin(together[0]) : oneCluster(together, point);
      marker.addTo(group);
      for (const report of together) shown.set(report.id, marker);
    }
  };
  const onePin = (report) => {
    const { category, state, accuracy_m: accuracyM } = report.properties;
    const place = latlng(report.geometry.coordinates);
    if (accuracyM > KNOWN_TO_M) L.circle(place, { radius: accuracyM, weight: 1, color: token("--ink-soft"), fillOpacity: 0.06, interactive: false }).addTo(group);
    const link = document.querySelector(`[data-id="${CSS.escape(report.id)}"]`);
    return listen(L.marker(place, { icon: pinIcon(category, state === "open"), title: link?.querySelector("strong")?.textContent ?? "", alt: link?.querySelector("strong")?.textContent ?? category }), report.id, lit);
  };
  const oneCluster = (together, point) => {
    const bounds = L.latLngBounds(together.map((report) => latlng(report.geometry.coordinates)));
    const label = words.cluster.replace("{n}", together.length);
    return L.marker(map.unproject(point), { icon: clusterIcon(together.length), title: label, alt: label })
      .on("click", () => map.flyToBounds(bounds.pad(0.3), { maxZoom: SPREAD_FROM_ZOOM, duration: 0.4 }))
      .on("keypress", (event) => event.originalEvent.key === "Enter" && map.fitBounds(bounds.pad(0.3), { maxZoom: SPREAD_FROM_ZOOM }));
  };
  redraw();
  map.on("zoomend", redraw);
  group.on("remove", () => map.off("zoomend", redraw));
  return { group, find: (id) => [shown.get(id)].filter(Boolean) };
}

function drawDensity(segments, lit) {
  const group = L.layerGroup();
  const byStreet = new Map();
  const canvas = L.canvas({ tolerance: 6 });
  for (const { geometry, properties } of segments) {
    const number = properties.density_class;
    if (!number) continue;
    const line = L.polyline(geometry.coordinates.map(latlng), { renderer: canvas, color: token(`--density-${number}`), weight: [0, 3, 4, 5, 6, 8][number], opacity: 0.95 });
    listen(line, properties.street, lit).bindTooltip(`${properties.street} · ${Math.round(properties.density_per_km2)} / km²`, { sticky: true }).addTo(group);
    byStreet.set(properties.street, [...(byStreet.get(properties.street) ?? []), line]);
  }
  return { group, find: (id) => byStreet.get(id) ?? [] };
}

function drawZones(zones, lit) {
  const group = L.layerGroup();
  const byRank = new Map();
  for (const { geometry, properties } of zones) {
    const parts = (geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates).map((part) => part.map(latlng));
    const edge = listen(L.polyline(parts, { color: "#1f2421", weight: 13, opacity: 1, lineCap: "butt" }), String(properties.rank), lit).addTo(group);
    L.polyline(parts, { color: "#e0a63f", weight: 9, lineCap: "butt", interactive: false }).addTo(group);
    L.polyline(parts, { color: "#1f2421", weight: 9, dashArray: "2 7", lineCap: "butt", interactive: false }).addTo(group);
    const number = listen(L.marker(latlng(middleOf(geometry)), { icon: numberIcon(properties.rank), title: properties.name, alt: `${properties.rank} ${properties.name}`, zIndexOffset: 1000 - properties.rank }), String(properties.rank), lit).addTo(group);
    byRank.set(String(properties.rank), [number, edge]);
  }
  return { group, find: (id) => byRank.get(id) ?? [] };
}

function drawWatch([cameras, routes, blocks, lamps], lit) {
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
    if (azimuth !== null || (view ?? 0) >= 360) {
      keep(`camera-${camera.id}`, L.polygon(sectorRing(place, azimuth ?? 0, view ?? 80, reach ?? 30).map(latlng), style));
    } else {
      keep(`camera-${camera.id}`, L.circle(latlng(place), { ...style, radius: reach ?? 15, fillOpacity: 0, dashArray: "3 4" }));
    }
    keep(`camera-${camera.id}`, L.circleMarker(latlng(place), { radius: 4, color: "#fff", weight: 1.5, fillColor: blue, fillOpacity: 1 }));
  }
  const canvas = L.canvas();
  for (const lamp of lamps) {
    L.circleMarker(latlng(lamp.geometry.coordinates), { renderer: canvas, radius: 3, color: blue, weight: 1.5, fill: lamp.properties.is_working, fillOpacity: 0.5, interactive: false }).addTo(group);
  }
  return { group, find: (id) => byId.get(id) ?? [] };
}

function drawIncidents(incidents, lit) {
  const group = L.layerGroup();
  const byId = new Map();
  const canvas = L.canvas({ tolerance: 6 });
  const ink = token("--ink-soft");
  for (const incident of incidents) {
    const place = latlng(incident.geometry.coordinates);
    const { accuracy_m: accuracyM } = incident.properties;
    if (accuracyM > KNOWN_TO_M) L.circle(place, { renderer: canvas, radius: accuracyM, weight: 1, color: ink, fillOpacity: 0.04, interactive: false }).addTo(group);
    const dot = listen(L.circleMarker(place, { renderer: canvas, radius: 6, color: ink, weight: 2.5, fillColor: incident.properties.kind === "accident_a1" ? ink : token("--surface"), fillOpacity: 0.9 }), String(incident.id), lit).addTo(group);
    byId.set(String(incident.id), [dot]);
  }
  return { group, find: (id) => byId.get(id) ?? [] };
}
