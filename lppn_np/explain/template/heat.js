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

LPPN.extent = (rows) => {
  let low = 0, high = 0;
  for (const row of rows)
    for (const value of row) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return { low, high, largest: Math.max(-low, high) || 1, sign: low < 0 ? "both" : "positive" };
};

// The value of largest magnitude among the columns [from, to) of a row.
LPPN.strongest = (row, from, to) => {
  let best = row[from];
  for (let t = from + 1; t < to; t++) if (Math.abs(row[t]) > Math.abs(best)) best = row[t];
  return best;
};

// Paint rows into a canvas: `shown` = [first, last] column as fractions of the window; one scale for all rows, or
// one for each. Where several columns share a pixel the strongest is shown.
LPPN.heatImage = (rows, shown, width, eachItsOwn = false) => {
  const time = rows[0].length;
  const canvas = new OffscreenCanvas(width, rows.length);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, rows.length);
  const pixels = new Uint32Array(image.data.buffer);
  const whole = LPPN.extent(rows);
  const palette = LPPN.palette(whole.sign);
  rows.forEach((row, c) => {
    const largest = eachItsOwn ? LPPN.extent([row]).largest : whole.largest;
    for (let x = 0; x < width; x++) {
      const edge = (i) => (shown[0] + ((shown[1] - shown[0]) * i) / width) * time;
      const from = Math.min(Math.max(Math.floor(edge(x)), 0), time - 1);
      const to = Math.min(Math.max(Math.floor(edge(x + 1)), from + 1), time);
      const share = LPPN.strongest(row, from, to) / largest;
      pixels[c * width + x] = palette[Math.round(255 * (whole.sign === "both" ? (share + 1) / 2 : share))];
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
