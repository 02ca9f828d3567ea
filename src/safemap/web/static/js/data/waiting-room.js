// Where reports wait on this phone: a small IndexedDB, open to all pages and the worker.
const NAME = "safemap";
const REPORTS = "reports";
const CHOICES = "choices";
const news = "BroadcastChannel" in globalThis ? new BroadcastChannel("safemap queue") : null;
const here = new EventTarget();
let opening = null;

// Tells whoever shows them, in this page and in others, that something changed.
export function whenChanged(listener) {
  here.addEventListener("change", listener);
  news?.addEventListener("message", listener);
}

const tell = () => {
  here.dispatchEvent(new Event("change"));
  news?.postMessage("changed");
};

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(REPORTS, { keyPath: "key" });
      asked.result.createObjectStore(CHOICES);
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      asked.result.onclose = () => { opening = null; };
      resolve(asked.result);
    };
    asked.onerror = () => {
      opening = null;
      reject(asked.error);
    };
  });
  return opening;
}

// Runs `work` on a store and returns its request's result once everything is written.
async function within(store, mode, work) {
  const transaction = (await opened()).transaction(store, mode, { durability: "strict" });
  const result = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(result?.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

export const every = () => within(REPORTS, "readonly", (store) => store.getAll());

export const read = (key) => within(REPORTS, "readonly", (store) => store.get(key));

export async function write(report) {
  await within(REPORTS, "readwrite", (store) => store.put(report));
  tell();
  return report;
}

export async function remove(key) {
  await within(REPORTS, "readwrite", (store) => store.delete(key));
  tell();
}

// Changes a report by what it is at that moment, so that two who change it at once lose nothing; null leaves it.
export async function change(key, changed) {
  let made = null;
  await within(REPORTS, "readwrite", (store) => {
    const asked = store.get(key);
    asked.onsuccess = () => {
      made = asked.result ? changed(asked.result) : null;
      if (made) store.put(made);
    };
    return asked;
  });
  if (made) tell();
  return made;
}

// Whether links of sent reports are kept on this phone: yes, until somebody says no.
export const remembers = async () => (await within(CHOICES, "readonly", (store) => store.get("remembers"))) ?? true;

export async function setRemembers(isWanted) {
  await within(CHOICES, "readwrite", (store) => store.put(isWanted, "remembers"));
  if (!isWanted) await forgetSent();
  tell();
}

export async function forgetSent(which = () => true) {
  for (const report of await every()) if (report.state === "sent" && which(report)) await remove(report.key);
}
