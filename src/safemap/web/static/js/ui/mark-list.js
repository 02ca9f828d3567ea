// Choosing a spot from the list with no map: first the street, then what is beside it.
export function startList(form, take) {
  const every = form.elements.street;
  if (!every) return null;
  const [streets, parts] = [form.querySelector("[data-street-name]"), form.querySelector("[data-street-part]")];
  form.querySelector("[data-two]").hidden = false;
  form.querySelector("[data-one]").hidden = true;
  const groups = [...every.querySelectorAll("optgroup")];
  streets.append(...groups.map((group, index) => new Option(group.label, String(index))));

  const spotOf = (value) => {
    const [lon, lat, accuracy_m, kind, name, street] = JSON.parse(value);
    return { lon, lat, accuracy_m, kind, name, street, is_sure: true };
  };
  const chosen = (value) => {
    every.value = value;
    if (!value) return;
    form.elements.place.value = "";
    take(spotOf(value));
  };
  function fill() {
    const group = groups[Number(streets.value)];
    const options = streets.value && group ? [...group.children].map((option) => new Option(option.textContent, option.value)) : [];
    parts.replaceChildren(...options);
    parts.disabled = !options.length;
  }
  streets.addEventListener("change", () => {
    fill();
    chosen(parts.value);
  });
  parts.addEventListener("change", () => chosen(parts.value));
  if (every.value) {
    streets.value = String(groups.findIndex((group) => [...group.children].some((option) => option.selected)));
    fill();
    parts.value = every.value;
  }
  return {
    clear: () => {
      streets.value = "";
      fill();
    },
  };
}
