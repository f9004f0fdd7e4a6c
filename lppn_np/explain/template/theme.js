"use strict";
// Colours come from style.css; number formats and small DOM helpers.

// Asked for once: each question may make the browser compute styles anew.
LPPN.colours = {};
LPPN.colour = (name) =>
  (LPPN.colours[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
LPPN.phaseColour = (phase) => LPPN.colour(phase.startsWith("S") ? "s" : "p");
LPPN.DASHES = { Pg: [], Sg: [], Pn: [2, 3], Sn: [2, 3] };

LPPN.isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

LPPN.onTheme = [];

LPPN.setUpTheme = () => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const show = () => {
    LPPN.colours = {};
    button.textContent = LPPN.isDark() ? "☀ Light" : "☾ Dark";
    button.setAttribute("aria-label", `Switch to ${LPPN.isDark() ? "light" : "dark"} colours`);
    LPPN.onTheme.forEach((redraw) => redraw());
  };
  button.addEventListener("click", () => {
    root.dataset.theme = LPPN.isDark() ? "light" : "dark";
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
};

// element("p", { class: "note", text: "…" }, child, …)
LPPN.element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

LPPN.byId = (id) => document.getElementById(id);

LPPN.minus = (text) => text.replaceAll("-", "−");

// Five significant digits, or every digit that the number has.
LPPN.number = (value, all = false) => {
  if (value === undefined || value === null) return "";
  if (value === 0) return "0";
  if (!all && Number.isInteger(value) && Math.abs(value) < 1e6) return LPPN.minus(String(value));
  if (all) return LPPN.minus(String(LPPN.isFloat32(value) ? LPPN.shortestFloat32(value) : value));
  const size = Math.abs(value);
  return LPPN.minus(size >= 1e5 || size < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(5))));
};

LPPN.isFloat32 = (value) => Math.fround(value) === value;

// The fewest digits that give the same float32 again.
LPPN.shortestFloat32 = (value) => {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
};

LPPN.seconds = (value) => `${value.toFixed(2)} s`;
LPPN.thousands = (n) => n.toLocaleString("en-US").replaceAll(",", "\u202f");
LPPN.plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
