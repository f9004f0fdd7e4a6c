"use strict";
// Several models on one record: strides, features, probabilities, and what their features show.

LPPN.compareView = (app, recordGroup) => {
  const { models } = app.page;
  const view = { maps: [], update() {}, showFeatures() {} };
  LPPN.byId("compare").hidden = LPPN.byId("compare-link").hidden = models.length < 2;
  if (models.length < 2) return view;
  const list = LPPN.byId("compare-charts");
  const paint = (canvas) => LPPN.paintFeatures(canvas, recordGroup.range);
  const charts = models.map((model) => {
    const parent = LPPN.element("div", { class: "chart", role: "img", "aria-label": `Class probabilities of ${model.name}` });
    const canvas = LPPN.element("canvas", { class: "features", role: "img", "aria-label": `Features of ${model.name}` });
    const note = LPPN.element("p", { class: "muted small" });
    list.append(LPPN.element("section", {}, LPPN.element("h3", { text: model.name }), parent, note, canvas));
    const before = (ctx, chart) => LPPN.drawPicksOf(ctx, chart, app, model);
    return { model, canvas, note, chart: LPPN.probabilityChart(app, parent, recordGroup, () => model, before, 110) };
  });
  view.update = () => {
    LPPN.compareTable(app);
    charts.forEach(({ chart }) => chart.chart.redraw());
  };
  view.showFeatures = async () => {
    const ticket = (view.ticket = {});
    for (const { model, canvas, note } of charts) {
      const kept = LPPN.windowAt(app.page.record, model, app.windowSeconds());
      const own = model === app.model() && kept === app.state.window && app.activations;
      const activations = own || (await LPPN.forward(app.page.record, model, kept));
      if (view.ticket !== ticket) return;
      const rows = activations.get(LPPN.lastFeature(model));
      note.textContent = LPPN.featureNote(app, model, rows, kept);
      Object.assign(canvas, { rows, window: LPPN.secondsOf(app.page.record, model, kept) });
      paint(canvas);
    }
  };
  const paintAll = () => charts.forEach(({ canvas }) => paint(canvas));
  LPPN.onTheme.push(paintAll);
  recordGroup.onZoom.push(paintAll);
  new ResizeObserver(paintAll).observe(list);
  return view;
};

LPPN.lastFeature = (model) => model.boxes.filter((box) => box.group === "features").at(-1).steps.at(-1);

// The kept window of a model whose middle is nearest to that of a span of time.
LPPN.windowAt = (record, model, [from, to]) => {
  const middle = ((from + to) / 2) * record.sampling_rate - model.length / 2;
  const distance = (window) => Math.abs(model.window_starts[window] - middle);
  return model.windows_kept.reduce((best, window, i) => (distance(window) < distance(model.windows_kept[best]) ? i : best), 0);
};

LPPN.featureNote = (app, model, rows, kept) => {
  const [start, stop] = LPPN.secondsOf(app.page.record, model, kept);
  return `The last feature maps, ${rows.length} channels × ${rows[0].length} segments, from ${start.toFixed(2)} to ${stop.toFixed(2)} s:`;
};

LPPN.secondsOf = (record, model, kept) => {
  const start = model.window_starts[model.windows_kept[kept]];
  return [start / record.sampling_rate, (start + model.length) / record.sampling_rate];
};

// The window's maps where the window is in the time that is shown.
LPPN.paintFeatures = (canvas, [first, last]) => {
  if (!canvas.rows || !canvas.clientWidth) return;
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const [start, stop] = canvas.window;
  const [from, to] = [Math.max(first, start), Math.min(last, stop)];
  if (from >= to) return;
  const pixel = (seconds) => Math.round((canvas.width * (seconds - first)) / (last - first));
  const shown = [from, to].map((seconds) => (seconds - start) / (stop - start));
  const width = Math.max(pixel(to) - pixel(from), 1);
  context.drawImage(LPPN.heatImage(canvas.rows, shown, width), pixel(from), 0, width, canvas.height);
};

LPPN.drawPicksOf = (ctx, chart, app, model) => {
  for (const pick of LPPN.pick(app.page, model, app.thresholdsOf(model)))
    LPPN.verticalLine(ctx, chart, pick.time / app.page.record.sampling_rate, LPPN.phaseColour(pick.phase), [5, 3]);
};

LPPN.compareTable = (app) => {
  const { record, models } = app.page;
  const rows = models.map((model) => {
    const picks = LPPN.pick(app.page, model, app.thresholdsOf(model));
    const times = (kind) =>
      picks.filter((pick) => pick.phase.startsWith(kind)).map((pick) => (pick.time / record.sampling_rate).toFixed(2));
    const some = (list) => (list.length > 4 ? `${list.slice(0, 4).join(", ")} … (${list.length})` : list.join(", ") || "none");
    const [low, high] = LPPN.sees(model, "concat", model.nSegments / 2);
    return [
      model.name,
      `${model.stride} (${((1000 * model.stride) / record.sampling_rate).toFixed(0)} ms)`,
      String(model.config.features),
      LPPN.thousands(model.n_parameters),
      `${(model.multiply_adds / 1e6).toFixed(1)} M`,
      high - low + 1 === model.length ? "the whole window" : `${high - low + 1} samples`,
      some(times("P")),
      some(times("S")),
    ];
  });
  LPPN.byId("compare-rows").replaceChildren(
    ...rows.map(([name, ...cells]) =>
      LPPN.element("tr", {}, LPPN.element("th", { scope: "row", text: name }), ...cells.map((text) => LPPN.element("td", { text })))
    )
  );
};
