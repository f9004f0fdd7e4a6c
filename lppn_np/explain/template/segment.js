"use strict";
// How class and offset make a pick, drawn as in the paper: segment, its start, + offset = arrival.

LPPN.segmentView = (app) => {
  const view = { chart: null };
  view.update = () => {
    view.chart?.dispose();
    view.chart = null;
    const pick = app.pick();
    LPPN.byId("segment-none").hidden = Boolean(pick);
    LPPN.byId("segment-some").hidden = !pick;
    if (!pick) return;
    view.chart = LPPN.segmentChart(app, pick);
    LPPN.offsetLines(app, pick);
    LPPN.softmaxTable(app, pick);
    LPPN.rivals(app, pick);
  };
  LPPN.byId("previous-pick").addEventListener("click", () => app.stepPick(-1));
  LPPN.byId("next-pick").addEventListener("click", () => app.stepPick(1));
  return view;
};

LPPN.segmentChart = (app, pick) => {
  const { record } = app.page;
  const { stride } = app.model();
  const rate = record.sampling_rate;
  const around = Math.max(4, Math.ceil((0.5 * rate) / stride)); // segments to either side
  const first = pick.segmentStart - around * stride;
  const stop = pick.segmentStart + (around + 1) * stride;
  const trace = LPPN.traceToShow(record, pick, first, stop);
  LPPN.byId("segment-component").textContent = trace.component;
  const parent = LPPN.byId("segment-chart");
  const group = LPPN.chartGroup("segment", [first / rate, stop / rate]);
  group.zoom = null;
  return LPPN.chart(parent, {
    group,
    height: 300,
    left: 0,
    xAxis: true,
    x: { grid: { show: false } },
    data: [trace.seconds, trace.values],
    series: [{ stroke: () => LPPN.colour("trace"), width: 1.5, points: { show: stop - first < 300, size: 4 } }],
    y: { range: [-3.15, 1.15] },
    before: [(ctx, chart) => LPPN.drawSegments(ctx, chart, app, pick, around)],
    draw: [(ctx, chart) => LPPN.drawOffset(ctx, chart, app, pick)],
  });
};

// Z for a P; for an S the horizontal that is larger here. Scaled to ±1.
LPPN.traceToShow = (record, pick, first, stop) => {
  const [from, to] = [Math.max(first, 0), Math.min(stop + 1, record.n_samples)];
  const pieces = record.rows.map((row) => row.subarray(from, to));
  const sizes = pieces.map((piece) => {
    const present = piece.filter((value) => !Number.isNaN(value));
    const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(present.length, 1);
    return { mean, largest: present.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0) };
  });
  const letters = [...record.components];
  const wanted = pick.phase.startsWith("S") ? ["E", "N"] : ["Z"];
  const live = letters.map((_, i) => i).sort((a, b) => {
    const preferred = wanted.includes(letters[b]) - wanted.includes(letters[a]);
    const dead = (sizes[a].largest === 0) - (sizes[b].largest === 0);
    return dead || preferred || sizes[b].largest - sizes[a].largest;
  });
  const index = live[0];
  const { mean, largest } = sizes[index];
  return {
    component: letters[index],
    seconds: Array.from(pieces[index], (_, i) => (from + i) / record.sampling_rate),
    values: Array.from(pieces[index], (v) => (Number.isNaN(v) ? null : (v - mean) / (largest || 1))),
  };
};

// The segments that a pick is made of: its own, and with neighbours those beside it.
LPPN.contributions = (model, pick) => {
  const { neighbours } = model.config;
  const parts = [];
  for (let i = -neighbours; i <= neighbours; i++) {
    const segment = pick.segment + i;
    if (segment < 0 || segment >= model.nSegments) continue;
    const start = pick.segmentStart + i * model.stride;
    const offset = model.offsets[pick.kept][segment];
    const probability = LPPN.probabilities(model, pick.kept)[pick.label][segment];
    parts.push({ segment, start, offset, time: start + offset, probability });
  }
  return parts;
};

// "+ 6.2" or "− 1.3".
LPPN.plus = (offset, text = LPPN.number) => `${offset < 0 ? "−" : "+"} ${text(Math.abs(offset))}`;

