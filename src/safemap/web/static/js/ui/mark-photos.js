// Photos chosen for a report: added one by one or together, seen small, each to be taken away again.
const MOST = 4, SMALL_PX = 96;

export function startPhotos(form) {
  const field = form.elements.photos;
  const list = form.querySelector("[data-chosen-photos]");
  const words = list.dataset;
  const offer = form.querySelector("[data-offer-photo]");
  let chosen = [], offered = null;

  // The field holds what is listed: the form is sent from it, with and without the phone's queue.
  function put(photos) {
    chosen = photos.slice(0, MOST);
    const held = new DataTransfer();
    for (const photo of chosen) held.items.add(photo);
    field.files = held.files;
    list.hidden = chosen.length === 0;
    list.replaceChildren(...chosen.map(line));
  }

  function line(photo, index) {
    const made = document.createElement("li");
    const picture = Object.assign(document.createElement("canvas"), { width: SMALL_PX, height: SMALL_PX });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small-button", textContent: words.away });
    button.setAttribute("aria-label", words.awayOne.replace("{n}", index + 1));
    button.addEventListener("click", () => {
      put(chosen.filter((one) => one !== photo));
      (list.querySelectorAll("button")[Math.min(index, chosen.length - 1)] ?? field).focus();
    });
    made.append(picture, button);
    draw(photo, picture);
    return made;
  }

  // A kind that this browser cannot read stays a grey square: the server reads more.
  async function draw(photo, canvas) {
    const picture = await createImageBitmap(photo, { resizeWidth: SMALL_PX * 2 }).catch(() => null);
    if (!picture) return;
    const side = Math.min(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SMALL_PX, SMALL_PX);
    picture.close();
  }

  field.addEventListener("change", () => put([...chosen, ...field.files]));
  // The photo whose place was read stays on the phone, unless somebody says that it is to be sent.
  form.addEventListener("photochosen", ({ detail }) => {
    offered = detail;
    offer.hidden = false;
  });
  offer.addEventListener("click", () => {
    put([...chosen, offered]);
    offer.hidden = true;
    field.focus();
  });
  put([...field.files]); // after a way back
}
