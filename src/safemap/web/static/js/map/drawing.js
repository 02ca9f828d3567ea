// What all layers do alike: be pointed at and chosen, draw anew at every zoom, seat their numbers.
export const NUMBER_PX = 28;
export const MARK_PX = 16;
export const SEATS = [0.5, 0.3, 0.7, 0.12, 0.88]; // where along a dead zone its number may stand
export const latlng = ([lon, lat]) => [lat, lon];

export function listen(layer, id, lit) {
  layer.on("mouseover", () => lit(id, true)).on("mouseout", () => lit(id, false));
  return whenChosen(layer, () => lit(id, true, true));
}

// By mouse, by finger, by the Enter key.
export const whenChosen = (layer, does) => layer.on("click", does).on("keypress", (event) => event.originalEvent.key === "Enter" && does());

// Redraws at every zoom; `redrawn` lets the list light again what it had lit.
export function redrawing(map, group, redraw) {
  const anew = () => {
    redraw();
    map.fire("redrawn");
  };
  redraw();
  map.on("zoomend", anew);
  group.on("remove", () => map.off("zoomend", anew));
}
