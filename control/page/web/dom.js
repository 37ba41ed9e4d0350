// SPDX-License-Identifier: Apache-2.0
// The document is changed through these functions alone. What came from the daemon becomes
// text or the value of an attribute that is none of a link, a style or a program.

import { fullTime, lasting, shown } from "./format.js";

// element makes an element of a class, with children: elements or texts.
export const element = (tag, className = "", ...children) => {
  const node = document.createElement(tag);
  if (className) {
    node.className = className;
  }
  node.append(...children);
  return node;
};

// write sets an element's text, if it is another one: what is selected stays selected.
export const write = (node, text) => {
  const safe = shown(text);
  if (node.textContent !== safe) {
    node.textContent = safe;
  }
};

// attribute sets an attribute, if it has another value.
export const attribute = (node, name, value) => {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
};

export const show = (node, visible) => {
  node.hidden = !visible;
};

// more says how many things are left out.
export const more = (node, n, advice) => {
  show(node, n > 0);
  write(node, n > 0 ? `${n} more. ${advice}` : "");
};

// mark is the sign of a level: a shape with a color. The word beside it says the same.
export const mark = () => {
  const node = element("span", "mark");
  node.setAttribute("aria-hidden", "true");
  return node;
};

// keyed makes the children of parent those of the items, in their order: one that was there
// is updated and keeps focus and selection.
export const keyed = (parent, items, key, create, update) => {
  const old = new Map([...parent.children].map((child) => [child.itemId, child]));
  const uses = new Map(); // of a key: twins are told apart by their number
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const nth = uses.get(name) ?? 0;
    uses.set(name, nth + 1);
    const id = `${nth} ${name}`;
    let node = old.get(id);
    if (node) {
      old.delete(id);
    } else {
      node = create(item);
      node.itemId = id;
      node.itemKey = name;
    }
    update(node, item);
    if (node === place) { // it is where it belongs
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  old.forEach((node) => node.remove());
};

// The server's clock, in ms ahead of ours.
let ahead = 0;

export const setServerTime = (at) => {
  ahead = Date.parse(at) - Date.now();
};

// since makes a <time> tell how long ago something was. refreshTimes keeps it true.
export const since = (node, at) => {
  if (!at) {
    write(node, "–");
    node.removeAttribute("datetime");
    node.removeAttribute("title");
    return;
  }
  attribute(node, "datetime", at);
  attribute(node, "title", fullTime(new Date(at)));
  write(node, lasting((Date.now() + ahead - Date.parse(at)) / 1000));
};

export const refreshTimes = () => {
  for (const node of document.querySelectorAll("time.since[datetime]")) {
    since(node, node.getAttribute("datetime"));
  }
};

// cells makes the cells of a table's row. A narrow screen shows their labels beside them.
export const cells = (row, labels) => {
  row.setAttribute("role", "row");
  for (const [label, className] of labels) {
    const cell = element("td", className);
    cell.setAttribute("role", "cell");
    cell.dataset.label = label;
    row.append(cell);
  }
  return [...row.children];
};

// state makes the contents of a cell that tells a state.
export const state = (cell) => {
  cell.append(mark(), element("span", "word"));
};

export const setState = (cell, level, word) => {
  attribute(cell.querySelector(".mark"), "data-level", level);
  attribute(cell, "data-level", level);
  write(cell.querySelector(".word"), word);
};
