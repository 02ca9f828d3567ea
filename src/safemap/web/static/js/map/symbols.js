// Pins by shape and letter, drawn as in the lists; meaning survives without colour.
/* global L */
const OUTLINES = {
  circle: '<circle class="shape" cx="16" cy="16" r="13"/>',
  square: '<rect class="shape" x="4" y="4" width="24" height="24"/>',
  triangle: '<path class="shape" d="M16 0 32 29H0z"/>',
  diamond: '<path class="shape" d="M16-1 33 16 16 33-1 16z"/>',
  pentagon: '<path class="shape" d="m16 1 16 11.5-6 18.5H6L0 12.500z"/>',
  hexagon: '<path class="shape" d="M8 2h16l8 14-8 14H8L0 16z"/>',
  star: '<path class="shape" d="m16-2 5 8 9-1-1 9 6 5-8 5-2 9-9-3-9 3-2-9-8-5 6-5-1-9 9 1z"/>',
  cross: '<path class="shape" d="M9 0h14v9h9v14h-9v9H9v-9H0V9h9z"/>',
};
const KINDS = {
  lighting: ["circle", "暗"], lamp_out: ["circle", "燈"],
  sightline: ["triangle", "角"], overgrown: ["triangle", "草"],
  blocked: ["square", "堵"], fire_lane: ["square", "巷"],
  abandoned: ["diamond", "廢"], left_vehicle: ["diamond", "棄"],
  traffic: ["pentagon", "車"], school_crossing: ["pentagon", "學"], surface: ["pentagon", "坑"],
  theft: ["hexagon", "竊"], open_entry: ["hexagon", "門"], camera_out: ["hexagon", "攝"],
  gathering: ["star", "聚"], dumping: ["star", "髒"], dogs: ["star", "犬"],
  hazard: ["cross", "險"], wires: ["cross", "電"], water: ["cross", "水"], fire_risk: ["cross", "火"],
};

export function pinIcon(category, isOpen = true) {
  const [shape, letter] = KINDS[category] ?? ["circle", "?"];
  const y = shape === "triangle" ? 24.5 : 21;
  return L.divIcon({
    className: `pin${isOpen ? "" : " closed"}`,
    html: `<svg class="symbol" viewBox="-3 -4 38 40" aria-hidden="true">${OUTLINES[shape]}<text x="16" y="${y}">${letter}</text></svg>`,
    iconSize: [32, 34],
    iconAnchor: [16, 17],
  });
}

export const clusterIcon = (count) => {
  const size = count < 10 ? 36 : count < 100 ? 42 : 50;
  return L.divIcon({ className: "cluster", html: String(count), iconSize: [size, size] });
};

export const numberIcon = (number) => L.divIcon({ className: "zone-number", html: String(number), iconSize: [26, 26] });

// Stands for a number that finds no room.
export const markIcon = () => L.divIcon({ className: "zone-mark", iconSize: [24, 24] });

export const spotIcon = () =>
  L.divIcon({
    className: "spot",
    html: '<svg class="symbol" viewBox="0 0 24 24" aria-hidden="true"><path fill="#9c2f1f" stroke="#fff" stroke-width="1.500" d="M12 1a8 8 0 0 0-8 8c0 5.500 8 14 8 14s8-8.500 8-14a8 8 0 0 0-8-8"/><circle cx="12" cy="9" r="3" fill="#fff"/></svg>',
    iconSize: [40, 40],
    iconAnchor: [20, 38],
  });
