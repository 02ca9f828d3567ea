// Says what has changed to who does not see it.
const place = document.getElementById("said");

export function announce(words) {
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 60); // the same words twice are said twice
}
