// SPDX-License-Identifier: Apache-2.0
// Events, live. A connection that ends is opened again, from where it was.

import { attribute, element, mark, show, write } from "./dom.js";
import { fullTime, shortTime } from "./format.js";

const kept = 200;
const retryAfter = 3000; // ms

const levels = { bad: "bad", good: "fine" };

const eventNode = (e) => {
  const at = new Date(e.at);
  const time = element("time", "number", shortTime(at));
  time.dateTime = e.at;
  time.title = fullTime(at);
  const sign = mark();
  attribute(sign, "data-level", levels[e.tone] ?? "none");
  const text = element("bdi");
  write(text, e.text);
  return element("li", "", time, sign, text);
};

const lostText = (e) => (e.restarted ? "the daemon was started anew: events before this may be missing" : `${e.lost} older events are no longer kept`);

const lostNode = (e) => element("li", "muted", element("span"), element("span"), lostText(e));

export class Events {
  #list = document.querySelector("#events ol");
  #none = document.querySelector("#events .none");
  #newest = 0;
  #happened;
  #connected;

  // happened is called after an event; connected with whether there is a connection.
  constructor(happened, connected) {
    this.#happened = happened;
    this.#connected = connected;
    this.#open();
  }

  #open() {
    const source = new EventSource(`events?since=${this.#newest}`);
    const take = (m) => this.#take(m);
    for (const kind of ["instance", "group", "priority", "server", "quorum", "phase", "process", "reload", "action"]) {
      source.addEventListener(kind, take);
    }
    source.addEventListener("lost", (m) => this.#add(lostNode(JSON.parse(m.data))));
    source.onopen = () => this.#connected(true);
    source.onerror = () => {
      this.#connected(false);
      if (source.readyState === EventSource.CLOSED) { // the browser does not try again
        setTimeout(() => this.#open(), retryAfter);
      }
    };
  }

  #take(message) {
    const e = JSON.parse(message.data);
    if (e.id <= this.#newest) { // the daemon was started anew after the clock was set back
      this.#list.replaceChildren();
    }
    this.#newest = e.id;
    this.#add(eventNode(e));
    this.#happened();
  }

  #add(node) {
    this.#list.prepend(node);
    while (this.#list.children.length > kept) {
      this.#list.lastElementChild.remove();
    }
    show(this.#none, false);
  }
}
