"use strict";
// One value of one step, multiplied out: the same numbers, added in the same order, as in engine.js.
// A sum: { rows: [{ channel, cells: [{ index, x, w }] }], bias, value }. Anything else: { lines, value }.

LPPN.explainValue = (page, model, kept, activations, step, channel, t) => {
  const inputs = step.inputs.map((name) => activations.get(name));
  const context = { page, model, kept, inputs, tensor: LPPN.tensorsOf(model, step) };
  const value = activations.get(step.name)[channel][t];
  return { value, ...LPPN.terms[step.kind](step, context, channel, t) };
};

LPPN.terms = {
  Pointwise(step, { inputs: [x], tensor }, o, t) {
    const { shape: [, n], values } = tensor("weight");
    const rows = x.map((row, c) => ({ channel: c, cells: [{ index: t, x: row[t], w: values[o * n + c] }] }));
    return LPPN.sumOf(rows, tensor("bias")?.values[o]);
  },
  Depthwise(step, { inputs: [x], tensor }, c, t) {
    const taps = tensor("weight").values.subarray(c * step.kernel, (c + 1) * step.kernel);
    return LPPN.sumOf([{ channel: c, cells: LPPN.cells(x[c], taps, step, t) }]);
  },
  DenseConv(step, { inputs: [x], tensor }, o, t) {
    const { shape: [, n, taps], values } = tensor("weight");
    const rows = x.map((row, c) => {
      const first = (o * n + c) * taps;
      return { channel: c, cells: LPPN.cells(row, values.subarray(first, first + taps), step, t) };
    });
    return LPPN.sumOf(rows, tensor("bias")?.values[o]);
  },
  BatchNorm(step, { inputs: [x], tensor }, c, t) {
    const [weight, bias, mean, variance] = LPPN.normTensors(tensor).map((values) => values[c]);
    const given = { x: x[c][t], mean, variance, eps: step.eps, weight, bias };
    return { given, formula: "weight · (x − mean) / √(variance + eps) + bias" };
  },
  ReLU: (step, { inputs: [x] }, c, t) => ({ given: { x: x[c][t] }, formula: "max(x, 0)" }),
  Add: (step, { inputs: [a, b] }, c, t) => ({
    given: { branch: a[c][t], "block’s input": b[c][t] },
    formula: "branch + block’s input",
  }),
  Upsample(step, { inputs: [x] }, c, t) {
    const { left, right, fraction } = LPPN.between(step, t, x[c].length);
    if (step.mode === "nearest")
      return { given: { [`x[${left}]`]: x[c][left] }, formula: "the nearest value, once more" };
    const given = { [`x[${left}]`]: x[c][left], [`x[${right}]`]: x[c][right], fraction };
    return { given, formula: `(1 − fraction) · x[${left}] + fraction · x[${right}]` };
  },
  Concat(step, { inputs: [a, b] }, c, t) {
    const own = c < a.length;
    const source = `channel ${own ? c : c - a.length} of ${step.inputs[own ? 0 : 1]}`;
    return { given: { [source]: own ? a[c][t] : b[c - a.length][t] }, formula: "copied, nothing is computed" };
  },
  Sigmoid: (step, { inputs: [x] }, c, t) => ({ given: { x: x[c][t] }, formula: "1 / (1 + exp(−x))" }),
  Scale: (step, { inputs: [x] }, c, t) => ({
    given: { x: x[c][t], "samples in a segment": step.factor },
    formula: "x · samples in a segment",
  }),
  Softmax(step, { model, inputs: [x] }, c, t) {
    const given = Object.fromEntries(model.labels.map((label, i) => [`logit ${label}`, x[i][t]]));
    const sum = model.labels.map((label) => `exp(logit ${label})`).join(" + ");
    return { given, formula: `exp(logit ${model.labels[c]}) / (${sum})` };
  },
  Input(step, { page, model, kept }, c, t) {
    const start = model.window_starts[model.windows_kept[kept]];
    const part = LPPN.scaling(page.record, model, start)[c];
    const raw = part.raw[t];
    if (part.dead || raw === undefined || Number.isNaN(raw))
      return { given: {}, formula: part.dead ? "0: this component is dead" : "0: there are no data here" };
    const given = { sample: raw, mean: part.mean, largest: part.divisor };
    if (!model.codeRows) return { given, formula: "(sample − mean) / largest" };
    return { given: { ...given, code: model.codeRows[c][t] }, formula: "(sample − mean) / largest + code" };
  },
};

// The K samples that a kernel at output t lies on; outside the signal there are zeros.
LPPN.cells = (row, taps, { stride, kernel }, t) =>
  Array.from(taps, (w, k) => {
    const index = t * stride + k - (kernel - 1) / 2;
    const outside = index < 0 || index >= row.length;
    return { index, w, x: outside ? 0 : row[index], outside };
  });

LPPN.sumOf = (rows, bias) => {
  let total = 0;
  for (const { cells } of rows) for (const { x, w, outside } of cells) if (!outside) total += w * x;
  return { rows, bias, total: bias === undefined ? total : total + bias };
};
