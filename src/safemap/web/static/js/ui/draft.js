// Keeps what somebody types in a form until it is sent: a reload, a way back or an error loses nothing.
const SENDING = "draft sending";

// Storage that a browser may refuse: then the form works as it stands.
const stored = (does) => {
  try {
    return does(sessionStorage);
  } catch {
    return null;
  }
};

export function draftOf(form, key) {
  const name = `draft ${key}`;
  const found = () => JSON.parse(stored((kept) => kept.getItem(name)) ?? "null");
  const written = () => {
    const values = {};
    for (const [field, value] of new FormData(form)) if (typeof value === "string") (values[field] ??= []).push(value);
    return values;
  };
  const fill = (field, values) => {
    const parts = form.elements[field] instanceof RadioNodeList ? [...form.elements[field]] : form.elements[field] ? [form.elements[field]] : [];
    for (const part of parts) {
      if (part.type === "radio" || part.type === "checkbox") part.checked = values.includes(part.value);
      else [part.value] = values;
    }
  };
  return {
    keep: () => stored((kept) => kept.setItem(name, JSON.stringify(written()))),
    read: found,
    // Puts values in, for the form to take up when it opens.
    put: (values) => stored((kept) => kept.setItem(name, JSON.stringify(values))),
    // Puts back what was typed; false where nothing was.
    restore: () => {
      const values = found();
      for (const [field, value] of Object.entries(values ?? {})) fill(field, [value].flat().map(String));
      return values !== null;
    },
    works: () => stored((kept) => kept.length) !== null,
    isKept: () => found() !== null,
    forget: () => stored((kept) => kept.removeItem(name)),
    send: () => stored((kept) => kept.setItem(SENDING, name)),
  };
}

// The page of what was sent says so.
export const forgetSent = () =>
  stored((kept) => {
    if (kept.getItem(SENDING)) kept.removeItem(kept.getItem(SENDING));
    kept.removeItem(SENDING);
  });
