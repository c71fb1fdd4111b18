// How figures are written. Pure functions.

export const none = "–";

/** A number in about `digits` significant digits, large ones with k, M, G. */
export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const size = Math.abs(value);
  for (const [unit, scale] of [["G", 1e9], ["M", 1e6], ["k", 1e4]]) {
    if (size >= scale) {
      const divisor = unit === "k" ? 1e3 : scale;
      return trimmed((value / divisor).toPrecision(digits)) + " " + unit;
    }
  }
  if (size !== 0 && size < 1e-4) return value.toExponential(1);
  return trimmed(size >= 1000 ? value.toFixed(0) : value.toPrecision(digits));
}

function trimmed(text) {
  if (text.includes("e")) return String(Number(text));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export const count = (value) =>
  value === null || value === undefined ? none : value >= 1e6 ? number(value, 4) : value.toLocaleString("en-US");

export const percent = (value, digits = 1) =>
  value === null || value === undefined ? none : (value * 100).toFixed(digits).replace(/\.0+$/, "") + " %";

export const dollars = (value) =>
  value === null || value === undefined ? none : "$" + (Math.abs(value) >= 100 ? value.toFixed(0) : number(value));

export const seconds = (value) => (value === null || value === undefined ? none : number(value) + " s");

/** A moment (RFC 3339) without its date if that is today's, or without the year if that is this one. */
export function moment(text) {
  if (!text) return none;
  const plain = text.replace("T", " ").replace(/(\.\d+)?Z$/, "");
  const today = new Date().toISOString();
  if (plain.startsWith(today.slice(0, 10))) return plain.slice(11);
  return plain.startsWith(today.slice(0, 5)) ? plain.slice(5) : plain;
}

/** The label of an axis of time. */
export function tick(time, span) {
  const text = new Date(time).toISOString();
  if (span > 3 * 86400e3) return text.slice(5, 10);
  if (span > 86400e3) return text.slice(5, 10) + " " + text.slice(11, 16);
  return span > 600e3 ? text.slice(11, 16) : text.slice(11, 19);
}

/** How long ago, for people. */
export function age(milliseconds) {
  const value = Math.abs(milliseconds) / 1000;
  const text =
    value < 120 ? value.toFixed(0) + " s" : value < 7200 ? (value / 60).toFixed(0) + " min"
    : value < 172800 ? (value / 3600).toFixed(0) + " h" : (value / 86400).toFixed(0) + " days";
  return milliseconds < 0 ? text + " ahead" : text + " ago";
}
