// SPDX-License-Identifier: Apache-2.0
// Response times as a small curve, newest at the right; runs that failed are ticks.

import { attribute } from "./dom.js";
import { milliseconds } from "./format.js";

const svg = "http://www.w3.org/2000/svg";
const width = 120;
const height = 20;
const most = 60; // points

const shape = (tag, className) => {
  const node = document.createElementNS(svg, tag);
  node.setAttribute("class", className);
  return node;
};

export const spark = () => {
  const node = shape("svg", "spark");
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  node.setAttribute("role", "img");
  node.append(shape("path", "area"), shape("path", "line"), shape("path", "failed"));
  return node;
};

const x = (i, n) => width - 1.5 - (n - 1 - i) * ((width - 3) / (most - 1));

export const drawSpark = (node, points) => {
  const [area, line, failed] = node.children;
  const n = points.length;
  const times = points.filter((p) => p > 0);
  const top = Math.max(...times, 0.05) * 1.1;
  const y = (ms) => height - 1.5 - (Math.min(ms, top) / top) * (height - 3);
  let path = "";
  let fill = "";
  let ticks = "";
  let pen = false;
  points.forEach((p, i) => {
    const at = x(i, n).toFixed(1);
    if (p < 0) { // it was down
      ticks += `M${at} ${height}v-6`;
      fill += pen ? `L${x(i - 1, n).toFixed(1)} ${height}Z` : "";
      pen = false;
      return;
    }
    const level = y(p).toFixed(1);
    path += `${pen ? "L" : "M"}${at} ${level}${pen ? "" : "h0.1"}`;
    fill += pen ? `L${at} ${level}` : `M${at} ${height}V${level}`;
    pen = true;
  });
  attribute(area, "d", pen ? `${fill}L${x(n - 1, n).toFixed(1)} ${height}Z` : fill);
  attribute(line, "d", path);
  attribute(failed, "d", ticks);
  attribute(node, "aria-label", told(points, times));
};

// told says in words what the curve shows.
const told = (points, times) => {
  if (points.length === 0) {
    return "no checks seen yet";
  }
  const down = points.filter((p) => p < 0).length;
  const range = times.length ? `, ${milliseconds(Math.min(...times))} to ${milliseconds(Math.max(...times))}` : "";
  return `last ${points.length} checks${range}${down ? `, ${down} while down` : ""}`;
};
