// What is being marked, drawn on the map: one spot with how exactly it is known, a line along streets, an area.
/* global L */
import { token } from "./base.js";
import { spotIcon } from "./symbols.js";

const latlng = ([lon, lat]) => L.latLng(lat, lon);

export class Sketch {
  constructor(map, moved) {
    this.map = map;
    this.moved = moved; // told when the spot was dragged
    this.drawn = L.layerGroup().addTo(map);
    document.addEventListener("appearance", () => this.again?.());
  }

  clear() {
    this.drawn.clearLayers();
    this.again = null;
  }

  spot(lonlat, accuracyM = 0) {
    this.clear();
    this.again = () => this.spot(lonlat, accuracyM);
    if (accuracyM > 8) this.circle(lonlat, accuracyM).addTo(this.drawn);
    const pin = L.marker(latlng(lonlat), { icon: spotIcon(), draggable: true, keyboard: false });
    pin.on("dragend", () => this.moved([pin.getLatLng().lng, pin.getLatLng().lat]));
    pin.addTo(this.drawn);
  }

  proposal(lonlat) {
    this.clear();
    L.circleMarker(latlng(lonlat), { radius: 14, color: token("--accent"), weight: 4, dashArray: "5 5", fillColor: token("--accent"), fillOpacity: 0.25, className: "proposed" }).addTo(this.drawn);
    this.look([lonlat], 18);
  }

  path(coordinates, stops, isClosed) {
    this.clear();
    this.again = () => this.path(coordinates, stops, isClosed);
    const style = { color: token("--danger"), weight: 6, opacity: 0.9, lineJoin: "round", className: "marked-path" };
    const places = coordinates.map(latlng);
    if (isClosed && places.length > 2) L.polygon(places, { ...style, weight: 4, fillOpacity: 0.15, interactive: false }).addTo(this.drawn);
    else if (places.length > 1) L.polyline(places, { ...style, interactive: false }).addTo(this.drawn);
    for (const stop of stops) {
      L.circleMarker(latlng(stop), { radius: 7, color: token("--danger"), weight: 3, fillColor: token("--surface"), fillOpacity: 1, interactive: false }).addTo(this.drawn);
    }
  }

  circle(lonlat, radius) {
    return L.circle(latlng(lonlat), { radius, weight: 1.5, color: token("--accent"), fillOpacity: 0.1, interactive: false, className: "known-within" });
  }

  // Brings what is marked into view, no closer than asked.
  look(coordinates, zoom, aroundM = 0) {
    const bounds = aroundM ? latlng(coordinates[0]).toBounds(2 * aroundM) : L.latLngBounds(coordinates.map(latlng));
    this.map.fitBounds(bounds, { maxZoom: zoom, padding: [24, 24], animate: false });
  }
}
