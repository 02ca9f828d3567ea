// Light, dark or as the device: changed at once, remembered for a year, and told to the map.
const dark = document.getElementById("dark");
const menu = document.querySelector("[data-appearance]");
const told = () => document.dispatchEvent(new CustomEvent("appearance"));

menu.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-value]");
  if (!link) return;
  event.preventDefault();
  const { value, media } = link.dataset;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${menu.dataset.appearance}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
  dark.media = media;
  for (const one of menu.querySelectorAll("a[data-value]")) one.toggleAttribute("aria-current", one === link);
  link.setAttribute("aria-current", "true");
  menu.open = false;
  menu.querySelector("summary").focus();
  told();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", told);
