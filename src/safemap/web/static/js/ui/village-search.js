// Narrows the list of villages while somebody types; without this script all are listed by town.
const box = document.querySelector("[data-village-search]");
if (box) {
  const field = box.querySelector("input");
  const status = box.querySelector("[role=status]");
  const towns = [...document.querySelectorAll(".town")].map((town) => ({
    town,
    wasOpen: town.open,
    links: [...town.querySelectorAll("a")],
  }));
  const plain = (words) => words.trim().toLowerCase().replaceAll("台", "臺");

  const narrow = () => {
    const wanted = plain(field.value);
    let found = 0;
    for (const { town, wasOpen, links } of towns) {
      let here = 0;
      for (const link of links) {
        const fits = plain(link.dataset.words).includes(wanted);
        link.parentElement.hidden = !fits;
        here += fits;
      }
      town.hidden = here === 0;
      town.open = wanted ? here > 0 : wasOpen;
      found += here;
    }
    status.textContent = !wanted ? "" : found ? status.dataset.found.replace("{n}", found) : status.dataset.none;
  };

  box.hidden = false;
  field.addEventListener("input", narrow);
  narrow();
}
