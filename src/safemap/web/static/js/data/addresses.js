// Taiwanese addresses as text: one spelling for many, as safemap/geo/addresses.py has it. One table of cases proves both.
const DIGITS = "〇一二三四五六七八九";
export const NUMERALS = "〇零一二三四五六七八九十百";
export const NUMBER = "\\d+(?:之\\d+)?";
const NUMBERED = new RegExp(`([${NUMERALS}]{1,7})?(\\d{1,4})?([段巷弄號])`, "g");

// Full-width signs become narrow, 台 becomes 臺, blanks and brackets go; 3段 is 三段, 五巷 is 5巷, 12-3號 is 12之3號.
export function normalised(text) {
  let [before, words] = [null, text];
  while (words !== before) {
    before = words;
    words = words.normalize("NFKC").replace(/\s+/g, "").replace(/\([^()]*\)/g, "").replace(/台/g, "臺");
    words = words.replace(/(\d+)-(\d+)/g, (_, first, second) => (Number(second) > Number(first) ? `${first}~${second}` : `${first}之${second}`));
    words = words.replace(/(?<=\d)[∼〜‒–—―−至](?=\d)/g, "~");
    words = words.replace(NUMBERED, oneNumeral).replace(/第+(?=\d)/g, "");
  }
  return words;
}

function oneNumeral(whole, words, digits, unit) {
  if (Boolean(words) === Boolean(digits) && (!words || fromChinese(words) !== Number(digits))) return whole;
  const number = digits ? Number(digits) : fromChinese(words);
  if (number === null) return whole;
  return `${unit === "段" ? inChinese(number) : number}${unit}`;
}

// 三, 十二, 一百零三, or digit by digit 二六六; null when it is no number.
export function fromChinese(said) {
  const words = said.replace(/零/g, "〇");
  if (!words || [...words].some((sign) => !NUMERALS.includes(sign))) return null;
  if (!/[十百]/.test(words)) return Number([...words].map((sign) => DIGITS.indexOf(sign)).join(""));
  const parts = words.match(/^(?:([一二三四五六七八九])百〇?)?(?:([一二三四五六七八九])?(十))?([一二三四五六七八九])?$/);
  if (!parts) return null;
  const [hundreds, tens, , ones] = parts.slice(1).map((sign) => (sign ? DIGITS.indexOf(sign) : 0));
  return hundreds * 100 + (tens || 1) * 10 * Number(Boolean(parts[3])) + ones;
}

export function inChinese(number) {
  if (number <= 0 || number >= 100) return [...String(number)].map((digit) => DIGITS[Number(digit)]).join("");
  const [tens, ones] = [Math.floor(number / 10), number % 10];
  return `${tens > 1 ? DIGITS[tens] : ""}${tens ? "十" : ""}${ones ? DIGITS[ones] : ""}`;
}

const IN_A_NAME = "[^\\d段巷弄號鄰與及、/,~\\\\]";
const ROAD = new RegExp(`^(${IN_A_NAME}{1,8}?(?:大道|路|街))(?:([${NUMERALS}]+)段)?(?:(${NUMBER})巷)?(?:(${NUMBER})弄)?$`);
const NAMED_LANE = new RegExp(`^(${IN_A_NAME}{1,6}?\\d{0,3}巷)()()(?:(${NUMBER})弄)?$`);

// A street's whole name in its parts; what has no known form is a road of that name.
export function readStreet(name) {
  const words = normalised(name);
  const found = words.match(ROAD) ?? words.match(NAMED_LANE);
  if (!found) return { road: words, section: null, lane: "", alley: "" };
  return { road: found[1], section: found[2] ? fromChinese(found[2]) : null, lane: found[3] ?? "", alley: found[4] ?? "" };
}
