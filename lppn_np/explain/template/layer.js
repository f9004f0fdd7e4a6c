"use strict";
// One step of a box: what it does, its feature maps, and which number of them is looked at.

LPPN.MEANING = {
  Input: "Each component of the window without its mean, divided by its largest value: the unit of the record does not matter.",
  Pointwise: "Every output channel is a weighted sum of the input channels at the same time: it mixes channels, not times.",
  Depthwise: "Every channel is filtered by a short kernel of its own that slides along time: it mixes times, not channels.",
  DenseConv: "An ordinary convolution: every output channel looks at several times of all the input channels at once.",
  BatchNorm: "Batch normalisation: a scale and a shift a channel, from statistics that training has left behind. The fast engine folds it into the convolution before.",
  ReLU: "What is negative becomes zero. Without this bend the whole network would be one big linear filter.",
  Add: "The block’s input is added to what the block has made of it: the block learns a correction.",
  Upsample: "Twice as many times: between two values the new ones are interpolated.",
  Concat: "The channels of the features, then those of the wider context, side by side.",
  Sigmoid: "Squeezed between 0 and 1: a share of the segment.",
  Scale: "From shares of a segment to samples: the offset of the arrival after the segment’s start.",
  Softmax: "The logits become probabilities that add up to 1 in every segment. This is what the thresholds look at.",
};
LPPN.EQUATION = {
  Input: "x[c, t] = (sample[c, t] − mean[c]) / largest[c]",
  Pointwise: "y[o, t] = Σ_c w[o, c] · x[c, t] + b[o]",
  Depthwise: "y[c, t] = Σ_k w[c, k] · x[c, S·t + k − P],  P = (K − 1)/2",
  DenseConv: "y[o, t] = Σ_c Σ_k w[o, c, k] · x[c, S·t + k − P] + b[o],  P = (K − 1)/2",
  BatchNorm: "y[c, t] = w[c] · (x[c, t] − mean[c]) / √(variance[c] + eps) + b[c]",
  ReLU: "y = max(x, 0)",
  Add: "y = branch(x) + x",
  Upsample: "y[2t], y[2t + 1] from the two nearest of x",
  Concat: "y = [features, context]",
  Sigmoid: "y = 1 / (1 + exp(−x))",
  Scale: "y = S · x",
  Softmax: "p[c, t] = exp(x[c, t]) / Σ_k exp(x[k, t])",
};

LPPN.layerView = (app, network) => {
  const view = { chart: null };
  const scale = LPPN.byId("colour-scale");
  scale.addEventListener("change", () => {
    view.chart?.redraw();
    LPPN.showScale(app, scale.value);
  });
  LPPN.onTheme.push(() => app.activations && LPPN.colourBar(LPPN.byId("colour-bar"), app.rows()));
  for (const [id, part] of [["channel", "channel"], ["time", "time"]])
    LPPN.byId(id).addEventListener("input", (event) => app.chooseCell({ [part]: event.target.valueAsNumber }));
  LPPN.byId("cell-at-pick").addEventListener("click", () => app.cellAtPick());
  for (const [id, move] of [["earlier", -1], ["later", 1]])
    LPPN.byId(id).addEventListener("click", () => app.chooseCell({ time: app.state.time + move }));

  view.showStep = () => {
    LPPN.showChips(app);
    LPPN.showMeaning(app);
    view.chart?.dispose();
    view.chart = app.activations ? LPPN.mapChart(app, network.group, scale) : null;
    if (app.activations) LPPN.showScale(app, scale.value);
  };
  view.showWindow = () => {
    view.waveform?.dispose();
    view.waveform = LPPN.inputChart(app, LPPN.byId("map-waveform"), network.group, { left: LPPN.LEFT, height: 110 });
  };
  view.showCell = () => {
    const { step: name, channel, time } = app.state;
    const step = app.step();
    for (const [id, value, n] of [["channel", channel, step.channels], ["time", time, step.time]]) {
      LPPN.byId(id).max = n - 1;
      LPPN.byId(id).value = value;
      LPPN.byId(`${id}-value`).textContent = `${value} of ${n}`;
    }
    view.chart?.redraw();
    network.chart?.redraw();
    view.waveform?.redraw();
    LPPN.showSeen(app, name, time);
  };
  return view;
};

LPPN.showChips = (app) => {
  const box = app.box();
  LPPN.byId("layer-title").textContent = box.title;
  LPPN.byId("steps").replaceChildren(
    ...box.steps.map((name) =>
      LPPN.element("button", {
        type: "button",
        class: "chip",
        "data-step": name,
        "aria-pressed": String(name === app.state.step),
        text: LPPN.stepTitle(app.model().stepByName.get(name)),
        onclick: () => app.chooseStep(name),
      })
    )
  );
};

LPPN.STEP_TITLES = {
  expand: "expand", expand_norm: "normalise", expand_relu: "ReLU", depthwise: "depthwise", depthwise_norm: "normalise",
  depthwise_relu: "ReLU", project: "project", project_norm: "normalise", add: "+ input", conv: "convolution",
  norm: "normalise", relu: "ReLU", upsample: "upsample", class_head: "logits", offset_head: "offset / S",
  offset_sigmoid: "sigmoid", offset: "offset", concat: "features | context", probabilities: "softmax", input: "input",
};
LPPN.stepTitle = (step) => LPPN.STEP_TITLES[step.name.split(".").at(-1)] ?? step.name;

