// Makes photos small on the phone before they wait: drawing one anew also leaves its metadata behind.
const LONGEST_PX = 2048;
const QUALITY = 0.82;

export async function shrunk(photo) {
  const picture = await createImageBitmap(photo).catch(() => null);
  if (!picture) return photo; // a kind that this browser cannot read: the server reads more, and draws all anew
  const share = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const [width, height] = [Math.max(1, Math.round(picture.width * share)), Math.max(1, Math.round(picture.height * share))];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, width, height);
  brush.drawImage(picture, 0, 0, width, height);
  picture.close();
  const drawn = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
  canvas.width = 0; // gives its memory back at once
  return drawn ?? photo;
}
