// SPDX-License-Identifier: Apache-2.0
// Runs before the page is drawn, so that it does not flash in the other colors.
"use strict";

(() => {
  const themes = ["auto", "dark", "light"];
  const root = document.documentElement;
  let now = "auto";
  try {
    now = localStorage.getItem("theme") ?? "auto";
  } catch {
    // No storage: the choice lasts as long as the page.
  }
  const apply = (theme) => {
    now = themes.includes(theme) ? theme : "auto";
    root.dataset.theme = now;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = now;
      button.setAttribute("aria-label", `Colors: ${now}. Change`);
    }
  };
  apply(now);
  document.addEventListener("DOMContentLoaded", () => {
    apply(now);
    document.getElementById("theme").addEventListener("click", () => {
      apply(themes[(themes.indexOf(now) + 1) % themes.length]);
      try {
        localStorage.setItem("theme", now);
      } catch {
        // As above.
      }
    });
  });
})();
