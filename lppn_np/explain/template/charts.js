"use strict";
// uPlot with the page's colours: charts of one group share their time axis, zoom and cursor.

LPPN.charts = [];
LPPN.LEFT = 44; // pixels of the y axis, the same everywhere so that times are aligned
LPPN.FONT = '12px system-ui, "DejaVu Sans", sans-serif';

LPPN.axis = (options = {}) => ({
  stroke: () => LPPN.colour("muted"),
  font: LPPN.FONT,
  grid: { stroke: () => LPPN.colour("grid"), width: 1 },
  ticks: { stroke: () => LPPN.colour("grid"), width: 1, size: 4 },
  ...options,
});

// A chart in `parent`. `draw` hooks are called with (context, chart) and paint in canvas pixels.
LPPN.chart = (parent, options) => {
  const { height, data, series, group, xAxis, y, before = [], draw = [], left = LPPN.LEFT, click } = options;
  const chart = new uPlot(
    {
      width: Math.max(parent.clientWidth, 200),
      height,
      padding: [4, 0, xAxis ? 0 : 4, left ? null : 0],
      legend: { show: false },
      scales: { x: { time: false, range: () => group.range }, y: { range: y?.range, dir: y?.dir ?? 1 } },
      axes: [
        LPPN.axis({ show: Boolean(xAxis), size: 26, values: LPPN.tickLabels, gap: 3, ...options.x }),
        LPPN.axis({ show: left > 0, size: left, gap: 4, ...y?.axis }),
      ],
      series: [{}, ...series],
      cursor: {
        y: false,
        points: { show: false },
        sync: { key: group.key },
        drag: { x: Boolean(group.zoom), y: false, setScale: false },
      },
      hooks: {
        drawClear: before.map((hook) => (u) => LPPN.clipped(u, hook)),
        draw: draw.map((hook) => (u) => LPPN.clipped(u, hook)),
        setSelect: [(u) => LPPN.zoomToSelection(u, group)],
      },
    },
    data,
    parent
  );
  group.charts.push(chart);
  chart.over.addEventListener("dblclick", () => group.zoom?.(group.whole));
  if (click) chart.over.addEventListener("click", (event) => LPPN.clicked(chart, event, click));
  const fit = () => {
    const { clientWidth: width } = parent;
    if (width && width !== chart.width) chart.setSize({ width, height });
  };
  const observer = new ResizeObserver(fit);
  observer.observe(parent);
  chart.dispose = () => {
    observer.disconnect();
    group.charts.splice(group.charts.indexOf(chart), 1);
    chart.destroy();
  };
  return chart;
};

LPPN.chartGroup = (key, whole) => {
  const group = { key, whole, range: whole, charts: [], onZoom: [] };
  group.redraw = () => group.charts.forEach((chart) => chart.redraw());
  group.zoom = ([from, to]) => {
    const width = Math.min(to - from, group.whole[1] - group.whole[0]);
    const first = Math.min(Math.max(from, group.whole[0]), group.whole[1] - width);
    group.range = [first, first + width];
    group.charts.forEach((chart) => chart.setData(chart.data));
    group.onZoom.forEach((hook) => hook());
  };
  return group;
};

LPPN.zoomToSelection = (chart, group) => {
  const { left, width } = chart.select;
  if (width > 4) group.zoom([chart.posToVal(left, "x"), chart.posToVal(left + width, "x")]);
  if (width) chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
};

LPPN.clicked = (chart, event, use) => {
  const box = chart.over.getBoundingClientRect();
  use(chart.posToVal(event.clientX - box.left, "x"), chart.posToVal(event.clientY - box.top, "y"));
};

LPPN.clipped = (chart, hook) => {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  hook(ctx, chart);
  ctx.restore();
};

// As many decimals as the steps between ticks need; none where half of the label would be cut off.
LPPN.tickLabels = (chart, ticks) => {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  const whole = (x) => Math.abs(x - Math.round(x)) < 1e-6;
  const decimals = [0, 1, 2, 3].find((d) => whole(step * 10 ** d)) ?? 4;
  const width = chart.bbox.width / devicePixelRatio;
  return ticks.map((tick) => {
    const x = chart.valToPos(tick, "x");
    const cut = x > width - 12 || (chart.bbox.left === 0 && x < 12);
    return cut ? "" : LPPN.minus(tick.toFixed(decimals));
  });
};

LPPN.verticalLine = (ctx, chart, seconds, colour, dash = []) => {
  const x = Math.round(chart.valToPos(seconds, "x", true));
  const { top, height } = chart.bbox;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, top + height);
  ctx.stroke();
};

LPPN.band = (ctx, chart, from, to, colour) => {
  const [x0, x1] = [from, to].map((seconds) => chart.valToPos(seconds, "x", true));
  ctx.fillStyle = colour;
  ctx.fillRect(x0, chart.bbox.top, x1 - x0, chart.bbox.height);
};

// uPlot draws gaps where there is null; NaN it does not know.
LPPN.withGaps = (row) => (row.some(Number.isNaN) ? Array.from(row, (v) => (Number.isNaN(v) ? null : v)) : row);

LPPN.zoomButtons = (parent, group, around) => {
  const scaled = (factor) => () => {
    const [from, to] = group.range;
    const centre = (from + to) / 2;
    group.zoom([centre - ((to - from) * factor) / 2, centre + ((to - from) * factor) / 2]);
  };
  const moved = (share) => () => {
    const [from, to] = group.range;
    group.zoom([from + (to - from) * share, to + (to - from) * share]);
  };
  const buttons = [
    ["−", "Show more time", scaled(2)],
    ["+", "Show less time", scaled(0.5)],
    ["◀", "Earlier", moved(-0.5)],
    ["▶", "Later", moved(0.5)],
    ["Whole", "Show the whole time", () => group.zoom(group.whole)],
    ["At the pick", "Show four seconds around the chosen pick", () => group.zoom(around())],
  ];
  parent.append(
    ...buttons.map(([text, label, onclick]) =>
      LPPN.element("button", { type: "button", class: "small", text, "aria-label": label, title: label, onclick })
    )
  );
};
