// All answers once more, each with a way back to it; the spot on a small map; what others will see.
/* global L */
import { makeMap } from "../map/base.js";
import { Sketch } from "../map/marking.js";

export function startReview(form, go, where) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const field = (name) => form.elements[name];
  const list = part("review-list");
  const words = list.dataset;
  let picture = null;
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.closest("label");
  const question = (id) => form.querySelector(`#${id} h2`).textContent;

  function placeInWords() {
    if (!where.isAnswered()) return "";
    if (field("line").value) return [field("place").value, words.line.replace("{m}", where.length())].filter(Boolean).join(" · ");
    if (field("area").value) return field("place").value || words.area;
    const listed = form.querySelector("[data-street-part]")?.selectedOptions[0];
    const isListed = listed && field("street").value && field("street").value === listed.value;
    return field("place").value || (isListed ? listed.textContent : "") || form.querySelector('[name="found"]:checked')?.closest("label").textContent.trim() || words.chosenOnMap;
  }

  function timeInWords() {
    const when = chosen("noticed_at")?.textContent.trim();
    if (!when) return "";
    const value = form.querySelector('[name="noticed_at"]:checked').value;
    if (value === "once") return field("happened_at").value ? `${when}: ${field("happened_at").value.replace("T", " ")}` : "";
    if (value === "now") return when;
    const days = [...form.querySelectorAll('[name="weekdays"]:checked')].map((day) => day.nextElementSibling.textContent);
    const [from, until] = ["from_hour", "until_hour"].map((name) => field(name).selectedOptions[0].textContent);
    return [when, days.join(" "), from && until ? words.hours.replace("{from}", from).replace("{until}", until) : ""].filter(Boolean).join(" · ");
  }

  function answers() {
    return [
      ["category", question("category"), chosen("category")?.querySelector("strong").textContent],
      ["where", question("where"), placeInWords()],
      ["severity", question("severity"), chosen("severity")?.textContent.trim()],
      ["severity", question("noticed_at"), timeInWords()],
      ["description", question("description"), field("description").value.trim() || words.nothingSaid],
    ];
  }

  function draw() {
    const place = [Number(field("lon").value), Number(field("lat").value)];
    const box = form.querySelector(".picture");
    box.hidden = !(place[0] && place[1]);
    if (box.hidden) return;
    if (!picture) {
      const map = makeMap(document.getElementById("review-map"));
      for (const handler of [map.dragging, map.touchZoom, map.doubleClickZoom, map.scrollWheelZoom, map.boxZoom, map.keyboard]) handler.disable();
      map.getContainer().removeAttribute("tabindex");
      picture = new Sketch(map, () => {});
    }
    picture.map.invalidateSize();
    const path = field("line").value || field("area").value;
    if (path) picture.path(JSON.parse(path), [], Boolean(field("area").value));
    else picture.spot(place, Number(field("accuracy_m").value));
    for (const layer of picture.drawn.getLayers()) layer.dragging?.disable();
    picture.look(path ? JSON.parse(path) : [place], 18, path ? 0 : Math.max(60, Number(field("accuracy_m").value)));
  }

  function preview() {
    const category = chosen("category");
    part("preview").hidden = !category;
    if (!category) return;
    part("preview-symbol").replaceChildren(category.querySelector("svg").cloneNode(true));
    part("preview-name").textContent = category.querySelector("strong").textContent;
    const isPublic = form.querySelector('[name="is_public_place"]:checked').value === "yes";
    part("preview-where").textContent = part("preview-where").dataset[isPublic ? "public" : "private"];
  }

  for (const radio of form.querySelectorAll('[name="is_public_place"]')) radio.addEventListener("change", preview);
  return () => {
    list.replaceChildren(
      ...answers().flatMap(([step, asked, answer]) => {
        const term = Object.assign(document.createElement("dt"), { textContent: asked });
        const said = document.createElement("dd");
        const shown = Object.assign(document.createElement("span"), { textContent: answer || words.nothing, className: answer ? "" : "wrong" });
        const change = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: words.change });
        change.setAttribute("aria-label", `${words.change}: ${asked}`);
        change.addEventListener("click", () => go(step));
        said.append(shown, change);
        return [term, said];
      }),
    );
    draw();
    preview();
  };
}
