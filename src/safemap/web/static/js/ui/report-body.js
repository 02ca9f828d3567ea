// What the form holds, as the API takes it. What cannot be said so, is null: the form is then sent as it stands.
const HOUR_IN_TAIWAN = new Intl.DateTimeFormat("en", { timeZone: "Asia/Taipei", hour: "numeric", hourCycle: "h23" });
const STREET_ACCURACY_M = 50; // a street's middle stands for anywhere along it
const [NIGHT_FROM, NIGHT_UNTIL] = [18, 6];

export function bodyOf(form) {
  const given = new FormData(form);
  const value = (name) => String(given.get(name) ?? "").trim();
  const category = form.querySelector('[name="category"]:checked');
  const where = whereOf(value, category);
  const when = whenOf(value, given.getAll("weekdays").map(Number));
  if (!where || !when || !category || !value("severity")) return null;
  const said = Object.fromEntries(["description", "notice"].filter(value).map((name) => [name, value(name)]));
  return { category: category.value, severity: value("severity"), ...where, ...when, ...said, is_public_place: value("is_public_place") === "yes" };
}

// What and where alone, as soon as both are answered.
export function placeOf(form) {
  const given = new FormData(form);
  const value = (name) => String(given.get(name) ?? "").trim();
  const category = form.querySelector('[name="category"]:checked');
  const where = category && whereOf(value, category);
  return where ? { category: category.value, ...where } : null;
}

function whereOf(value, category) {
  const drawn = value("drawn");
  const isDrawn = drawn !== "point" && value(drawn) && category?.dataset.drawn?.split(" ").includes(drawn);
  if (isDrawn) {
    const corners = JSON.parse(value(drawn));
    const [lon, lat] = drawn === "line" ? halfway(corners) : middle(corners);
    return { lon, lat, accuracy_m: 0, [drawn]: corners };
  }
  if (value("lon") && value("lat")) {
    const asset = value("asset_number") && value("asset_kind") === category?.dataset.asset ? { asset_kind: value("asset_kind"), asset_number: value("asset_number") } : {};
    return { lon: Number(value("lon")), lat: Number(value("lat")), accuracy_m: Math.min(5000, Number(value("accuracy_m")) || 0), ...asset };
  }
  const [lon, lat, accuracyM = STREET_ACCURACY_M] = fromList(value("street"));
  return lon && lat ? { lon, lat, accuracy_m: accuracyM } : null;
}

// A choice of the list: its position, and how exact that is.
function fromList(choice) {
  try {
    return choice.startsWith("[") ? JSON.parse(choice).slice(0, 3) : choice.split(",").map(Number);
  } catch {
    return [];
  }
}

// When it is so: just now, once, or as a rule. "Now" is when somebody wrote it, however late it is sent.
function whenOf(value, weekdays) {
  const noticed = value("noticed_at");
  if (noticed === "now" || noticed === "once") {
    const moment = noticed === "now" ? new Date() : new Date(`${value("happened_at")}:00+08:00`);
    if (Number.isNaN(moment.valueOf())) return null;
    const hour = Number(HOUR_IN_TAIWAN.format(moment));
    return { noticed_at: hour >= NIGHT_FROM || hour < NIGHT_UNTIL ? "night" : "day", happened_at: moment.toISOString() };
  }
  if (!noticed || Boolean(value("from_hour")) !== Boolean(value("until_hour"))) return null;
  const days = weekdays.length ? { weekdays: weekdays.reduce((sum, day) => sum + 2 ** (day - 1), 0) } : {};
  const hours = value("from_hour") ? { from_hour: Number(value("from_hour")), until_hour: Number(value("until_hour")) } : {};
  return { noticed_at: noticed, ...days, ...hours };
}

const middle = (corners) => [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);

// The place halfway along a line: at the scale of a village, degrees will do.
function halfway(corners) {
  const apart = ([west, south], [east, north]) => Math.hypot((east - west) * Math.cos((south * Math.PI) / 180), north - south);
  const lengths = corners.slice(1).map((corner, index) => apart(corners[index], corner));
  let left = lengths.reduce((sum, one) => sum + one, 0) / 2;
  const index = lengths.findIndex((length) => (left -= length) <= 0);
  const share = 1 + left / lengths[index];
  return [0, 1].map((axis) => corners[index][axis] + share * (corners[index + 1][axis] - corners[index][axis]));
}
