// Reads GeoJSON. Knows nothing of the map.
export async function feature(url) {
  const answer = await fetch(url, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

export const features = async (url) => (await feature(url)).features;

// A place along the longest part of a line, its middle unless a share is given: where its number stands.
export function placeAlong(geometry, share = 0.5) {
  const lines = geometry.type === "MultiLineString" ? geometry.coordinates : [geometry.coordinates];
  const longest = lines.reduce((best, line) => (lengthOf(line) > lengthOf(best) ? line : best));
  let left = lengthOf(longest) * share;
  for (let index = 1; index < longest.length; index += 1) {
    const [from, to] = [longest[index - 1], longest[index]];
    const step = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (step >= left && step > 0) {
      const part = left / step;
      return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
    }
    left -= step;
  }
  return longest[0];
}

const lengthOf = (line) =>
  line.slice(1).reduce((sum, point, index) => sum + Math.hypot(point[0] - line[index][0], point[1] - line[index][1]), 0);

// The ring of what a camera sees: a sector of a circle, in degrees around [lon, lat].
export function sectorRing([lon, lat], azimuthDeg, fieldOfViewDeg, reachM) {
  const metresPerDegree = 111320;
  const squeeze = Math.cos((lat * Math.PI) / 180);
  const steps = Math.max(4, Math.round(fieldOfViewDeg / 6));
  const ring = fieldOfViewDeg >= 360 ? [] : [[lon, lat]];
  for (let step = 0; step <= steps; step += 1) {
    const angle = ((azimuthDeg - fieldOfViewDeg / 2 + (fieldOfViewDeg * step) / steps) * Math.PI) / 180;
    ring.push([
      lon + (Math.sin(angle) * reachM) / metresPerDegree / squeeze,
      lat + (Math.cos(angle) * reachM) / metresPerDegree,
    ]);
  }
  return ring;
}
