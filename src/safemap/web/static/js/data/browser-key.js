// One random key of this browser, by which it says so too: the server keeps no more than a hash of it with each report,
// so that who presses twice counts once, and cannot be known again at another report.
import { newKey } from "./queue.js";

const NAME = "me too";

export function browserKey() {
  try {
    const kept = localStorage.getItem(NAME);
    if (kept) return kept;
    const made = newKey();
    localStorage.setItem(NAME, made);
    return made;
  } catch {
    return newKey(); // a browser that keeps nothing
  }
}