LPPN.offsetLines = (app, pick) => {
  const model = app.model();
  const rate = app.page.record.sampling_rate;
  const start = model.window_starts[pick.window];
  const parts = LPPN.contributions(model, pick);
  const sum = pick.segmentStart + pick.offset;
  const three = (value) => value.toFixed(3);
  const lines = [
    ["window", `number ${pick.window + 1} begins at sample ${start}`],
    ["segment", `${start} + ${pick.segment} × ${model.stride} = ${pick.segmentStart}`],
    parts.length > 1
      ? ["mean of times", `${three(sum)}, weighted by the probabilities`]
      : ["+ offset", `${pick.segmentStart} ${LPPN.plus(pick.offset)} = ${three(sum)}`],
    ["pick", `${three(pick.time)} / ${rate} Hz = ${(pick.time / rate).toFixed(4)} s`],
  ];
  if (sum !== pick.time) lines.splice(-1, 0, ["end of record", `${three(sum)} → ${three(pick.time)}`]);
  LPPN.byId("offset-lines").replaceChildren(
    ...lines.flatMap(([name, text]) => [LPPN.element("dt", { text: name }), LPPN.element("dd", { text })])
  );
  LPPN.byId("shares").hidden = parts.length < 2;
  LPPN.byId("shares-phase").textContent = `p(${pick.phase})`;
  LPPN.byId("shares-rows").replaceChildren(...LPPN.shareRows(parts, pick));
};

// One line a segment that the pick is made of, and what they make together.
LPPN.shareRows = (parts, pick) => {
  const three = (value) => value.toFixed(3);
  const row = (kind, name, ...cells) =>
    LPPN.element("tr", { class: kind }, LPPN.element("th", { scope: "row", text: name }),
      ...cells.map((text) => LPPN.element("td", { text })));
  const total = parts.reduce((sum, part) => sum + part.probability, 0);
  const made = Math.abs(total - pick.probability) < 1e-9 ? "" : ` → ${LPPN.number(pick.probability)}`;
  return [
    ...parts.map(({ segment, start, offset, time, probability }) =>
      row(segment === pick.segment ? "chosen" : "", String(segment), `${start} ${LPPN.plus(offset, three)} = ${three(time)}`,
        LPPN.number(probability))),
    row("total", "pick", `mean ${three(pick.segmentStart + pick.offset)}`, `sum ${LPPN.number(total)}${made}`),
  ];
};

LPPN.softmaxTable = (app, pick) => {
  const model = app.model();
  const n = model.labels.length * model.nSegments;
  const rows = LPPN.rows(model.logits.subarray(pick.kept * n, (pick.kept + 1) * n), model.nSegments);
  const logits = rows.map((row) => row[pick.segment]);
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const names = { N: "no arrival" };
  LPPN.byId("softmax").replaceChildren(
    ...model.labels.map((label, c) =>
      LPPN.element(
        "tr",
        { class: c === pick.label ? "chosen" : "" },
        LPPN.element("th", { scope: "row", text: names[label] ?? label }),
        ...[logits[c], powers[c], powers[c] / total].map((value) => LPPN.element("td", { text: LPPN.number(value) }))
      )
    ),
    LPPN.element(
      "tr",
      { class: "total" },
      LPPN.element("th", { scope: "row", text: "sum" }),
      LPPN.element("td"),
      LPPN.element("td", { text: LPPN.number(total) }),
      LPPN.element("td", { text: "1" })
    )
  );
};

LPPN.rivals = (app, pick) => {
  const rate = app.page.record.sampling_rate;
  const least = app.thresholdFor(pick.phase);
  const others = [...pick.beaten].sort((a, b) => b.probability - a.probability);
  const list = others.slice(0, 4).map((o) => `${(o.time / rate).toFixed(3)} s (p ${o.probability.toFixed(2)})`);
  const more = others.length > 4 ? `, and ${others.length - 4} more` : "";
  const { neighbours } = app.model().config;
  const weight = LPPN.weightOf(app.model(), pick.label);
  const unweighed = weight === 1
    ? ""
    : `An arrival counted ${weight} times in this model's training, so that its odds are divided by ${weight}. `;
  const shared = neighbours
    ? `An arrival near the edge of a segment is shared by two: this model adds up the probabilities of a segment and of ` +
      `${neighbours} on either side, and takes the mean of their times; sums above 0.9 are bent so that they stay below 1. `
    : "";
  LPPN.byId("rivals").textContent =
    shared +
    unweighed +
    `The probability ${pick.probability.toFixed(3)} reaches the threshold ${least}. ` +
    (others.length
      ? `${LPPN.plural(others.length, "other segment")} reached it too, less than ${app.model().min_distance} s away, ` +
        `and gave way to this one, the most probable: ${list.join(", ")}${more}.`
      : "No other segment near it did.");
};
