// The list and the map point at each other: by mouse, by finger, by keyboard.
import { token } from "../map/base.js";

export function linkListAndMap(map, list, drawing) {
  const marked = (layer, isLit) => {
    if (layer.setStyle) {
      if (isLit) layer.before ??= { weight: layer.options.weight, color: layer.options.color };
      if (layer.before) layer.setStyle(isLit ? { weight: layer.before.weight + 4, color: token("--lit") } : layer.before);
    } else {
      layer.getElement?.()?.classList.toggle("lit", isLit);
    }
    layer.eachLayer?.((part) => marked(part, isLit));
  };
  let litNow = null;
  const onMap = (id, isLit) => {
    litNow = isLit ? id : null;
    light(id, isLit);
  };
  map.on("redrawn", () => litNow && light(litNow, true));
  const light = (id, isLit) => drawing().find(id).forEach((layer) => !layer.eachLayer ? marked(layer, isLit) : layer.eachLayer((part) => marked(part, isLit)));
  const placeOf = (layer) => layer.getBounds?.().getCenter() ?? layer.getLatLng();
  for (const [event, isLit] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    list.addEventListener(event, (happened) => {
      const line = happened.target.closest("[data-id]");
      if (!line) return;
      onMap(line.dataset.id, isLit);
      const [first] = drawing().find(line.dataset.id);
      if (event === "focusin" && first && !map.getBounds().contains(placeOf(first))) map.panTo(placeOf(first));
    });
  }
  list.addEventListener("click", (happened) => {
    const line = happened.target.closest('[data-id][href="#map"]');
    if (!line) return;
    happened.preventDefault();
    const [first] = drawing().find(line.dataset.id);
    if (first) map.setView(placeOf(first), Math.max(map.getZoom(), drawing().zoom ?? 17));
  });
  // Called by the map: light the line; a click also brings it into view and moves the focus there.
  return (id, isLit, wasChosen = false) => {
    const line = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    onMap(id, isLit);
    line?.classList.toggle("lit", isLit);
    if (wasChosen && line) {
      list.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
      line.scrollIntoView({ block: "nearest" });
      (line.matches("a") ? line : line.querySelector("a") ?? line).focus({ preventScroll: true });
    }
  };
}
