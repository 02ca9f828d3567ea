// Draws one family's hotspots: numbered places over density along streets, or over the events themselves.
/* global L */
import { seated } from "../data/crowding.js";
import { features } from "../data/features.js";
import { token } from "./base.js";
import { latlng, listen, MARK_PX, NUMBER_PX, redrawing, SEATS } from "./drawing.js";
import { markIcon, numberIcon } from "./symbols.js";

// Places and streets of one family; where too few events allow no density, the events themselves.
export async function hotspotParts(own, events) {
  const asked = events ? `?events=${events}` : "";
  const [places, streets] = await Promise.all([features(`${own}/hotspots.geojson${asked}`), features(`${own}/density.geojson${asked}`)]);
  return [places, streets, streets.length ? [] : await features(`${own}/hotspot-events.geojson${asked}`)];
}

// Numbered outlines of what is more than chance, over the street's density or over the events as dots.
export function drawHotspots(map, places, streets, dots, lit, words) {
  const group = L.layerGroup();
  const numbers = L.layerGroup();
  const byId = new Map();
  const bounds = L.latLngBounds([]);
  const canvas = L.canvas({ tolerance: 6 });
  for (const { geometry, properties } of streets) {
    const number = properties.density_class;
    L.polyline(geometry.coordinates.map(latlng), { renderer: canvas, color: token(`--density-${number}`), weight: [0, 3, 4, 5, 6, 8][number], opacity: 0.95 })
      .bindTooltip(`${properties.street} · ${properties.density_per_km.toFixed(1)} / km`, { sticky: true })
      .addTo(group);
  }
  for (const { geometry, properties: { n: number } } of dots) {
    const dot = L.circleMarker(latlng(geometry.coordinates), { renderer: canvas, radius: 2.5 + 1.6 * Math.sqrt(number), color: token("--surface"), weight: 1.2, fillColor: token("--ink"), fillOpacity: 0.85 }).addTo(group);
    if (number > 1) dot.bindTooltip(words.dots.replace("{n}", number), { sticky: true });
  }
  const outlined = places.filter(({ properties }) => properties.kind === "hotspot");
  const isAlone = outlined.length === 0;
  for (const { id, geometry, properties } of places) {
    const isShown = properties.kind === "hotspot" || (isAlone && properties.kind === "circle");
    // What only the list speaks of is drawn when a line of the list points at it.
    const ring = (_, at) => L.circleMarker(at, { radius: 13 });
    const line = { color: token("--zone-edge"), weight: isShown ? 3 : 0, dashArray: properties.kind === "circle" ? "8 7" : null, fillColor: token("--density-3"), fillOpacity: properties.kind === "hotspot" ? 0.16 : 0 };
    const drawn = L.geoJSON(geometry, { style: line, pointToLayer: ring, interactive: isShown }).addTo(group);
    if (isShown) {
      drawn.eachLayer((part) => listen(part, id, lit));
      bounds.extend(drawn.getBounds());
    }
    byId.set(id, { drawn });
  }
  redrawing(map, group, () => {
    numbers.clearLayers();
    const candidates = ({ id }) => {
      const box = byId.get(id).drawn.getBounds();
      const [south, west, north, east] = [box.getSouth(), box.getWest(), box.getNorth(), box.getEast()];
      return SEATS.flatMap((up) => SEATS.map((right) => map.project([south + (north - south) * up, west + (east - west) * right])));
    };
    for (const { item: { id, properties }, point, isSmall } of seated(outlined, candidates, NUMBER_PX, MARK_PX)) {
      const named = document.querySelector(`[data-id="${CSS.escape(id)}"] strong`)?.textContent ?? "";
      const said = `${properties.rank} ${named}`;
      const zIndexOffset = (isSmall ? 0 : 1000) - properties.rank;
      byId.get(id).number = listen(L.marker(map.unproject(point), { icon: isSmall ? markIcon() : numberIcon(String(properties.rank)), title: said, alt: said, zIndexOffset }), id, lit).addTo(numbers);
    }
  });
  numbers.addTo(group);
  return {
    group,
    bounds,
    find: (id) => (byId.has(id) ? [byId.get(id).number, byId.get(id).drawn].filter(Boolean) : []),
  };
}
