import { plainText } from "./format.js";

/**
 * Compares the cells of a column as people read them: numbers by their value, then texts in natural order, `2` before
 * `10`; empty cells come last in either direction.
 * @param {boolean} isDescending @returns {(a: string, b: string) => number}
 */
export function cellComparer(isDescending) {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a.trim(), b.trim()];
    if (left === "" || right === "") return Number(left === "") - Number(right === "");
    const [first, second] = [numberOf(left), numberOf(right)];
    if (!Number.isNaN(first) && !Number.isNaN(second)) return sign * (first - second);
    if (Number.isNaN(first) !== Number.isNaN(second)) return sign * (Number.isNaN(first) ? 1 : -1);
    return sign * collator.compare(left, right);
  };
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The number that a cell shows, perhaps with a currency or a percent sign; `NaN` if it is none. @param {string} text */
export function numberOf(text) {
  if (text.length > MAX_LENGTH) return NaN;
  const plain = text.replace(/^[-+]?[€$£¥]\s?|\s?[€$£¥%]$/g, (sign) => sign.startsWith("-") ? "-" : "");
  const number = plain.replace(/[\s'\u00A0\u202F](?=\d{3})/g, "").replace("\u2212", "-");
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number)) return Number(number);
  if (/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(number)) return Number(number.replaceAll(",", ""));
  if (/^[-+]?\d{1,3}(\.\d{3})+,\d+$/.test(number) || /^[-+]?\d+,\d+$/.test(number)) {
    return Number(number.replaceAll(".", "").replace(",", "."));
  }
  return NaN;
}

const MAX_LENGTH = 40;

/** Whether a row has all these words, in upper or lower case. @param {string} text @param {string} wanted */
export function hasWords(text, wanted) {
  const plain = plainText(text);
  return plainText(wanted).split(/\s+/).every((word) => plain.includes(word));
}
