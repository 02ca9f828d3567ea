// A place in a village by what people say, found on the phone with no connection: the same rules as
// safemap/basemap/finding.py, over the list of `GET /api/v1/villages/{key}/places`. One table of cases proves both.
import { fromChinese, normalised, NUMBER, NUMERALS, readStreet } from "./addresses.js";
import { along, apart, lengthOf, meeting, nearestOn, planeAround } from "./plane.js";

const FOUND_AT_MOST = 6;
const [FRONTAGE_M, CROSSING_M, DEEP_M, PLACE_ACCURACY_M, LAMP_ACCURACY_M] = [20, 30, 100, 30, 5];
const NEAR_LAMPS = 4;
const BEHIND_A_ROAD = new RegExp(`^(?:([${NUMERALS}]+)段)?(?:(${NUMBER})巷)?(?:(${NUMBER})弄)?`);
const LANE_ALONE = new RegExp(`^(?:(${NUMBER})巷(?:(${NUMBER})弄)?|(${NUMBER})弄)`);
const HOUSES = /^(\d+)(?:之\d+)?(?:號?~(\d+)(?:之\d+)?)?號(?!出口|水門)/;
const MOUTH = /^巷?口/;
const JOINING = /(?<=[路街巷弄段道])(?:跟|和(?!平)|[&x×@+])/g;
const AROUND = /(?:的|那邊|附近|旁邊|旁|前面|前|後面|後|對面|門口|裡面|裡)+$/;
const LAMP_WORDS = /路燈|燈桿|燈杆|電桿|桿號|桿|編號|號碼|號|攝影機|監視器|LAMP|CAMERA|NO\.?(?=\d)|[\s#._]|(?<!\d)[-–—]|[–—-](?!\d)/g;
const ENGLISH_SHORT = { lane: "ln", alley: "aly", street: "st", road: "rd", section: "sec" };

export const plateOf = (said) => said.normalize("NFKC").toUpperCase().replace(LAMP_WORDS, "").replace(/(?<!\d)0+(?=\d)/g, "");

export function differByOne(one, other) {
  if (Math.min(one.length, other.length) < 3 || Math.abs(one.length - other.length) > 1 || one === other) return false;
  if (one.length !== other.length) {
    const [longer, shorter] = one.length > other.length ? [one, other] : [other, one];
    return [...longer].some((_, at) => longer.slice(0, at) + longer.slice(at + 1) === shorter);
  }
  const differ = [...one].flatMap((sign, at) => (sign === other[at] ? [] : [at]));
  if (differ.length === 1) return true;
  const [first, last] = differ;
  return differ.length === 2 && last === first + 1 && one[first] === other[last] && one[last] === other[first];
}

export function englishWords(said) {
  const plain = said.normalize("NFKC").toLowerCase().replace(/['’]/g, "");
  if (!/[a-z]/.test(plain)) return [];
  return (plain.match(/[a-z0-9]+/g) ?? []).map((word) => ENGLISH_SHORT[word] ?? word);
}

const isNumber = (word) => /^\d+$/.test(word);
const compared = (a, b) => {
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return a[index] < b[index] ? -1 : 1;
  return 0;
};
const byRank = (ranked) => ranked.sort((a, b) => compared(a[0], b[0])).map(([, one]) => one);
const firstNumber = (side) => Number(side.split("之")[0]);

// Where a name holds what is said, -1 where it does not; 11巷 is no part of 111巷.
function partOf(said, name) {
  if (said.length < 2) return -1;
  const at = name.indexOf(said);
  return at > 0 && /\d/.test(said[0]) && /\d/.test(name[at - 1]) ? -1 : at;
}

// How far along a house is, and how far off that may be: between the lanes next to it, or beyond the last.
function between(marks, number, length) {
  const [below, above] = [marks.filter((mark) => mark[0] <= number), marks.filter((mark) => mark[0] > number)];
  if (below.length && above.length) {
    const [[low, atLow], [high, atHigh]] = [below.at(-1), above[0]];
    const place = atLow + ((number - low) / (high - low)) * (atHigh - atLow);
    return [place, Math.max(Math.abs(place - atLow), Math.abs(atHigh - place))];
  }
  const [[first, atFirst], [last, atLast]] = [marks[0], marks.at(-1)];
  const rate = last > first ? (atLast - atFirst) / (last - first) : 0;
  const [nearest, atNearest] = below.length ? marks.at(-1) : marks[0];
  const place = Math.min(Math.max(atNearest + (number - nearest) * rate, 0), length);
  const end = rate > 0 === below.length > 0 ? length : 0;
  return [place, Math.max(Math.abs(end - place), Math.abs(place - atNearest))];
}

const isInOrder = (places) => {
  const steps = places.slice(1).map((place, index) => place - places[index]);
  return (steps.every((step) => step >= 0) || steps.every((step) => step <= 0)) && places[0] !== places.at(-1);
};

export class Gazetteer {
  constructor(listed) {
    const anywhere = listed.streets[0]?.lines[0][0] ?? listed.places[0]?.at ?? listed.lamps[0]?.slice(1) ?? [121, 24];
    this.plane = planeAround(anywhere);
    const laid = (line) => line.map(this.plane.toMetres);
    this.places = listed.places.map((place) => ({ ...place, said: normalised(place.name) }));
    this.lamps = listed.lamps.map(([number, lon, lat]) => ({ number, lon, lat, plate: plateOf(number) }));
    this.streets = listed.streets.map((street) => ({ ...street, said: normalised(street.name), named: readStreet(street.name), laid: street.lines.map(laid) }));
    this.byRoad = new Map();
    for (const street of this.streets) this.byRoad.set(street.named.road, [...(this.byRoad.get(street.named.road) ?? []), street]);
    this.roads = [...this.byRoad.keys()];
  }

  // What may be meant, the likeliest first; nothing of an empty text.
  find(said) {
    const words = normalised(said);
    if (!words) return [];
    const lamps = this.lampsOf(said);
    const told = [...lamps.filter((lamp) => lamp.is_sure), ...this.named(words), ...this.addressed(words)];
    const found = told.some((one) => one.is_sure) ? told : [...told, ...this.like(words, said), ...lamps];
    const first = new Map();
    for (const one of found) {
      const key = `${one.kind} ${one.name} ${one.lon}`;
      if (!first.has(key)) first.set(key, one);
    }
    return [...first.values()].slice(0, FOUND_AT_MOST);
  }

  street(name) {
    return this.streets.find((street) => street.name === name);
  }

  addressed(said) {
    const words = said.replace(JOINING, "、");
    const first = this.streetAt(words);
    if (!first) {
      const alone = words.match(LANE_ALONE);
      return alone ? this.byLane(alone).map((street) => this.whole(street, false)) : [];
    }
    const here = this.exactly(first);
    const other = this.streetAt(first.rest);
    if (other) {
      const crossed = this.exactly(other);
      const corners = here.flatMap((one) => crossed.flatMap((two) => (one === two ? [] : this.corner(one, two))));
      if (corners.length) return corners;
    }
    if (!here.length) return this.inUnknownLane(first);
    const houses = first.rest.match(HOUSES);
    if (houses) return here.map((street) => this.house(street, Number(houses[1])));
    if (MOUTH.test(first.rest) && (first.lane || first.alley)) {
      const left = this.exactly(broader(first));
      const mouths = here.flatMap((street) => left.flatMap((road) => this.corner(street, road)));
      if (mouths.length) return mouths;
    }
    const inner = !first.alley && /^\d*$/.test(first.rest) ? this.lanesOf(first, first.rest) : [];
    return [...here.map((street) => this.whole(street)), ...inner.map((street) => this.whole(street, false))];
  }

  // The first known road in a text and what follows it; null when it names none.
  streetAt(words) {
    const known = this.roads.flatMap((road) => (words.includes(road) ? [[[words.indexOf(road), -road.length, road], road]] : []));
    if (!known.length) return null;
    const [road] = byRank(known);
    const rest = words.slice(words.indexOf(road) + road.length);
    const behind = rest.match(BEHIND_A_ROAD);
    return { road, section: behind[1] ? fromChinese(behind[1]) : null, lane: behind[2] ?? "", alley: behind[3] ?? "", rest: rest.slice(behind[0].length) };
  }

  exactly({ road, section, lane, alley }) {
    return (this.byRoad.get(road) ?? []).filter(({ named }) => named.lane === lane && named.alley === alley && (section === null || section === named.section));
  }

  // Lanes of a road, or alleys of a lane, whose number begins with what is typed so far; the lowest first.
  lanesOf({ road, section, lane }, begun) {
    const inner = (this.byRoad.get(road) ?? []).flatMap((street) => {
      const { named } = street;
      const side = lane ? named.alley : named.lane || named.alley;
      const isInner = (section === null || section === named.section) && (!lane || named.lane === lane) && Boolean(named.lane && named.alley) === Boolean(lane);
      return isInner && side && side.startsWith(begun) ? [[[firstNumber(side), side], street]] : [];
    });
    return byRank(inner);
  }

  byLane([, lane, alley, onlyAlley]) {
    return this.streets.filter(({ named }) => named.alley === (onlyAlley || alley || "") && (onlyAlley || named.lane === lane));
  }

  // A lane that no map has bears the house number at which it leaves its road.
  inUnknownLane(wanted) {
    const outer = wanted.alley || wanted.lane ? broader(wanted) : null;
    if (!outer) return [];
    const near = this.exactly(outer);
    if (!near.length) return this.inUnknownLane(outer);
    const number = firstNumber(wanted.alley || wanted.lane);
    return near.map((street) => this.house(street, number, false)).map((one) => ({ ...one, accuracy_m: one.accuracy_m + DEEP_M }));
  }

  whole(street, isSure = true) {
    const middle = along(street.laid[0], lengthOf(street.laid[0]) / 2);
    const furthest = Math.max(...street.laid.flat().map((corner) => apart(corner, middle)));
    return this.found("street", street, street.name, middle, furthest, isSure);
  }

  house(street, number, isSure = true) {
    const line = street.laid[0];
    const all = this.marks(street, line).sort(compared);
    const sameSide = all.filter((mark) => mark[0] % 2 === number % 2);
    const marks = sameSide.length > 1 ? sameSide : all;
    const name = `${street.name}${number}號`;
    if (marks.length < 2 || !isInOrder(marks.map((mark) => mark[1]))) return { ...this.whole(street, isSure), kind: "house", name, name_en: "" };
    const [place, accuracy] = between(marks, number, lengthOf(line));
    return this.found("house", street, name, along(line, place), accuracy, isSure);
  }

  // House numbers that are known along a street, and how far along they are: lanes bear the numbers at which they leave.
  marks(street, line) {
    const { named } = street;
    return this.byRoad.get(named.road).flatMap((other) => {
      if (other === street || other.named.section !== named.section || named.alley || (named.lane && other.named.lane !== named.lane)) return [];
      const side = named.lane ? other.named.alley : other.named.lane || other.named.alley;
      if (!side || (other.named.lane && other.named.alley && !named.lane)) return [];
      const mouth = meeting([line], other.laid);
      return mouth.away <= CROSSING_M ? [[firstNumber(side), nearestOn(line, mouth.at).along]] : [];
    });
  }

  corner(one, other) {
    const met = meeting(one.laid, other.laid);
    return met.away > CROSSING_M ? [] : [this.found("corner", one, `${one.name} / ${other.name}`, met.at, 0)];
  }

  named(words) {
    const bare = words.replace(AROUND, "");
    const exact = this.places.filter((place) => place.said === bare);
    if (exact.length) return exact.map((place) => this.place(place));
    const inside = this.places.filter((place) => place.said.length > 1 && words.includes(place.said));
    return inside.sort((a, b) => b.said.length - a.said.length).map((place) => this.place(place));
  }

  like(words, said) {
    const [bare, asked] = [words.replace(AROUND, ""), englishWords(said)];
    const says = (name) => {
      const own = englishWords(name);
      return asked.length && asked.every((one) => own.some((word) => word === one || (word.startsWith(one) && !isNumber(one))));
    };
    const rows = [...this.places.map((place) => [place, () => this.place(place, false)]), ...this.streets.map((street) => [street, () => this.whole(street, false)])];
    const ranked = rows.flatMap(([one, answer]) => {
      const at = partOf(bare, one.said);
      const isLane = Number(/\d[巷弄]$/.test(one.said));
      if (at >= 0) return [[[0, isLane, Math.min(at, 1), one.said.length, one.said], answer]];
      return says(one.name_en) ? [[[1, isLane, 0, one.name_en.length, one.said], answer]] : [];
    });
    return byRank(ranked).map((answer) => answer());
  }

  place(place, isSure = true) {
    const at = this.plane.toMetres(place.at);
    const spread = place.outline ? Math.max(...place.outline.map((corner) => apart(this.plane.toMetres(corner), at))) : PLACE_ACCURACY_M;
    return { kind: "place", name: place.name, name_en: place.name_en, lon: place.at[0], lat: place.at[1], accuracy_m: Math.ceil(spread), street: "", is_sure: isSure };
  }

  // Lamps of a number as it is painted, zeros in front or not; then those that differ by one sign.
  lampsOf(said) {
    const asked = plateOf(said);
    if (!/\d/.test(asked)) return [];
    const ranked = this.lamps.flatMap((lamp) => {
      const isSame = lamp.plate === asked;
      const head = lamp.plate.slice(0, -asked.length);
      const isTail = isNumber(asked) && lamp.plate.endsWith(asked) && !/\d$/.test(head);
      if (!isSame && !isTail && !differByOne(lamp.plate, asked)) return [];
      const one = { kind: "lamp", name: lamp.number, name_en: "", lon: lamp.lon, lat: lamp.lat, accuracy_m: LAMP_ACCURACY_M, street: "", is_sure: isSame };
      return [[[isSame ? 0 : isTail ? 1 : 2, lamp.number], one]];
    });
    return byRank(ranked).slice(0, NEAR_LAMPS);
  }

  found(kind, street, name, place, spread, isSure = true) {
    const [lon, lat] = this.plane.toLonlat(place).map((degrees) => Number(degrees.toFixed(6)));
    const accuracy = Math.ceil(Number((spread + FRONTAGE_M).toFixed(2)));
    return { kind, name, name_en: kind === "street" ? street.name_en : "", lon, lat, accuracy_m: accuracy, street: street.name, is_sure: isSure };
  }
}

// The lane that an alley is in; the road that a lane is in.
const broader = (street) => (street.alley ? { ...street, alley: "" } : { ...street, lane: "" });
