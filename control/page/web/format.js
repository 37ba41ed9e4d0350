// SPDX-License-Identifier: Apache-2.0
// Texts and numbers as they are shown.

// What a text may hold that is not seen, or that turns the order of what is around it: control
// characters, marks of direction, line and paragraph separators.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

// shown makes the unseen seen: a newline is written as ⟨U+000A⟩.
export const shown = (text) => String(text ?? "").replace(unseen, (c) => `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

const two = (n) => String(n).padStart(2, "0");

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (n) => (n === undefined || n === null ? "–" : whole.format(n));

// milliseconds with about three digits: 0.42 ms, 12.3 ms, 1.25 s.
export const milliseconds = (ms) => {
  if (!ms) {
    return "–";
  }
  if (ms >= 1000) {
    return `${(ms / 1000).toFixed(2)} s`;
  }
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
};

// lasting is a time span in its two largest units: 42s, 3m12s, 2h05m, 4d3h.
export const lasting = (seconds) => {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) {
    return `${s}s`;
  }
  if (s < 3600) {
    return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  }
  if (s < 86400) {
    return `${Math.floor(s / 3600)}h${two(Math.floor(s / 60) % 60)}m`;
  }
  return `${Math.floor(s / 86400)}d${Math.floor(s / 3600) % 24}h`;
};

const day = (d) => `${two(d.getMonth() + 1)}-${two(d.getDate())}`;

export const clockTime = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

export const fullTime = (d) => `${d.getFullYear()}-${day(d)} ${clockTime(d)}`;

// shortTime has the day where it is not today.
export const shortTime = (d) => (d.toDateString() === new Date().toDateString() ? clockTime(d) : `${day(d)} ${two(d.getHours())}:${two(d.getMinutes())}`);
