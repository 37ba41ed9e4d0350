// SPDX-License-Identifier: Apache-2.0
// Asks for the state again and again while the page is looked at, and at once when something
// happens.

import { refreshTimes, setServerTime, show, write } from "./dom.js";
import { Events } from "./events.js";
import { clockTime } from "./format.js";
import { drawInstances } from "./instances.js";
import { drawHead, drawTotals, drawWrong } from "./overview.js";
import { drawServers, drawServices, onOpen } from "./services.js";

const every = 2000; // ms between updates
const everyHidden = 10000; // the same while the page is not seen: its title still tells
const soon = 150; // ms after an event: there may be more of them
const patience = 8000; // ms for an answer

const find = document.getElementById("find");
const only = document.getElementById("only");
const live = document.getElementById("live");
const stale = document.getElementById("stale");

let timer = 0;
let running = false;
let again = false; // it is asked for while one runs
let streams = false;
let answered = null; // when the last answer came

const ask = async (path, parameters) => {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`${path}?${query}`, { cache: "no-store", signal: AbortSignal.timeout(patience) });
  if (!answer.ok) {
    throw new Error((await answer.text()).trim() || `status ${answer.status}`);
  }
  return answer.json();
};

const draw = async () => {
  const text = find.value.trim();
  const o = await ask("state", { find: text });
  setServerTime(o.at);
  drawHead(o);
  drawTotals(o);
  drawWrong(o);
  drawInstances(o.instances, o.totals.instances, text);
  const open = drawServices(o, text, only.checked);
  await Promise.all(open.map(async (name) => drawServers(name, await ask("servers", { of: name, find: text }), only.checked)));
};

// connection says how fresh what is shown is.
const connection = (problem) => {
  const state = problem ? "lost" : streams ? "live" : "wait";
  live.dataset.live = state;
  write(live, { lost: "no answer", live: "live", wait: "events: connecting" }[state]);
  document.body.classList.toggle("old", Boolean(problem));
  show(stale, Boolean(problem));
  if (problem) {
    const from = answered ? `What you see is from ${clockTime(answered)}.` : "";
    write(stale, `The daemon does not answer: ${problem}. ${from} Trying again…`);
  }
};

const update = async () => {
  if (running) {
    again = true;
    return;
  }
  running = true;
  clearTimeout(timer);
  try {
    await draw();
    answered = new Date();
    connection("");
  } catch (problem) {
    connection(problem.message);
  }
  running = false;
  timer = setTimeout(update, again ? soon : document.hidden ? everyHidden : every);
  again = false;
};

const updateSoon = () => {
  if (running) {
    again = true;
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(update, soon);
};

find.addEventListener("input", updateSoon);
only.addEventListener("change", update);
onOpen(update);
document.addEventListener("visibilitychange", () => document.hidden || update());
document.addEventListener("keydown", (e) => {
  if (e.key === "/" && document.activeElement !== find && !e.ctrlKey && !e.metaKey && !e.altKey) {
    e.preventDefault();
    find.focus();
  }
  if (e.key === "Escape" && document.activeElement === find) {
    find.value = "";
    updateSoon();
  }
});
setInterval(refreshTimes, 1000);
new Events(updateSoon, (is) => {
  streams = is;
  if (live.dataset.live !== "lost") {
    connection("");
  }
});
update();
