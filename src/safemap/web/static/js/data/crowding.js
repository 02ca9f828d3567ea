// Keeps marks from lying on each other. Points are { x, y } in pixels; knows nothing of the map.

// Gathers items closer than `px` to the first of their group; groups stand where their first item stands.
export function gathered(items, pointOf, px) {
  const cells = new Map();
  const groups = [];
  for (const item of items) {
    const point = pointOf(item);
    const [column, row] = [Math.floor(point.x / px), Math.floor(point.y / px)];
    const near = around(column, row).flatMap((cell) => cells.get(cell) ?? []).find((group) => apart(group.point, point) < px);
    if (near) {
      near.together.push(item);
      continue;
    }
    const group = { point, together: [item] };
    groups.push(group);
    cells.set(`${column}:${row}`, [...(cells.get(`${column}:${row}`) ?? []), group]);
  }
  return groups;
}

// Gives items, the most important first, a free place among their candidates; who finds none is drawn small.
// `others` are places that are taken already: { point, px }.
export function seated(items, candidatesOf, bigPx, smallPx, others = []) {
  const taken = [...others];
  const free = (point, px) => taken.every((other) => apart(other.point, point) >= (other.px + px) / 2);
  const seats = [];
  const small = [];
  const sit = (item, point, px) => {
    taken.push({ point, px });
    seats.push({ item, point, isSmall: px === smallPx });
  };
  for (const item of items) {
    const point = candidatesOf(item).find((one) => free(one, bigPx));
    if (point) sit(item, point, bigPx);
    else small.push(item);
  }
  for (const item of small) {
    const candidates = candidatesOf(item);
    sit(item, candidates.find((one) => free(one, smallPx)) ?? candidates[0], smallPx);
  }
  return seats;
}

const apart = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

const around = (column, row) =>
  [-1, 0, 1].flatMap((right) => [-1, 0, 1].map((down) => `${column + right}:${row + down}`));
