// SPDX-License-Identifier: Apache-2.0
// The table of VRRP instances.

import { attribute, cells, element, keyed, mark, more, setState, show, since, state, write } from "./dom.js";

const columns = [
  ["Instance", "name"], ["State", "state"], ["Priority", "number"], ["For", "number"],
  ["Master", "master"], ["Interface", "device"], ["Addresses", "addresses"], ["Why", "why"],
];

const rowOf = () => {
  const row = element("tr");
  const [name, stateCell, , forCell, , , , why] = cells(row, columns);
  name.append(element("bdi"), element("bdi", "group muted"));
  state(stateCell);
  forCell.append(element("time", "since"));
  why.append(element("bdi"));
  return row;
};

const addressNode = () => element("span", "address", mark(), element("span", "text"));

const drawAddress = (node, a, master) => {
  const level = a.set ? "fine" : master ? "bad" : "none";
  attribute(node.querySelector(".mark"), "data-level", level);
  attribute(node, "title", a.set ? `on ${a.device}` : `not on ${a.device}`);
  write(node.querySelector(".text"), a.address + (master && !a.set ? " missing" : ""));
};

// words: the state of an instance says by itself whether it is fine; a backup is.
const levelOf = (i) => (i.level === "fine" && i.state !== "MASTER" ? "idle" : i.level);

const drawRow = (row, i) => {
  const [name, stateCell, priority, forCell, master, device, addresses, why] = row.children;
  write(name.firstChild, i.name);
  write(name.lastChild, i.group ? `group ${i.group}` : "");
  setState(stateCell, levelOf(i), i.state);
  write(priority, i.priority === i.configured_priority ? i.priority : `${i.priority} (${i.configured_priority})`);
  since(forCell.firstChild, i.since);
  write(master, i.master || "–");
  write(device, `${i.interface} vrid ${i.vrid}`);
  keyed(addresses, i.vips, (a) => `${a.address} ${a.device}`, addressNode, (node, a) => drawAddress(node, a, i.state === "MASTER"));
  write(why.firstChild, i.why);
};

export const drawInstances = (some, total, find) => {
  const section = document.getElementById("instances");
  keyed(section.querySelector("tbody"), some.list, (i) => i.name, rowOf, drawRow);
  show(section.querySelector("table"), some.list.length > 0);
  const none = section.querySelector(".none");
  show(none, some.list.length === 0);
  write(none, total === 0 ? "There is no VRRP instance." : `No instance has “${find}” in it.`);
  more(section.querySelector(".more"), some.more, "The filter finds them.");
};
