// Where the phone is, and where a photo was taken: both only proposed, both told to nobody before they are sent.
import { placeOfPhoto } from "../data/exif.js";

const EXACT_M = 60; // worse than this, a finger knows better
const USELESS_M = 1000;

// The button that asks the phone. `at` is told the place and how exactly it is known, or null where it is only roughly.
export function startHere(button, { say, isInside, kilometresAway, at }) {
  const words = button.dataset;
  const found = ({ coords }) => {
    const place = [coords.longitude, coords.latitude];
    const accuracy = Math.round(coords.accuracy);
    if (!isInside(place) && accuracy < USELESS_M) {
      say(words.outside.replace("{km}", kilometresAway(place)));
    } else if (accuracy >= USELESS_M) {
      say(words.lost, true);
    } else {
      at(place, accuracy);
      say((accuracy > EXACT_M ? words.rough : words.found).replace("{m}", accuracy), accuracy > EXACT_M);
    }
  };
  const failed = (error) => say(error?.code === 1 ? words.denied : words.failed, true);
  button.addEventListener("click", () => {
    say(words.searching);
    if (!navigator.geolocation) failed();
    else navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
  });
}

// The field for a photo and the question whether its place is the spot.
export function startPhotoPlace(form, { say, isInside, propose, take, drop }) {
  const field = form.querySelector("[data-photo-place]");
  const proposal = form.querySelector("[data-proposal]");
  const words = field.dataset;
  let place = null;
  field.addEventListener("change", async () => {
    const [photo] = field.files;
    field.value = "";
    if (!photo) return;
    proposal.hidden = true;
    say(words.reading);
    form.dispatchEvent(new CustomEvent("photochosen", { detail: photo }));
    const found = await placeOfPhoto(photo);
    place = found && [found.lon, found.lat];
    if (!place || !isInside(place)) {
      say(place ? words.outside : words.none, true);
      return;
    }
    say("");
    propose(place);
    proposal.hidden = false;
    proposal.querySelector("[data-proposal-yes]").focus();
  });
  const answered = (does) => () => {
    proposal.hidden = true;
    does(place);
    place = null;
  };
  proposal.querySelector("[data-proposal-yes]").addEventListener("click", answered(take));
  proposal.querySelector("[data-proposal-no]").addEventListener("click", answered(drop));
}
