// SPDX-License-Identifier: Apache-2.0
// The head of the page: is everything fine, and if not, what is wrong, since when and why.

import { attribute, element, keyed, mark, more, setState, show, since, write } from "./dom.js";
import { count, shown } from "./format.js";
import { openService } from "./services.js";

const byId = (id) => document.getElementById(id);

// verdict says in words how things are.
const verdict = (o) => {
  const n = o.wrong.list.filter((f) => f.level !== "note").length + o.wrong.more;
  if (n > 0) {
    return n === 1 ? "1 thing is wrong" : `${n} things are wrong`;
  }
  return o.level === "note" ? "All is well, with notes" : "All is well";
};

export const drawHead = (o) => {
  write(byId("host"), o.host || "vipward");
  setState(byId("verdict"), o.level, verdict(o));
  const some = (n, what) => (n ? `, ${n} ${what}${n === 1 ? "" : "s"}` : "");
  const node = byId("daemon");
  if (!node.firstChild) {
    node.append(element("span"), element("time", "since"), element("span"));
  }
  const [before, time, after] = node.children;
  write(before, `vipward ${o.version}, ${o.phase}, up `);
  since(time, o.started);
  write(after, `, pid ${o.pid}${some(o.restarts, "process restart")}${some(o.config_findings, "configuration note")}`);
  document.title = `${o.level === "fine" || o.level === "note" ? "" : "⚠ "}${shown(o.host || "vipward")}: ${verdict(o)}`;
};

// totals are numbers with what they are of. The level marks those that want a look.
const totals = (o) => {
  const t = o.totals;
  const rest = (n, all) => (n === all ? "" : `of ${count(all)}`);
  return [
    ["Master here", count(t.masters), rest(t.masters, t.instances), "fine"],
    ["Virtual servers up", count(t.services_up), rest(t.services_up, t.services), t.services_up < t.services ? "bad" : "fine"],
    ["Real servers up", count(t.servers_alive), rest(t.servers_alive, t.servers), t.servers_alive < t.servers ? "warn" : "fine"],
    ["Active connections", count(t.active_connections), "", "fine"],
    ["Checks", count(t.checks), t.checks_running ? `${count(t.checks_running)} running` : "", "fine"],
    ["Longest check lag", `${t.worst_lag_seconds.toFixed(t.worst_lag_seconds < 1 ? 3 : 1)} s`, "", "fine"],
    ["Kernel repairs", count(t.repairs), "", "fine"],
  ];
};

const totalNode = ([label]) => element("div", "total", element("dt", "", label), element("dd", "", element("span"), element("span", "rest")));

export const drawTotals = (o) => {
  keyed(byId("totals"), totals(o), ([label]) => label, totalNode, (node, [, value, rest, level]) => {
    attribute(node, "data-level", level);
    write(node.lastChild.firstChild, value);
    write(node.lastChild.lastChild, rest);
  });
};

const findingNode = (f) => {
  const node = element("li");
  const name = element(f.kind === "service" ? "button" : "span", "name", element("bdi"));
  if (f.kind === "service") {
    name.type = "button";
    name.addEventListener("click", () => openService(f.name));
  }
  node.append(mark(), name, element("span", "word"), element("time", "since number"), element("bdi", "why"));
  return node;
};

const drawFinding = (node, f) => {
  setState(node, f.level, f.state);
  write(node.querySelector(".name bdi"), f.name);
  since(node.querySelector("time"), f.since);
  write(node.querySelector(".why"), f.why);
};

export const drawWrong = (o) => {
  const section = byId("wrong");
  show(section, o.wrong.list.length > 0);
  keyed(section.querySelector("ul"), o.wrong.list, (f) => `${f.kind} ${f.name} ${f.why}`, findingNode, drawFinding);
  more(section.querySelector(".more"), o.wrong.more, "");
};
