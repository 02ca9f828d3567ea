// What a session left in this browser goes when the session does: half-typed words, where maps were left, links of reports.
// A report that waits to be sent stays; it is then sent without a name.
const OF_SESSION = "session's";
const isSignedIn = "signedIn" in document.body.dataset;
const news = "BroadcastChannel" in globalThis ? new BroadcastChannel("safemap session") : null;

const stored = (does) => {
  try {
    return does(sessionStorage);
  } catch {
    return null; // storage that a browser refuses holds nothing
  }
};

async function leave() {
  stored((kept) => kept.clear());
  const { forgetSession } = await import("../data/queue.js");
  await forgetSession();
}

// In this tab: signed out here, elsewhere, or by time. In others: as soon as one of them is left.
if (isSignedIn) stored((kept) => kept.setItem(OF_SESSION, "yes"));
else if (stored((kept) => kept.getItem(OF_SESSION)) && !document.documentElement.dataset.kept) {
  news?.postMessage("left");
  leave().catch(() => {});
}
news?.addEventListener("message", () => stored((kept) => kept.clear()));
