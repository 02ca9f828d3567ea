// Lines along streets: what is tapped lies on the nearest street, and what is between two taps follows it.
import { apart, lengthOf, meeting, nearestOn, planeAround } from "./plane.js";

const SNAPPED_M = 25; // a tap this near a street means the street

export class Tracing {
  constructor(streets, around) {
    this.plane = planeAround(around);
    this.lines = streets.flatMap((street) => street.lines.map((line) => line.map(this.plane.toMetres)));
    this.stops = [];
  }

  add(lonlat) {
    this.stops.push(this.snapped(this.plane.toMetres(lonlat)));
  }

  undo() {
    this.stops.pop();
  }

  // A whole line as it is, such as a named lane's.
  take(line) {
    this.stops = line.map((lonlat) => ({ at: this.plane.toMetres(lonlat), line: null }));
  }

  snapped(point) {
    const near = this.lines
      .map((line) => ({ line, ...nearestOn(line, point) }))
      .reduce((best, one) => (one.away < best.away ? one : best), { away: Infinity });
    return near.away <= SNAPPED_M ? { at: near.at, line: near.line, along: near.along } : { at: point, line: null };
  }

  get path() {
    const points = this.stops.flatMap((stop, index) => (index ? this.between(this.stops[index - 1], stop).slice(1) : [stop.at]));
    return points.filter((point, index) => !index || apart(point, points[index - 1]) > 0.2);
  }

  // Along the street that both lie on, or round the corner where their streets meet; else straight.
  between(from, to) {
    if (!from.line || !to.line) return [from.at, to.at];
    if (from.line === to.line) return run(from.line, from.along, to.along);
    const corner = meeting([from.line], [to.line]);
    if (corner.away > 1) return [from.at, to.at];
    const [here, there] = [nearestOn(from.line, corner.at).along, nearestOn(to.line, corner.at).along];
    const path = [...run(from.line, from.along, here), ...run(to.line, there, to.along).slice(1)];
    return lengthOf(path) > 3 * apart(from.at, to.at) ? [from.at, to.at] : path;
  }

  get coordinates() {
    return this.path.map((point) => this.plane.toLonlat(point).map((degrees) => Number(degrees.toFixed(6))));
  }

  get length_m() {
    return lengthOf(this.path);
  }
}

// The part of a line between two distances along it, in the order that they are given.
function run(line, from, to) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const points = [];
  let passed = 0;
  const place = (index, at) => {
    const step = apart(line[index - 1], line[index]);
    const share = step ? (at - passed) / step : 0;
    return line[index - 1].map((value, axis) => value + share * (line[index][axis] - value));
  };
  for (let index = 1; index < line.length; index += 1) {
    const end = passed + apart(line[index - 1], line[index]);
    if (!points.length && low <= end) points.push(place(index, low));
    if (points.length && high <= end) {
      points.push(place(index, high));
      break;
    }
    if (points.length) points.push(line[index]);
    passed = end;
  }
  return from <= to ? points : points.reverse();
}
