// The question where it is: taps, the cross, the phone's position, a photo, words, a list; a spot, a line or an area.
import { feature } from "../data/features.js";
import { Gazetteer } from "../data/gazetteer.js";
import { isInRing, metresBetween } from "../data/plane.js";
import { Tracing } from "../data/tracing.js";
import { makeMap } from "../map/base.js";
import { Sketch } from "../map/marking.js";
import { startList } from "./mark-list.js";
import { startHere, startPhotoPlace } from "./mark-position.js";
import { startSearch } from "./mark-search.js";

const PHOTO_ACCURACY_M = 15;
const CLOSE = 18;

export function startWhere(form, keep) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const field = (name) => form.elements[name];
  const element = document.getElementById("map");
  const key = encodeURIComponent(element.dataset.key);
  const status = part("where-status");
  part("with-map").hidden = false;
  part("coordinates").open = false;
  const map = makeMap(element);
  const sketch = new Sketch(map, (place) => choose(place));
  let rings = null; // of the village's outline; null until it is known
  let gazetteer = null;
  let tracing = null;
  const drawn = () => form.querySelector('[name="drawn"]:checked').value;

  const listed = fetch(`/api/v1/villages/${key}/places`)
    .then((answer) => answer.json())
    .then((places) => { gazetteer = new Gazetteer(places); })
    .catch(() => {}); // with no connection and nothing kept the map is there all the same
  feature(`/api/v1/villages/${key}`)
    .then(({ geometry }) => { rings = geometry.type === "MultiPolygon" ? geometry.coordinates.map(([outer]) => outer) : [geometry.coordinates[0]]; })
    .catch(() => {});
  const isInside = (place) => !rings || rings.some((ring) => isInRing(ring, place));
  const kilometresAway = (place) => {
    const away = Math.min(...rings.flat().map((corner) => metresBetween(corner, place))) / 1000;
    return away.toLocaleString(document.documentElement.lang, { maximumFractionDigits: away < 10 ? 1 : 0 });
  };
  const say = (words, isRough = false) => {
    status.textContent = words;
    status.classList.toggle("rough", isRough);
    part("map-hint").hidden = Boolean(words); // one line above the map
  };

  function put(values) {
    const all = { lon: "", lat: "", accuracy_m: "", line: "", area: "", asset_kind: "", asset_number: "", ...values };
    for (const [name, value] of Object.entries(all)) field(name).value = value;
    form.querySelector('[name="found"]:checked')?.removeAttribute("checked");
    form.dispatchEvent(new CustomEvent("placed"));
    keep();
  }

  // One spot; `named` when words or the list meant it, so that they stay.
  function choose(place, accuracy = 0, named = null) {
    if (!isInside(place)) {
      put({});
      sketch.clear();
      say(status.dataset.outside, true);
      return;
    }
    if (!named) forgetWords();
    const asset = named?.kind === "lamp" || named?.kind === "camera" ? { asset_kind: named.kind, asset_number: named.name } : {};
    put({ lon: place[0].toFixed(6), lat: place[1].toFixed(6), accuracy_m: accuracy ? Math.min(accuracy, 5000).toFixed(0) : "", ...asset });
    sketch.spot(place, accuracy);
    say(status.dataset.chosen);
  }

  function forgetWords() {
    field("place").value = "";
    if (field("street")) field("street").value = "";
    list?.clear();
  }

  function draw() {
    const isArea = drawn() === "area";
    const coordinates = isArea ? tracing.stops.map(({ at }) => tracing.plane.toLonlat(at).map((degrees) => Number(degrees.toFixed(6)))) : tracing.coordinates;
    const stops = tracing.isWhole ? [] : tracing.stops.map(({ at }) => tracing.plane.toLonlat(at));
    sketch.path(coordinates, stops, isArea);
    const words = part("measured").dataset;
    const said = isArea ? (tracing.isWhole ? "" : words.corners) : tracing.isWhole ? words.whole : words.length;
    const [n, m] = [tracing.stops.length, Math.round(tracing.length_m)];
    part("measured").textContent = n ? said.replace("{n}", n).replace("{m}", m) : "";
    part("undo").hidden = !n || tracing.isWhole;
    const isEnough = coordinates.length >= (isArea ? 3 : 2);
    const middle = isEnough ? coordinates[Math.floor(coordinates.length / 2)] : null;
    put(isEnough ? { [drawn()]: JSON.stringify(coordinates), lon: middle[0], lat: middle[1] } : {});
    say("");
  }

  function add(place) {
    if (!isInside(place)) {
      say(status.dataset.outside, true);
      return;
    }
    if (tracing.isWhole || field("place").value) {
      forgetWords();
      if (tracing.isWhole) tracing.stops = [];
      tracing.isWhole = false;
    }
    tracing.add(place);
    draw();
  }

  function whole(line) {
    tracing.take(line);
    tracing.isWhole = true;
    draw();
    sketch.look(line, CLOSE);
  }

  // What words or the list mean: a spot there, the whole street, the whole place.
  function take(one) {
    if (drawn() === "line") {
      const street = gazetteer?.street(one.street || one.name);
      if (street) whole(street.lines[0]);
      else say(part("map-hint").dataset.line, true);
    } else if (drawn() === "area") {
      const place = gazetteer?.places.find((known) => known.name === one.name && known.outline);
      if (place) whole(place.outline);
      else say(part("map-hint").dataset.area, true);
    } else {
      choose([one.lon, one.lat], one.accuracy_m, one);
      sketch.look([[one.lon, one.lat]], CLOSE, Math.max(one.accuracy_m, 40));
    }
  }

  async function changeDrawn() {
    const mode = drawn();
    part("map-hint").textContent = part("map-hint").dataset[mode];
    part("drawing").hidden = mode === "point";
    const middle = part("middle");
    middle.textContent = middle.dataset[mode === "point" ? "point" : "more"];
    part("tools").hidden = mode !== "point";
    if (mode === "point") return;
    await listed;
    const { lng, lat } = map.getCenter();
    tracing = new Tracing(mode === "line" ? (gazetteer?.streets ?? []) : [], [lng, lat]);
  }

  const ask = async (said) => (await (await fetch(`/api/v1/villages/${key}/places/found?words=${encodeURIComponent(said)}`)).json()).found ?? [];
  const search = startSearch(field("place"), document.querySelector("[data-suggestions]"), {
    find: async (said) => {
      await listed;
      const near = gazetteer?.find(said) ?? [];
      if (form.querySelector('[name="category"]:checked')?.dataset.asset !== "camera") return near;
      const cameras = (await ask(said).catch(() => [])).filter(({ kind }) => kind === "camera"); // the server alone knows them
      return [...cameras, ...near];
    },
    ask,
    take,
  });
  const list = startList(form, take);
  const tapped = (place) => (drawn() === "point" ? choose(place) : add(place));
  map.on("click", ({ latlng: { lng, lat } }) => tapped([lng, lat]));
  const takeMiddle = () => tapped([map.getCenter().lng, map.getCenter().lat]);
  part("middle").addEventListener("click", takeMiddle);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== element) return;
    event.preventDefault();
    event.stopPropagation();
    takeMiddle();
  });
  part("undo").addEventListener("click", () => {
    tracing.undo();
    draw();
  });
  startHere(part("here"), {
    say,
    isInside,
    kilometresAway,
    at: (place, accuracy) => {
      choose(place, accuracy);
      sketch.look([place], CLOSE, Math.max(accuracy, 30));
    },
  });
  startPhotoPlace(form, {
    say,
    isInside,
    propose: (place) => sketch.proposal(place),
    take: (place) => choose(place, PHOTO_ACCURACY_M),
    drop: () => {
      sketch.clear();
      put({});
    },
  });
  for (const radio of form.querySelectorAll('[name="drawn"]')) {
    radio.addEventListener("change", () => {
      put({});
      forgetWords();
      sketch.clear();
      say("");
      changeDrawn().then(() => tracing && drawn() !== "point" && draw());
    });
  }

  // What the chosen kind may be drawn as is offered, the rest is not.
  function offer(allowed) {
    const offered = [...form.querySelectorAll('[name="drawn"]')].filter((radio) => {
      radio.closest("label").hidden = !allowed.includes(radio.value);
      return allowed.includes(radio.value);
    });
    part("drawn-choice").hidden = offered.length < 2;
    if (allowed.includes(drawn())) return;
    offered[0].checked = true;
    offered[0].dispatchEvent(new Event("change", { bubbles: true }));
  }

  // What a draft or the server has given back stands on the map again.
  async function restore() {
    await changeDrawn();
    const path = field("line").value || field("area").value;
    const place = [Number(field("lon").value), Number(field("lat").value)];
    if (path && drawn() !== "point") {
      const coordinates = JSON.parse(path);
      tracing.take(coordinates);
      tracing.isWhole = true;
      sketch.path(coordinates, [], drawn() === "area");
      sketch.look(coordinates, CLOSE);
    } else if (place[0] && place[1]) {
      sketch.spot(place, Number(field("accuracy_m").value));
      sketch.look([place], CLOSE, 60);
    }
  }
  restore();

  return {
    offer,
    shown: () => map.invalidateSize(),
    isAnswered: () => Boolean((field("lon").value && field("lat").value) || form.querySelector('[name="found"]:checked')),
    settle: search.settle,
    length: () => (tracing ? Math.round(tracing.length_m) : 0),
  };
}
