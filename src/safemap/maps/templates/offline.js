L.Map.addInitHook(function () {
  L.control.scale({ imperial: false }).addTo(this);
});
const safemapZones = {};
function safemapSymbol(feature, latlng) {
  const box = document.createElement("div");
  box.innerHTML = feature.properties.symbol || "";
  const size = Number(box.firstChild ? box.firstChild.getAttribute("width") : 0);
  const icon = L.divIcon({ html: box, className: "symbol", iconSize: [size, size] });
  return L.marker(latlng, { icon, title: feature.properties.head || "", keyboard: Boolean(feature.properties.head) });
}
function safemapWords(feature, layer) {
  const said = feature.properties;
  if (!said.head && !said.words) return;
  const box = document.createElement("div");
  for (const [tag, text] of [["strong", said.head], ["p", said.words]]) {
    if (!text) continue;
    const part = document.createElement(tag);
    part.textContent = text;
    box.append(part);
  }
  layer.bindPopup(box, { minWidth: 220, maxWidth: 280 });
  if (said.number && layer.getBounds) safemapZones[said.number] = layer;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zone]");
  const layer = button && safemapZones[button.dataset.zone];
  if (!layer) return;
  safemap_map.addLayer(layer);
  safemap_map.fitBounds(layer.getBounds(), { maxZoom: 18 });
  layer.openPopup(layer.getBounds().getCenter());
});
