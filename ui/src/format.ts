// How numbers, times and sizes are written.

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const minute = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const number = (value: number) => count.format(value);
export const compact = (value: number) => (value < 10_000 ? count.format(value) : short.format(value));
// The time of day, and the day where it is another one.
export function time(ts: string, now = new Date()): string {
  const then = new Date(ts);
  const today = then.toDateString() === now.toDateString();
  return today ? clock.format(then) : minute.format(then).replace(",", "");
}
export const date = (ts: string) => day.format(new Date(ts));
export const dateTime = (ts: string | number) => moment.format(new Date(ts));
export const plural = (value: number, one: string, many = one + "s") => `${number(value)} ${value === 1 ? one : many}`;

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = value / 1024;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  const steps: [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
  ];
  for (const [size, unit] of steps) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

// A seed may bring times that lie ahead.
export function ago(ts: string, now = Date.now()): string {
  const seconds = (now - new Date(ts).getTime()) / 1000;
  if (seconds < -60) return dateTime(ts);
  return seconds < 5 ? "just now" : seconds > 86_400 * 30 ? date(ts) : `${duration(seconds)} ago`;
}

// A text as one word of a shell command.
export const shellQuoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
