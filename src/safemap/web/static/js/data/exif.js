// Where a photo was taken, as its camera wrote it: read on the phone, told to nobody before its reporter says so.
// JPEG, HEIC, PNG and WebP; null for a photo that does not say, or says it in a way that cannot be read.
const HEAD_BYTES = 1024 * 1024; // the place stands before the picture
const [GPS_POINTER, LAT_REF, LAT, LON_REF, LON] = [0x8825, 1, 2, 3, 4];
const BYTES_OF_TYPE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

export async function placeOfPhoto(file) {
  try {
    const head = new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer());
    const tiff = tiffOfJpeg(head) ?? tiffOfPng(head) ?? tiffOfWebp(head) ?? (await tiffOfHeic(head, file));
    return tiff ? placeOfTiff(tiff) : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // it ends in the middle of something
    throw error;
  }
}

const wordAt = (view, at, length = 4) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));
const part = (view, at, length = view.byteLength - at) => new DataView(view.buffer, view.byteOffset + at, Math.min(length, view.byteLength - at));

function tiffOfJpeg(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker >> 8 !== 0xff || marker === 0xffda) return null;
    if (marker === 0xffe1 && wordAt(view, at + 4, 4) === "Exif") return part(view, at + 10);
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function tiffOfPng(view) {
  if (view.getUint32(0) !== 0x89504e47) return null;
  for (let at = 8; at + 8 < view.byteLength; at += 12 + view.getUint32(at)) {
    if (wordAt(view, at + 4) === "eXIf") return part(view, at + 8, view.getUint32(at));
  }
  return null;
}

function tiffOfWebp(view) {
  if (wordAt(view, 0) !== "RIFF" || wordAt(view, 8) !== "WEBP") return null;
  for (let at = 12; at + 8 < view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (wordAt(view, at) === "EXIF") return part(view, at + 8 + (wordAt(view, at + 8) === "Exif" ? 6 : 0), size);
    at += 8 + size + (size % 2);
  }
  return null;
}

// A phone's HEIC keeps it as an item of its own; the boxes say which one and where.
async function tiffOfHeic(view, file) {
  if (wordAt(view, 4) !== "ftyp") return null;
  const meta = [...boxes(view)].find(({ type }) => type === "meta");
  if (!meta) return null;
  const inner = [...boxes(part(meta.body, 4))];
  const box = (type) => inner.find((one) => one.type === type)?.body;
  const [names, places] = [box("iinf"), box("iloc")];
  if (!names || !places) return null;
  const item = exifItem(names);
  const where = item === null ? null : placeOfItem(places, item);
  if (!where) return null;
  const data = new DataView(await file.slice(where.at, where.at + where.length).arrayBuffer());
  return part(data, 4 + data.getUint32(0));
}

function* boxes(view) {
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at) || view.byteLength - at;
    const isLarge = size === 1;
    const whole = isLarge ? Number(view.getBigUint64(at + 8)) : size;
    if (whole < 8) return;
    const head = isLarge ? 16 : 8;
    yield { type: wordAt(view, at + 4), body: part(view, at + head, whole - head) };
    at += whole;
  }
}

function exifItem(names) {
  const isWide = names.getUint8(0) > 0;
  for (const { type, body } of boxes(part(names, isWide ? 8 : 6))) {
    const version = type === "infe" ? body.getUint8(0) : 0;
    if (version < 2) continue;
    const idBytes = version === 2 ? 2 : 4;
    if (wordAt(body, 4 + idBytes + 2) === "Exif") return idBytes === 2 ? body.getUint16(4) : body.getUint32(4);
  }
  return null;
}

function placeOfItem(places, wanted) {
  const version = places.getUint8(0);
  const [sizes, more] = [places.getUint8(4), places.getUint8(5)];
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [sizes >> 4, sizes & 15, more >> 4, version ? more & 15 : 0];
  let at = 6;
  const take = (bytes) => {
    const value = [0, 0, () => places.getUint16(at), 0, () => places.getUint32(at), 0, 0, 0, () => Number(places.getBigUint64(at))][bytes];
    const read = value ? value() : 0;
    at += bytes;
    return read;
  };
  const idBytes = version < 2 ? 2 : 4;
  for (let left = take(idBytes); left > 0; left -= 1) {
    const id = take(idBytes);
    if (version) take(2);
    take(2);
    const base = take(baseBytes);
    const extents = Array.from({ length: take(2) }, () => {
      take(indexBytes);
      return { at: base + take(offsetBytes), length: take(lengthBytes) };
    });
    if (id === wanted) return extents[0] ?? null;
  }
  return null;
}

function placeOfTiff(tiff) {
  const order = tiff.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  const tags = (at) => {
    const found = new Map();
    for (let index = 0, count = tiff.getUint16(at, little); index < count; index += 1) {
      const entry = at + 2 + index * 12;
      const bytes = (BYTES_OF_TYPE[tiff.getUint16(entry + 2, little)] ?? 0) * tiff.getUint32(entry + 4, little);
      found.set(tiff.getUint16(entry, little), bytes > 4 ? tiff.getUint32(entry + 8, little) : entry + 8);
    }
    return found;
  };
  const pointer = tags(tiff.getUint32(4, little)).get(GPS_POINTER);
  if (pointer === undefined) return null;
  const gps = tags(tiff.getUint32(pointer, little));
  if (![LAT_REF, LAT, LON_REF, LON].every((tag) => gps.has(tag))) return null;
  const degrees = (tag) =>
    [0, 1, 2].reduce((sum, step) => {
      const at = gps.get(tag) + step * 8;
      const [over, under] = [tiff.getUint32(at, little), tiff.getUint32(at + 4, little)];
      return sum + (under ? over / under : over ? NaN : 0) / 60 ** step;
    }, 0);
  const lat = degrees(LAT) * (wordAt(tiff, gps.get(LAT_REF), 1) === "S" ? -1 : 1);
  const lon = degrees(LON) * (wordAt(tiff, gps.get(LON_REF), 1) === "W" ? -1 : 1);
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
  return isPlace ? { lon, lat } : null;
}
