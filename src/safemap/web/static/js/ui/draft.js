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
  return {
    keep: () => stored((kept) => kept.setItem(name, JSON.stringify(Object.fromEntries(new FormData(form))))),
    read: found,
    // Puts values in, for the form to take up when it opens.
    put: (values) => stored((kept) => kept.setItem(name, JSON.stringify(values))),
    // Puts back what was typed; false where nothing was.
    restore: () => {
      const values = found();
      for (const [field, value] of Object.entries(values ?? {})) if (form.elements[field]) form.elements[field].value = value;
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
