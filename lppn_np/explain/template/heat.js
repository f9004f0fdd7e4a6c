"use strict";
// Activations (channels × time) as colours. Both signs: two hues around a neutral zero. No negative value: one hue.

LPPN.STOPS = {
  light: {
    both: ["#543005", "#bf812d", "#f6e8c3", "#f7f7f5", "#c7eae5", "#35978f", "#003c30"],
    positive: ["#f7f7f5", "#c7eae5", "#80cdc1", "#35978f", "#01665e", "#003c30"],
  },
  dark: {
    both: ["#ffdf9e", "#d99a3c", "#6b4a1d", "#171b21", "#12504c", "#3bb3a6", "#c5f7ee"],
    positive: ["#171b21", "#12504c", "#1f8077", "#3bb3a6", "#8ee0d4", "#e4fffa"],
  },
};

// 256 colours as RGBA words, little end first.
LPPN.palette = (sign) => {
  const stops = LPPN.STOPS[LPPN.isDark() ? "dark" : "light"][sign].map((hex) =>
    [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))
  );
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const position = (i / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(position), stops.length - 2);
    const [r, g, b] = [0, 1, 2].map((j) =>
      Math.round(stops[left][j] + (position - left) * (stops[left + 1][j] - stops[left][j]))
    );
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
};

LPPN.extents = new WeakMap();

LPPN.extent = (rows) => {
  if (!LPPN.extents.has(rows)) LPPN.extents.set(rows, LPPN.findExtent(rows));
  return LPPN.extents.get(rows);
};

LPPN.findExtent = (rows) => {
  let low = 0, high = 0;
  for (const row of rows)
    for (const value of row) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return { low, high, largest: Math.max(-low, high) || 1, sign: low < 0 ? "both" : "positive" };
};

// The magnitude that 99 % of the values stay below, so that a few strong ones do not drown the others.
LPPN.usual = (rows) => {
  const count = rows.length * rows[0].length;
  const every = Math.max(1, Math.floor(count / 20000));
  const some = [];
  rows.forEach((row, c) => {
    for (let t = c % every; t < row.length; t += every) some.push(Math.abs(row[t]));
  });
  const magnitudes = Float32Array.from(some).sort();
  return magnitudes[Math.floor(0.99 * (magnitudes.length - 1))] || LPPN.extent(rows).largest;
};

// What gets the strongest colour: "usual" (99 % of the values are paler), "largest", or each channel's own largest.
LPPN.fullColour = (rows, scale) => {
  if (scale === "channel") return rows.map((row) => LPPN.findExtent([row]).largest);
  const whole = scale === "largest" ? LPPN.extent(rows).largest : LPPN.usual(rows);
  return rows.map(() => whole);
};

// The value of largest magnitude among the columns [from, to) of a row.
LPPN.strongest = (row, from, to) => {
  let best = row[from];
  for (let t = from + 1; t < to; t++) if (Math.abs(row[t]) > Math.abs(best)) best = row[t];
  return best;
};

LPPN.images = new WeakMap();

// The last image of the same rows, where nothing has changed: a threshold that moves only moves lines over it.
LPPN.heatImage = (rows, shown, width, scale = "usual") => {
  const key = [...shown, width, scale, LPPN.isDark()].join();
  if (LPPN.images.get(rows)?.key !== key) LPPN.images.set(rows, { key, image: LPPN.paintHeat(rows, shown, width, scale) });
  return LPPN.images.get(rows).image;
};

// Paint rows into a canvas: `shown` = first and last column as fractions of the window. Where several columns share
// a pixel the strongest is shown.
LPPN.paintHeat = (rows, shown, width, scale) => {
  const time = rows[0].length;
  const canvas = new OffscreenCanvas(width, rows.length);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, rows.length);
  const pixels = new Uint32Array(image.data.buffer);
  const { sign } = LPPN.extent(rows);
  const palette = LPPN.palette(sign);
  const full = LPPN.fullColour(rows, scale);
  rows.forEach((row, c) => {
    for (let x = 0; x < width; x++) {
      const edge = (i) => (shown[0] + ((shown[1] - shown[0]) * i) / width) * time;
      const from = Math.min(Math.max(Math.floor(edge(x)), 0), time - 1);
      const to = Math.min(Math.max(Math.floor(edge(x + 1)), from + 1), time);
      const share = Math.min(Math.max(LPPN.strongest(row, from, to) / full[c], -1), 1);
      pixels[c * width + x] = palette[Math.round(255 * (sign === "both" ? (share + 1) / 2 : share))];
    }
  });
  context.putImageData(image, 0, 0);
  return canvas;
};

LPPN.colourBar = (canvas, rows) => {
  const { sign } = LPPN.extent(rows);
  const palette = LPPN.palette(sign);
  const context = canvas.getContext("2d");
  const image = context.createImageData(256, 1);
  new Uint32Array(image.data.buffer).set(palette);
  canvas.width = 256;
  canvas.height = 1;
  context.putImageData(image, 0, 0);
};
