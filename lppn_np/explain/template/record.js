"use strict";
// The record: three components with the picks, the class probabilities below, and the thresholds.

LPPN.recordView = (app) => {
  const { page, state } = app;
  const { record } = page;
  const rate = record.sampling_rate;
  const seconds = Float64Array.from({ length: record.n_samples }, (_, i) => i / rate);
  const whole = [0, Math.max(record.n_samples - 1, 1) / rate];
  const group = LPPN.chartGroup("record", whole);
  const view = { group, curves: null };

  const picksBehind = (ctx, chart) => {
    LPPN.shadeWindow(ctx, chart, app);
    for (const pick of app.picks) {
      const chosen = pick === app.pick();
      ctx.globalAlpha = chosen ? 1 : 0.55;
      LPPN.verticalLine(ctx, chart, pick.time / rate, LPPN.phaseColour(pick.phase), chosen ? [] : [5, 3]);
    }
    ctx.globalAlpha = 1;
  };
  [...record.components].forEach((component, index) => {
    const parent = LPPN.byId(`component-${index}`);
    LPPN.chart(parent, {
      group,
      height: 96,
      data: [seconds, LPPN.withGaps(record.rows[index])],
      series: [{ stroke: () => LPPN.colour("trace"), width: 1, points: { show: false } }],
      y: { axis: { values: () => [], ticks: { show: false }, grid: { show: false } } },
      before: [picksBehind],
      draw: index ? [] : [(ctx, chart) => LPPN.labelPicks(ctx, chart, app)],
      click: (at) => app.choosePickNear(at * rate),
    });
    parent.append(LPPN.element("span", { class: "component", text: component, "aria-hidden": "true" }));
  });
  view.probability = LPPN.probabilityChart(app, LPPN.byId("probability"), group, () => app.model(), picksBehind);
  LPPN.zoomButtons(LPPN.byId("record-zoom"), group, () => app.aroundPick(2));
  for (const kind of ["P", "S"]) LPPN.thresholdSlider(app, kind);
  view.update = () => {
    group.redraw();
    LPPN.pickTable(app);
  };
  view.updateModel = () => {
    view.probability.showModel();
    for (const kind of ["P", "S"]) LPPN.showThreshold(app, kind);
  };
  return view;
};

LPPN.shadeWindow = (ctx, chart, app) => {
  if (app.model().windows_kept.length < 2) return;
  const [from, to] = app.windowSeconds();
  LPPN.band(ctx, chart, from, to, LPPN.colour("window"));
};

// P to the left of its line, S to the right: a P and its S are often close.
LPPN.labelPicks = (ctx, chart, app) => {
  if (app.picks.length > 12) return;
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, "DejaVu Sans", sans-serif`;
  ctx.textBaseline = "top";
  for (const pick of app.picks) {
    const left = !pick.phase.startsWith("S");
    const x = chart.valToPos(pick.time / app.page.record.sampling_rate, "x", true);
    ctx.textAlign = left ? "right" : "left";
    ctx.fillStyle = LPPN.phaseColour(pick.phase);
    ctx.fillText(pick.phase, x + (left ? -5 : 5) * devicePixelRatio, chart.bbox.top + 2 * devicePixelRatio);
  }
};

// One step a segment for every class but "no arrival"; thresholds dotted across.
LPPN.probabilityChart = (app, parent, group, modelOf, before, height = 150) => {
  const { record } = app.page;
  const holder = { chart: null };
  const labelsOf = () => modelOf().labels.slice(1);
  const thresholds = (ctx, chart) => {
    for (const kind of ["P", "S"]) {
      const y = chart.valToPos(app.thresholdsOf(modelOf())[kind], "y", true);
      ctx.strokeStyle = LPPN.colour(kind.toLowerCase());
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(chart.bbox.left, y);
      ctx.lineTo(chart.bbox.left + chart.bbox.width, y);
      ctx.stroke();
    }
  };
  holder.showModel = () => {
    holder.chart?.dispose();
    const model = modelOf();
    const curves = LPPN.probabilityCurves(record, model);
    const n = curves[0].length;
    const step = model.stride / record.sampling_rate;
    const edges = Float64Array.from({ length: n + 1 }, (_, i) => i * step);
    const closed = (curve) => LPPN.withGaps(Float64Array.from({ length: n + 1 }, (_, i) => curve[Math.min(i, n - 1)]));
    holder.chart = LPPN.chart(parent, {
      group,
      height,
      xAxis: true,
      data: [edges, ...curves.slice(1).map(closed)],
      series: labelsOf().map((label) => ({
        stroke: () => LPPN.phaseColour(label),
        fill: () => LPPN.colour(label.startsWith("S") ? "s-soft" : "p-soft"),
        dash: LPPN.DASHES[label],
        width: 1.5,
        paths: uPlot.paths.stepped({ align: 1 }),
        points: { show: false },
      })),
      y: { range: [0, 1.05], axis: { splits: () => [0, 0.5, 1] } },
      before: [before],
      draw: [thresholds],
      click: (at) => app.choosePickNear(at * record.sampling_rate),
    });
  };
  holder.showModel();
  return holder;
};

LPPN.thresholdSlider = (app, kind) => {
  const slider = LPPN.byId(`threshold-${kind}`);
  slider.addEventListener("input", () => {
    app.thresholds()[kind] = slider.valueAsNumber;
    LPPN.byId(`threshold-${kind}-value`).textContent = slider.valueAsNumber.toFixed(2);
    app.repick();
  });
  LPPN.showThreshold(app, kind);
};

LPPN.showThreshold = (app, kind) => {
  const value = app.thresholds()[kind];
  LPPN.byId(`threshold-${kind}`).value = value;
  const short = Number(value.toFixed(2)) === value;
  LPPN.byId(`threshold-${kind}-value`).textContent = short ? value.toFixed(2) : String(value);
};

LPPN.pickTable = (app) => {
  const body = LPPN.byId("picks");
  const rate = app.page.record.sampling_rate;
  body.replaceChildren(
    ...app.picks.slice(0, 200).map((pick) => {
      const time = (pick.time / rate).toFixed(3);
      const button = LPPN.element("button", {
        type: "button",
        class: `pick ${pick.phase.startsWith("S") ? "s" : "p"}`,
        "aria-pressed": String(pick === app.pick()),
        "aria-label": `${pick.phase} at ${time} seconds, probability ${pick.probability.toFixed(2)}`,
        onclick: () => app.choosePick(pick),
      });
      button.append(
        LPPN.element("b", { text: pick.phase }),
        LPPN.element("span", { text: `${time} s` }),
        LPPN.element("span", { class: "muted", text: `p ${pick.probability.toFixed(2)}` })
      );
      return LPPN.element("li", {}, button);
    })
  );
  LPPN.byId("pick-count").textContent = LPPN.countPicks(app.picks);
};

LPPN.countPicks = (picks) => {
  if (!picks.length) return "No pick at these thresholds.";
  const kinds = ["P", "S"].map((kind) => `${picks.filter((p) => p.phase.startsWith(kind)).length} ${kind}`);
  const more = picks.length > 200 ? " The first 200 are listed." : "";
  return `${LPPN.plural(picks.length, "pick")}: ${kinds.join(", ")}.${more}`;
};
