// What was sent is no draft any more; its private link can be copied.
import "./copying.js";
import { forgetSent } from "./draft.js";

forgetSent();