LPPN.showMeaning = (app) => {
  const step = app.step();
  const model = app.model();
  const weights = Object.entries(model.tensors).filter(([name]) => name.startsWith(`${step.name}.`));
  const shapes = weights.map(([name, { shape }]) => `${name.split(".").at(-1)} (${shape.join(", ")})`);
  const constants = step.kernel ? `K = ${step.kernel}, S = ${step.stride}. ` : "";
  LPPN.byId("meaning").textContent = LPPN.MEANING[step.kind];
  LPPN.byId("equation").textContent = LPPN.EQUATION[step.kind];
  LPPN.byId("step-facts").textContent =
    `${step.name}: ${step.channels} channels × ${step.time} times, one every ${model.length / step.time} samples. ` +
    constants + (shapes.length ? `Tensors: ${shapes.join(", ")}.` : "No tensors.");
};

LPPN.showScale = (app, scale) => {
  const { low, high, sign } = LPPN.extent(app.rows());
  const full = scale === "channel" ? "its largest" : LPPN.number(LPPN.fullColour(app.rows(), scale)[0]);
  LPPN.colourBar(LPPN.byId("colour-bar"), app.rows());
  LPPN.byId("scale-low").textContent = sign === "both" ? `−${full}` : "0";
  LPPN.byId("scale-high").textContent = full;
  LPPN.byId("map").setAttribute("aria-label",
    `Feature maps of ${app.state.step}: ${app.rows().length} channels, values from ${LPPN.number(low)} to ${LPPN.number(high)}. ` +
    "Choose a channel and a time with the two sliders below.");
};

LPPN.mapChart = (app, group, scale) => {
  const rows = app.rows();
  const n = rows.length;
  const labels = app.channelLabels();
  const every = Math.ceil(n / 24);
  const draw = (ctx, chart) => {
    const { left, top, width, height } = chart.bbox;
    const share = (seconds) => (seconds - group.whole[0]) / (group.whole[1] - group.whole[0]);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(LPPN.heatImage(rows, group.range.map(share), Math.round(width), scale.value), left, top, width, height);
    for (const pick of app.picks)
      LPPN.verticalLine(ctx, chart, pick.time / app.page.record.sampling_rate, LPPN.phaseColour(pick.phase), [5, 3]);
    LPPN.outlineCell(ctx, chart, app);
  };
  const chart = LPPN.chart(LPPN.byId("map"), {
    group,
    height: Math.min(Math.max(14 * n, 84), 400) + 38,
    xAxis: true,
    data: [group.whole, [null, null]],
    series: [{ points: { show: false } }],
    y: {
      range: [0, n],
      dir: -1,
      axis: {
        splits: () => labels.map((_, c) => c + 0.5).filter((_, c) => c % every === 0),
        values: (_, ticks) => ticks.map((tick) => labels[Math.floor(tick)]),
        grid: { show: false },
      },
    },
    draw: [draw],
    click: (seconds, row) => app.chooseCell({ channel: Math.floor(row), time: app.columnAt(seconds) }),
  });
  chart.over.addEventListener("mousemove", (event) => LPPN.clicked(chart, event, (x, y) => LPPN.showHovered(app, labels, x, y)));
  return chart;
};

// The value under the pointer.
LPPN.showHovered = (app, labels, seconds, row) => {
  const [channel, time] = [Math.floor(row), app.columnAt(seconds)];
  const value = app.rows()[channel]?.[time];
  if (value !== undefined)
    LPPN.byId("hovered").textContent = `channel ${labels[channel]} at ${app.columnSeconds(time).toFixed(2)} s: ${LPPN.number(value)}`;
};

LPPN.outlineCell = (ctx, chart, app) => {
  const { channel, time } = app.state;
  const [from, to] = [time, time + 1].map((t) => chart.valToPos(app.columnSeconds(t), "x", true));
  const [top, bottom] = [channel, channel + 1].map((c) => chart.valToPos(c, "y", true));
  const least = 7 * devicePixelRatio;
  const wide = Math.max(to - from, least), high = Math.max(bottom - top, least);
  const [x, y] = [(from + to - wide) / 2, (top + bottom - high) / 2];
  ctx.setLineDash([]);
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = LPPN.colour("surface");
  ctx.strokeRect(x, y, wide, high);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = LPPN.colour("mark");
  ctx.strokeRect(x, y, wide, high);
};

LPPN.showSeen = (app, name, time) => {
  const [low, high] = LPPN.sees(app.model(), name, time);
  const rate = app.page.record.sampling_rate;
  const n = high - low + 1;
  LPPN.byId("seen").textContent =
    `At ${app.columnSeconds(time).toFixed(2)} s. This number can see ${LPPN.plural(n, "sample")} of the input ` +
    `(${(n / rate).toFixed(2)} s), shaded on the waveform.`;
};
