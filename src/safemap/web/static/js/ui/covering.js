// Boxes drawn over a photo with mouse, finger or keys; each is a row of numbers in the form, which alone is sent.
const MOST = 24, LEAST = 1, STEP = 1, NEW = 20; // percent
const TAKEN_PX = 6; // a shorter stroke is a slip

const place = document.querySelector("[data-covering]");
const canvas = place.querySelector("[data-canvas]");
const form = document.querySelector("[data-cover-form]");
const rows = form.querySelector("[data-rows]");
const said = form.querySelector("[data-boxes]");
const blank = rows.lastElementChild.cloneNode(true);
const boxOf = new Map(); // by row

const field = (row, name) => row.querySelector(`[name="${name}"]`);
const numbers = (row) => ["left", "top", "width", "height"].map((name) => Number.parseFloat(field(row, name).value.replace(",", ".")));
const isEmpty = (row) => ["left", "top", "width", "height"].every((name) => !field(row, name).value.trim());
const bounded = (value, least, most) => Math.min(Math.max(value, least), most);
const tenth = (value) => Math.round(value * 10) / 10;

function write(row, left, top, width, height) {
  const w = bounded(width, LEAST, 100), h = bounded(height, LEAST, 100);
  const values = [bounded(left, 0, 100 - w), bounded(top, 0, 100 - h), w, h];
  ["left", "top", "width", "height"].forEach((name, n) => { field(row, name).value = tenth(values[n]); });
  row.hidden = false;
  draw(row);
}

function draw(row) {
  const values = numbers(row);
  let box = boxOf.get(row);
  if (values.some(Number.isNaN)) {
    box?.remove();
    boxOf.delete(row);
  } else {
    if (!box) {
      box = Object.assign(document.createElement("button"), { type: "button", className: "box" });
      box.append(Object.assign(document.createElement("span"), { className: "corner" }));
      boxOf.set(row, box);
      canvas.append(box);
    }
    ["left", "top", "width", "height"].forEach((name, n) => { box.style[name] = `${values[n]}%`; });
    box.classList.toggle("mosaic", field(row, "cover").value === "mosaic");
    box.setAttribute("aria-label", place.dataset.box.replace("{n}", [...rows.children].indexOf(row) + 1));
  }
  count();
}

function count(words) {
  said.textContent = words ?? (boxOf.size ? place.dataset.count.replace("{n}", boxOf.size) : "");
}

function freeRow() {
  const free = [...rows.children].find(isEmpty);
  if (free) return free;
  if (rows.children.length >= MOST) {
    count(place.dataset.full);
    return null;
  }
  const row = blank.cloneNode(true);
  const number = rows.children.length + 1;
  for (const input of row.querySelectorAll("[aria-label]")) input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, number));
  for (const input of row.querySelectorAll("input")) input.value = "";
  rows.append(row);
  return row;
}

function drop(row) {
  for (const name of ["left", "top", "width", "height"]) field(row, name).value = "";
  row.hidden = true;
  const others = [...boxOf.keys()].filter((one) => one !== row);
  draw(row);
  (boxOf.get(others.at(-1)) ?? form.querySelector("[data-add]")).focus();
}

const rowOf = (box) => [...boxOf].find(([, one]) => one === box)?.[0];

// Where a pointer is, in percent of the photo.
function at(event) {
  const frame = canvas.getBoundingClientRect();
  return [bounded(((event.clientX - frame.left) / frame.width) * 100, 0, 100), bounded(((event.clientY - frame.top) / frame.height) * 100, 0, 100)];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const box = event.target.closest(".box");
  const [x, y] = at(event);
  let move;
  if (box) {
    const row = rowOf(box);
    const [left, top, width, height] = numbers(row);
    const isCorner = event.target.classList.contains("corner");
    move = (toX, toY) => (isCorner ? write(row, left, top, width + toX - x, height + toY - y) : write(row, left + toX - x, top + toY - y, width, height));
    box.focus();
  } else {
    let row = null;
    move = (toX, toY, moved) => {
      if (!row && moved < TAKEN_PX) return;
      row ??= freeRow();
      if (row) write(row, Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y));
    };
  }
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  const moving = (now) => move(...at(now), Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY));
  const ended = () => {
    canvas.removeEventListener("pointermove", moving);
    for (const name of ["pointerup", "pointercancel"]) canvas.removeEventListener(name, ended);
  };
  canvas.addEventListener("pointermove", moving);
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, ended);
});

const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

canvas.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (!row) return;
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    drop(row);
    return;
  }
  const step = ARROWS[event.key];
  if (!step) return;
  event.preventDefault();
  const [left, top, width, height] = numbers(row);
  if (event.shiftKey) write(row, left, top, width + step[0], height + step[1]);
  else write(row, left + step[0], top + step[1], width, height);
});

form.querySelector("[data-add]").addEventListener("click", () => {
  const row = freeRow();
  if (!row) return;
  const shift = (boxOf.size % 5) * 4;
  write(row, 50 - NEW / 2 + shift, 50 - NEW / 2 + shift, NEW, NEW);
  boxOf.get(row).focus();
});
form.querySelector("[data-drop-last]").addEventListener("click", () => {
  const last = [...boxOf.keys()].at(-1);
  if (last) drop(last);
});
rows.addEventListener("input", (event) => draw(event.target.closest("li")));
for (const row of rows.children) {
  row.hidden = isEmpty(row); // where boxes can be drawn, only they stand here
  draw(row);
}
document.documentElement.classList.add("scripted");
