// SPDX-License-Identifier: Apache-2.0
// Virtual servers, each with a table of real servers that is fetched while it is open.

import { attribute, cells, element, keyed, mark, more, setState, show, since, state, write } from "./dom.js";
import { count, milliseconds } from "./format.js";
import { drawSpark, spark } from "./spark.js";

// Small tables are open from the start; of large ones what the user opens.
const fewServers = 30;
// What may be open at once: each is asked for with every update.
const mostOpen = 12;

const choices = new Map(); // name of a virtual server: whether the user has it open

const section = () => document.getElementById("services");

let opened = () => {}; // tells that a virtual server was opened

export const onOpen = (f) => {
  opened = f;
};

let wanted = null; // name of the virtual server to go to, once it is drawn

// openService opens a virtual server and goes to it, whatever is filtered out now.
export const openService = (name) => {
  choices.set(name, true);
  wanted = name;
  document.getElementById("find").value = "";
  document.getElementById("only").checked = false;
  opened();
};

const nodeOf = (name) => [...section().querySelectorAll(".service")].find((n) => n.itemKey === name);

const goToWanted = () => {
  const node = wanted !== null && nodeOf(wanted);
  if (node) {
    node.scrollIntoView({ block: "start" });
    node.querySelector("button").focus({ preventScroll: true });
    wanted = null;
  }
};

const numbers = ["alive", "weight", "active", "rate", "for"];
const labels = { alive: "alive", weight: "weight / quorum", active: "connections", rate: "new per s", for: "for" };

const serviceNode = (s) => {
  const button = element("button", "head");
  button.type = "button";
  const stateBox = element("span", "state");
  state(stateBox);
  button.append(element("span", "arrow"), element("bdi", "title"), stateBox, element("span", "kind muted"));
  for (const name of numbers) {
    const box = element("span", `fact ${name}`, element("span", "label muted", labels[name]));
    box.append(element(name === "for" ? "time" : "span", name === "for" ? "value since" : "value"));
    button.append(box);
  }
  button.addEventListener("click", () => {
    choices.set(s.name, button.getAttribute("aria-expanded") !== "true");
    opened();
  });
  return element("div", "service", button, element("bdi", "why"), element("div", "servers"));
};

const before = new Map(); // name: [time, connections so far], to tell connections a second
const rates = new Map();

const rateOf = (s, at) => {
  if (s.connections === undefined) {
    return "–";
  }
  const now = Date.parse(at);
  const last = before.get(s.name);
  if (!last || now - last[0] >= 1000) {
    before.set(s.name, [now, s.connections]);
    if (last && s.connections >= last[1]) {
      rates.set(s.name, ((s.connections - last[1]) * 1000) / (now - last[0]));
    }
  }
  const rate = rates.get(s.name);
  return rate === undefined ? "…" : rate < 10 && rate > 0 ? rate.toFixed(1) : count(Math.round(rate));
};

const drawService = (node, s, at, isOpen) => {
  const button = node.firstChild;
  attribute(node, "data-level", s.level);
  attribute(button, "aria-expanded", String(isOpen));
  write(button.querySelector(".title"), s.title);
  setState(button.querySelector(".state"), s.level, s.level === "warn" ? "DEGRADED" : s.level === "note" ? "UP" : s.state);
  write(button.querySelector(".kind"), `${s.scheduler} ${s.method}`);
  const value = (name) => button.querySelector(`.${name} .value`);
  write(value("alive"), s.alive === s.servers ? s.servers : `${s.alive} of ${s.servers}`);
  write(value("weight"), `${s.live_weight} / ${s.quorum}`);
  write(value("active"), s.connections === undefined ? "–" : count(s.active));
  write(value("rate"), rateOf(s, at));
  since(value("for"), s.since);
  const why = node.querySelector(":scope > .why");
  show(why, s.why !== "");
  write(why, s.level === "fine" ? "" : s.why);
  show(node.querySelector(".servers"), isOpen);
};

// drawServices draws the virtual servers and gives the names of those that are open.
export const drawServices = (o, find, only) => {
  const all = o.services.list;
  const list = only ? all.filter((s) => s.level !== "fine") : all;
  const small = o.totals.servers <= fewServers;
  const open = new Set(list.filter((s) => choices.get(s.name) ?? (small || (find !== "" && list.length <= 3))).slice(0, mostOpen).map((s) => s.name));
  keyed(section().querySelector(".services"), list, (s) => s.name, serviceNode, (node, s) => drawService(node, s, o.at, open.has(s.name)));
  goToWanted();
  const none = section().querySelector(".none");
  show(none, list.length === 0);
  show(section().querySelector(".heads"), list.length > 0);
  write(none, o.totals.services === 0 ? "There is no virtual server." : find ? `No server has “${find}” in it.` : "Nothing is wrong with them.");
  more(section().querySelector(":scope > .more"), o.services.more, "What is wrong comes first; the filter finds the others.");
  return [...open];
};

const columns = [
  ["Server", "name"], ["State", "state"], ["Weight", "number"], ["For", "number"], ["Active", "number"], ["Inactive", "number"],
  ["Response", "number"], ["Last checks", "history"], ["Check", "checks"], ["Why", "why"],
];

const serverRow = () => {
  const row = element("tr");
  const made = cells(row, columns);
  made[0].append(element("bdi"));
  state(made[1]);
  made[3].append(element("time", "since"));
  made[7].append(spark());
  made[9].append(element("bdi"));
  return row;
};

const drawServer = (row, s) => {
  const [name, stateCell, weight, forCell, active, inactive, response, history, checks, why] = row.children;
  attribute(row, "data-level", s.level);
  write(name.firstChild, s.name);
  setState(stateCell, s.level, s.state === "UP" && s.level === "warn" ? "RETRIES" : s.state);
  write(weight, s.weight === s.configured_weight ? s.weight : `${s.weight} (${s.configured_weight})`);
  since(forCell.firstChild, s.since);
  write(active, count(s.active));
  write(inactive, count(s.inactive));
  write(response, milliseconds(s.ms));
  drawSpark(history.firstChild, s.history);
  write(checks, s.checks);
  write(why.firstChild, s.why);
};

const serverTable = () => {
  const head = element("tr");
  head.setAttribute("role", "row");
  for (const [label, className] of columns) {
    const cell = element("th", className, label);
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
    head.append(cell);
  }
  const table = element("table", "", element("thead", "", head), element("tbody"));
  table.setAttribute("role", "table");
  return table;
};

export const drawServers = (name, some, only) => {
  const node = nodeOf(name);
  if (!node) {
    return;
  }
  const box = node.querySelector(".servers");
  if (!box.firstChild) {
    const table = serverTable();
    table.setAttribute("aria-label", node.querySelector(".title").textContent);
    box.append(table, element("p", "more muted"));
  }
  const list = only ? some.list.filter((s) => s.level !== "fine") : some.list;
  keyed(box.querySelector("tbody"), list, (s) => s.name, serverRow, drawServer);
  more(box.querySelector(".more"), some.more, "What is wrong comes first; the filter finds the others.");
};
