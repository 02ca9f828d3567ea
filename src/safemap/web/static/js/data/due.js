// When what waits is tried, and by whom: one page or worker at a time.
import { deliver } from "./delivering.js";
import { every } from "./waiting-room.js";

const LOCK = "safemap sending";
const isToBeTried = ({ state }) => state === "waiting" || state === "leaving";

export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const attempt = (key) => deliver(key, newKey);

// Tries all whose time has come; `isBack` tries also what waited for a connection alone.
export const sendDue = ({ isBack = false } = {}) =>
  inTurn(async () => {
    for (const { key, nextAt, trouble } of (await every()).filter(isToBeTried)) {
      if (nextAt <= Date.now() || (isBack && trouble?.kind === "unreachable")) await attempt(key);
    }
  }, true);

// When the next one is to be tried, in ms since 1970; Infinity when nothing waits.
export const nextAt = async () => Math.min(Infinity, ...(await every()).filter(isToBeTried).map((report) => report.nextAt));

// One page or worker sends at a time. Where a browser has no locks, the server still takes each report once.
export function inTurn(work, onlyIfFree = false) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: onlyIfFree }, (lock) => (lock ? work() : undefined));
}
