// The form to say so too sends the key of this browser, so that who presses twice counts once.
import { browserKey } from "../data/browser-key.js";

document.querySelector("[data-me-too]").elements.sent_key.value = browserKey();
