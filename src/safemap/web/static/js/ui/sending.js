// Sends the form's report by way of this phone: kept before it is sent, so that no lost connection loses it.
import { edit, enqueue, newKey, one, remove, sendNow } from "../data/queue.js";
import { bodyOf } from "./report-body.js";

const isSignedIn = "signedIn" in document.body.dataset;

// Each report needs a key of its own, and a page that a phone kept knows neither that nor the spot in its address.
export function makeReady(form) {
  form.elements.sent_key.value = newKey();
  if (!document.documentElement.dataset.kept) return;
  const asked = new URLSearchParams(location.search);
  if (!(Number(asked.get("lon")) && Number(asked.get("lat")))) return;
  for (const name of ["lon", "lat"]) form.elements[name].value = asked.get(name);
}

// False: the form is to be sent as it stands, by itself; the server then says what is missing.
export function sendThroughPhone(form, event, draft) {
  const body = bodyOf(form);
  if (!body || !globalThis.indexedDB) return false;
  event.preventDefault();
  send(form, body, draft).catch(() => {
    draft.send();
    form.submit();
  });
  return true;
}

async function send(form, body, draft) {
  const key = form.elements.sent_key.value;
  const village = form.dataset.mark;
  const photos = [...(form.elements.photos?.files ?? [])];
  const waiting = await one(key); // one that is changed, or sent once more by a second tap
  const isChanged = waiting && (waiting.state === "waiting" || waiting.state === "refused");
  const held = draft.read();
  if (isChanged) await edit(key, { body, form: held, photos: [...waiting.photos, ...photos] });
  else if (!waiting) await enqueue({ key, village, name: form.dataset.name, body, form: held, photos, isSignedIn });
  const done = await sendNow(key);
  if (done.state === "refused" && !done.follow_up) {
    await remove(key);
    throw new Error("refused"); // the page that answers the form says why, beside each field
  }
  draft.forget();
  location.assign(done.follow_up && done.state === "sent" ? `${done.follow_up}?new=1` : "/waiting?new=1");
}
