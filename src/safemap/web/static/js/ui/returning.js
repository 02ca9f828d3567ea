// Who looks at one report or zone and comes back finds the list and the map as they were left.
const CAME_BACK = ["back_forward", "reload"];

const addressOf = (place) => {
  const { pathname, searchParams } = new URL(place, location.href);
  return [decodeURIComponent(pathname), searchParams.get("layer") ?? "", searchParams.get("period") ?? ""].join(" ");
};

const villageOf = (place) => addressOf(place).match(/^\/villages\/[^/ ]+/)?.[0];

function left(name) {
  try {
    return JSON.parse(sessionStorage.getItem(`left ${name}`) ?? "null");
  } catch {
    return null;
  }
}

// From one report, from another page of the same village, by the browser's own way back; not from the list of villages.
function comesBack() {
  if (CAME_BACK.includes(performance.getEntriesByType("navigation")[0]?.type)) return true;
  if (!document.referrer || new URL(document.referrer).origin !== location.origin) return false;
  return /^\/hazards\//.test(new URL(document.referrer).pathname) || villageOf(document.referrer) === villageOf(location.href);
}

// `scroller` is what scrolls the list; `sheet`, where there is one, a way to read and set its height.
export function returnToWhereItWasLeft(map, scroller, sheet = null) {
  const page = decodeURIComponent(location.pathname);
  const was = left(page);
  addEventListener("pagehide", () => {
    const { lat, lng } = map.getCenter();
    const seen = { address: addressOf(location.href), href: location.href, view: [lat, lng, map.getZoom()], scroll: scroller.scrollTop, sheet: sheet?.dataset.sheet, id: document.activeElement?.dataset.id };
    try {
      sessionStorage.setItem(`left ${page}`, JSON.stringify(seen));
    } catch { /* Without storage the page opens as it does the first time. */ }
  });
  if (!was || was.address !== addressOf(location.href) || !comesBack()) return null;
  const [lat, lng, zoom] = was.view;
  map.setView([lat, lng], zoom, { animate: false });
  return was;
}

export function scrollBack(was, scroller) {
  if (!was) return;
  if (was.id) document.querySelector(`a[data-id="${CSS.escape(was.id)}"]`)?.focus({ preventScroll: true });
  scroller.scrollTop = was.scroll;
}

// A link back to a page names the layer that was looked at there.
for (const link of document.querySelectorAll("a[data-return]")) {
  const was = left(decodeURIComponent(new URL(link.href).pathname));
  if (was) link.href = was.href;
}
