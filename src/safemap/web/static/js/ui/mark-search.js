// Places by what is typed: suggestions from the list that the phone has, else from the server; by finger or by keys.
const WAIT_MS = 350;

// `find` gives what words may mean, `ask` the same from the server; `take` is told which one was chosen.
export function startSearch(input, list, { find, ask, take }) {
  const words = list.dataset;
  let found = [];
  let active = -1;
  let waiting = 0;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  list.after(status);

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function light(index) {
    active = index;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    input.setAttribute("aria-activedescendant", `suggestion-${index}`);
    list.children[index]?.scrollIntoView({ block: "nearest" });
  }

  function choose(one) {
    input.value = one.name;
    close();
    status.textContent = words.taken.replace("{name}", one.name);
    take(one);
  }

  function show(places) {
    found = places;
    active = -1;
    list.replaceChildren(
      ...found.map((one, index) => {
        const item = Object.assign(document.createElement("li"), { id: `suggestion-${index}` });
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.append(Object.assign(document.createElement("strong"), { textContent: one.name }));
        const more = words[one.kind] ?? (document.documentElement.lang === "zh-Hant" ? "" : one.name_en);
        if (more) item.append(" ", Object.assign(document.createElement("span"), { className: "small", textContent: more }));
        item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
        item.addEventListener("click", () => choose(one));
        return item;
      }),
    );
    if (!found.length) {
      const nothing = Object.assign(document.createElement("li"), { className: "nothing", textContent: words.none });
      nothing.setAttribute("role", "option");
      nothing.setAttribute("aria-disabled", "true");
      nothing.setAttribute("aria-selected", "false");
      list.append(nothing);
    }
    status.textContent = found.length ? words.some.replace("{n}", found.length) : words.none;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  async function look() {
    const said = input.value.trim();
    clearTimeout(waiting);
    if (!said) {
      close();
      return;
    }
    const near = await find(said);
    if (input.value.trim() !== said) return; // more was typed in between
    if (near.length) {
      show(near);
      return;
    }
    waiting = setTimeout(async () => {
      const far = said.length > 1 ? await ask(said).catch(() => []) : [];
      if (input.value.trim() === said && document.activeElement === input) show(far);
    }, WAIT_MS);
  }

  input.addEventListener("input", look);
  input.addEventListener("focus", () => input.value.trim() && !found.some(({ name }) => name === input.value) && look());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden && found.length) {
      event.preventDefault();
      light((active + step + found.length) % found.length);
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (!list.hidden && found.length) choose(found[Math.max(active, 0)]);
      else look();
    }
  });

  return {
    // Takes what was typed and not chosen, when it names one place and nothing else.
    settle: async () => {
      const said = input.value.trim();
      const places = said ? await find(said) : [];
      const sure = (places.length || !said ? places : await ask(said).catch(() => [])).filter((one) => one.is_sure);
      if (sure.length === 1) choose(sure[0]);
      return sure.length === 1;
    },
  };
}
