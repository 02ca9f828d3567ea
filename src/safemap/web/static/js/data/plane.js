// Metres around a place: good to a thousandth within some kilometres, which is all that a village needs.
const M_PER_DEG = 111320;

export function planeAround([lon0, lat0]) {
  // Lengths of a degree on the ellipsoid, after its usual series.
  const lat = (lat0 * Math.PI) / 180;
  const east = 111412.84 * Math.cos(lat) - 93.5 * Math.cos(3 * lat);
  const north = 111132.954 - 559.822 * Math.cos(2 * lat) + 1.175 * Math.cos(4 * lat);
  return {
    toMetres: ([lon, lat]) => [(lon - lon0) * east, (lat - lat0) * north],
    toLonlat: ([x, y]) => [lon0 + x / east, lat0 + y / north],
  };
}

export const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
export const lengthOf = (line) => line.slice(1).reduce((sum, point, index) => sum + apart(point, line[index]), 0);

// The point of a line so far along it.
export function along(line, distance) {
  let left = distance;
  for (let index = 1; index < line.length; index += 1) {
    const step = apart(line[index - 1], line[index]);
    if (step >= left && step > 0) {
      const share = left / step;
      return line[index - 1].map((value, axis) => value + share * (line[index][axis] - value));
    }
    left -= step;
  }
  return line.at(-1);
}

// Where a line is nearest to a point: that place, how far it is, how far along.
export function nearestOn(line, point) {
  let best = { at: line[0], away: apart(line[0], point), along: 0 };
  let passed = 0;
  for (let index = 1; index < line.length; index += 1) {
    const [from, to] = [line[index - 1], line[index]];
    const step = apart(from, to);
    const share = step ? Math.min(1, Math.max(0, ((point[0] - from[0]) * (to[0] - from[0]) + (point[1] - from[1]) * (to[1] - from[1])) / step ** 2)) : 0;
    const at = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    const away = apart(at, point);
    if (away < best.away) best = { at, away, along: passed + share * step };
    passed += step;
  }
  return best;
}

function crossingOf(a, b, c, d) {
  const [ab, cd, ac] = [[b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]], [c[0] - a[0], c[1] - a[1]]];
  const turn = ab[0] * cd[1] - ab[1] * cd[0];
  if (turn === 0) return null;
  const [share, other] = [(ac[0] * cd[1] - ac[1] * cd[0]) / turn, (ac[0] * ab[1] - ac[1] * ab[0]) / turn];
  return share < 0 || share > 1 || other < 0 || other > 1 ? null : [a[0] + share * ab[0], a[1] + share * ab[1]];
}

// Where two sets of lines come nearest: the place on the first, and how far they are apart.
export function meeting(lines, others) {
  let best = { at: null, away: Infinity };
  const better = (at, away) => { if (away < best.away - 1e-9) best = { at, away }; };
  for (const line of lines) {
    for (const other of others) {
      for (let index = 1; index < line.length; index += 1) {
        for (let place = 1; place < other.length; place += 1) {
          const met = crossingOf(line[index - 1], line[index], other[place - 1], other[place]);
          if (met) better(met, 0);
        }
      }
      for (const point of other) {
        const near = nearestOn(line, point);
        better(near.at, near.away);
      }
      for (const point of line) better(point, nearestOn(other, point).away);
    }
  }
  return best;
}

// Metres between two places in degrees.
export function metresBetween([lon1, lat1], [lon2, lat2]) {
  const squeeze = Math.cos((((lat1 + lat2) / 2) * Math.PI) / 180);
  return Math.hypot((lon2 - lon1) * squeeze, lat2 - lat1) * M_PER_DEG;
}

export function isInRing(ring, [x, y]) {
  let inside = false;
  for (let index = 0, last = ring.length - 1; index < ring.length; last = index, index += 1) {
    const [[x1, y1], [x2, y2]] = [ring[index], ring[last]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
