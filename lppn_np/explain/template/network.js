"use strict";
// The network as boxes, one below the other, and in each its output on the time axis of the waveform above.

LPPN.GROUPS = {
  input: "What goes in",
  features: "Features: from samples to segments",
  context: "Receptive field: a wider look around each segment",
  heads: "Heads: two answers for each segment",
};

LPPN.networkView = (app) => {
  const group = LPPN.chartGroup("window", app.windowSeconds());
  const view = { group, strips: [], chart: null };
  LPPN.zoomButtons(LPPN.byId("window-zoom"), group, () => app.aroundPick(2));
  LPPN.byId("previous-window").addEventListener("click", () => app.chooseWindow(app.state.window - 1));
  LPPN.byId("next-window").addEventListener("click", () => app.chooseWindow(app.state.window + 1));
  group.onZoom.push(() => view.paint());
  LPPN.onTheme.push(() => view.paint());
  new ResizeObserver(() => view.paint()).observe(LPPN.byId("network"));

  view.showModel = () => {
    view.strips = [];
    const list = LPPN.byId("network");
    list.replaceChildren();
    let last = "";
    for (const box of app.model().boxes) {
      if (box.group !== last) list.append(LPPN.element("li", { class: "group", text: LPPN.GROUPS[box.group] }));
      last = box.group;
      list.append(LPPN.element("li", {}, LPPN.box(app, view, box)));
    }
  };
  view.showWindow = () => {
    view.chart?.dispose();
    group.whole = app.windowSeconds();
    group.range = group.whole;
    view.chart = LPPN.inputChart(app, LPPN.byId("window-waveform"), group);
    LPPN.windowTitle(app);
  };
  view.paint = () => view.strips.forEach((strip) => strip.paint());
  view.mark = () => {
    view.strips.forEach((strip) => strip.mark());
    view.chart?.redraw();
  };
  return view;
};

LPPN.windowTitle = (app) => {
  const { state, page } = app;
  const model = app.model();
  const [from] = app.windowSeconds();
  const length = model.length / page.record.sampling_rate;
  LPPN.byId("window-title").textContent =
    `Window ${Math.min(state.window + 1, model.windows_kept.length)} of ${model.windows_kept.length}, ${model.length} samples ` +
    `from ${from.toFixed(2)} to ${(from + length).toFixed(2)} s`;
  LPPN.byId("previous-window").disabled = state.window === 0;
  LPPN.byId("next-window").disabled = state.window >= model.windows_kept.length - 1;
};

// Output of a box as text: what its last step gives.
LPPN.shapeOf = (step) => `${step.channels} × ${step.time}`;

LPPN.box = (app, view, box) => {
  const model = app.model();
  const step = model.stepByName.get(box.steps.at(-1));
  const canvas = LPPN.element("canvas", { "aria-hidden": "true" });
  const button = LPPN.element("button", {
    type: "button",
    class: "box",
    "data-box": box.name,
    "aria-label": `${box.title}: ${LPPN.boxKind(model, box)}, ${step.channels} channels of ${step.time}`,
    onclick: () => app.chooseBox(box),
  });
  button.append(
    LPPN.element(
      "span",
      { class: "box-name" },
      LPPN.element("b", { text: box.title }),
      LPPN.element("span", { class: "muted", text: LPPN.boxKind(model, box) }),
      LPPN.element("span", { class: "shape", text: LPPN.shapeOf(step) })
    ),
    canvas
  );
  const paint = () => {
    const rows = app.activations?.get(step.name);
    if (rows && canvas.clientWidth) LPPN.paintStrip(app, view, canvas, rows);
  };
  const mark = () => button.setAttribute("aria-pressed", String(box.steps.includes(app.state.step)));
  mark();
  view.strips.push({ paint, mark });
  return button;
};

LPPN.boxKind = (model, box) => {
  const steps = box.steps.map((name) => model.stepByName.get(name));
  const conv = steps.find((step) => step.kernel);
  const has = (kind) => steps.some((step) => step.kind === kind);
  if (has("Input")) return "three components, normalised";
  if (has("Softmax")) return `pointwise, softmax`;
  if (!conv) return has("Sigmoid") ? "pointwise, sigmoid" : "pointwise, × segment";
  const parts = [conv.kind === "Depthwise" ? "inverted residual" : "convolution"];
  if (has("Upsample")) parts.unshift("upsample");
  if (conv.stride > 1) parts.push("stride 2");
  if (has("Add")) parts.push("+ input");
  return parts.join(", ");
};

LPPN.paintStrip = (app, view, canvas, rows) => {
  const width = (canvas.width = Math.round(canvas.clientWidth * devicePixelRatio));
  const height = (canvas.height = Math.round(canvas.clientHeight * devicePixelRatio));
  const { whole, range } = view.group;
  const share = (seconds) => (seconds - whole[0]) / (whole[1] - whole[0]);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(LPPN.heatImage(rows, range.map(share), width), 0, 0, width, height);
  for (const pick of app.picks) {
    const x = (width * (pick.time / app.page.record.sampling_rate - range[0])) / (range[1] - range[0]);
    context.fillStyle = LPPN.phaseColour(pick.phase);
    context.fillRect(Math.round(x), 0, devicePixelRatio, height);
  }
};

// The window as the network sees it, one row a component; what the chosen number sees is shaded.
LPPN.inputChart = (app, parent, group, { left = 0, height = 180 } = {}) => {
  const { record } = app.page;
  const model = app.model();
  const start = model.window_starts[model.windows_kept[app.state.window]];
  const input = LPPN.networkInput(record, model, start);
  const seconds = Float64Array.from({ length: model.length }, (_, i) => (start + i) / record.sampling_rate);
  return LPPN.chart(parent, {
    group,
    left,
    height,
    xAxis: left === 0,
    data: [seconds, ...input.map((row, c) => row.map((value) => value / 1.1 + 4 - 2 * c))],
    series: input.map(() => ({ stroke: () => LPPN.colour("trace"), width: 1, points: { show: false } })),
    y: { range: [-1, 5], axis: { values: () => [], ticks: { show: false }, grid: { show: false } } },
    before: [(ctx, chart) => LPPN.drawBehindInput(ctx, chart, app)],
    draw: [(ctx, chart) => LPPN.drawLetters(ctx, chart, model.config.component_order)],
  });
};

LPPN.drawBehindInput = (ctx, chart, app) => {
  if (app.activations) {
    const [from, to] = app.seenSeconds();
    LPPN.band(ctx, chart, from, to, LPPN.colour("seen"));
  }
  for (const pick of app.picks)
    LPPN.verticalLine(ctx, chart, pick.time / app.page.record.sampling_rate, LPPN.phaseColour(pick.phase), [5, 3]);
};

LPPN.drawLetters = (ctx, chart, letters) => {
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, "DejaVu Sans", sans-serif`;
  ctx.fillStyle = LPPN.colour("text");
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  [...letters].forEach((letter, c) => ctx.fillText(letter, 6 * devicePixelRatio, chart.valToPos(4.1 - 2 * c, "y", true)));
};
