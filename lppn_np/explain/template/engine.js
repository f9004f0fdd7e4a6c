"use strict";
// The network once more, in the browser: every op of lppn_np/network/ops.py, on rows of float32.
// Sums are made in double precision and rounded to float32 once; terms.js adds the same terms in the same order.

LPPN.ops = {
  Pointwise(step, [x], tensor) {
    const { shape: [outputs, inputs], values: weight } = tensor("weight");
    const bias = tensor("bias");
    return LPPN.mapRows(outputs, step.time, (sum, o) => {
      for (let c = 0; c < inputs; c++) LPPN.addScaled(sum, x[c], weight[o * inputs + c]);
      if (bias) LPPN.addConstant(sum, bias.values[o]);
    });
  },
  Depthwise(step, [x], tensor) {
    const { shape: [channels, taps], values: weight } = tensor("weight");
    return LPPN.mapRows(channels, step.time, (sum, c) => {
      for (let k = 0; k < taps; k++) LPPN.addTap(sum, x[c], weight[c * taps + k], step, k);
    });
  },
  DenseConv(step, [x], tensor) {
    const { shape: [outputs, inputs, taps], values: weight } = tensor("weight");
    const bias = tensor("bias");
    return LPPN.mapRows(outputs, step.time, (sum, o) => {
      for (let c = 0; c < inputs; c++)
        for (let k = 0; k < taps; k++) LPPN.addTap(sum, x[c], weight[(o * inputs + c) * taps + k], step, k);
      if (bias) LPPN.addConstant(sum, bias.values[o]);
    });
  },
  BatchNorm(step, [x], tensor) {
    const [weight, bias, mean, variance] = LPPN.normTensors(tensor);
    return x.map((row, c) => {
      const deviation = Math.sqrt(variance[c] + step.eps);
      return row.map((value) => (weight[c] * (value - mean[c])) / deviation + bias[c]);
    });
  },
  ReLU: (step, [x]) => x.map((row) => row.map((value) => Math.max(value, 0))),
  Add: (step, [a, b]) => a.map((row, c) => row.map((value, t) => value + b[c][t])),
  Upsample(step, [x]) {
    const half = step.time / 2;
    return x.map((row) =>
      new Float32Array(step.time).map((_, t) => {
        const { left, right, fraction } = LPPN.between(step, t, half);
        return (1 - fraction) * row[left] + fraction * row[right];
      })
    );
  },
  Concat: (step, [a, b]) => [...a, ...b],
  Sigmoid: (step, [x]) => x.map((row) => row.map(LPPN.sigmoid)),
  Scale: (step, [x]) => x.map((row) => row.map((value) => value * step.factor)),
  Softmax: (step, [x]) => LPPN.softmaxRows(x).map((row) => Float32Array.from(row)),
};

LPPN.mapRows = (count, length, fill) => {
  const sum = new Float64Array(length);
  return Array.from({ length: count }, (_, index) => {
    sum.fill(0);
    fill(sum, index);
    return Float32Array.from(sum);
  });
};

LPPN.addScaled = (sum, row, factor) => {
  for (let t = 0; t < sum.length; t++) sum[t] += factor * row[t];
};

LPPN.addConstant = (sum, constant) => {
  for (let t = 0; t < sum.length; t++) sum[t] += constant;
};

// sum[t] += weight * row[S t + k - P], zeros outside, P = (K - 1) / 2.
LPPN.addTap = (sum, row, weight, { stride, kernel }, k) => {
  const shift = k - (kernel - 1) / 2;
  const first = shift < 0 ? Math.ceil(-shift / stride) : 0;
  const stop = Math.min(sum.length, Math.ceil((row.length - shift) / stride));
  for (let t = first; t < stop; t++) sum[t] += weight * row[t * stride + shift];
};

LPPN.normTensors = (tensor) =>
  ["weight", "bias", "running_mean", "running_var"].map((part) => tensor(part).values);

LPPN.sigmoid = (x) => {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
};

// Where output t of an upsampling stands between two inputs. With aligned corners the position is computed in
// float32, step by step like PyTorch's.
LPPN.between = (step, t, n) => {
  if (step.mode === "nearest") return { left: t >> 1, right: t >> 1, fraction: 0 };
  const position = Math.fround(Math.fround((n - 1) / (2 * n - 1)) * t);
  const left = Math.trunc(position);
  return { left, right: Math.min(left + 1, n - 1), fraction: Math.fround(position - left) };
};

// Softmax over rows, in double precision.
LPPN.softmaxRows = (rows) => {
  const out = rows.map((row) => new Float64Array(row.length));
  for (let t = 0; t < rows[0].length; t++) {
    let largest = -Infinity;
    for (const row of rows) largest = Math.max(largest, row[t]);
    let total = 0;
    rows.forEach((row, c) => (total += out[c][t] = Math.exp(row[t] - largest)));
    for (const row of out) row[t] /= total;
  }
  return out;
};

// What is taken away from and divided out of each component of a window; see kernels/reference_picking.py.
LPPN.scaling = (record, model, start) => {
  const parts = model.order.map((index) => {
    const raw = record.rows[index].subarray(start, start + model.length);
    let sum = 0, count = 0, low = Infinity, high = -Infinity;
    for (const value of raw) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const mean = sum / Math.max(count, 1);
    return { raw, mean, largest: high > low ? Math.max(high - mean, mean - low) : 0 };
  });
  const largest = Math.max(...parts.map((part) => part.largest));
  for (const part of parts) {
    part.dead = part.largest <= model.dead_share * largest;
    part.divisor = model.common_maximum ? largest : part.largest;
  }
  return parts;
};

LPPN.networkInput = (record, model, start) =>
  LPPN.scaling(record, model, start).map(({ raw, mean, dead, divisor }, c) => {
    const row = new Float32Array(model.length);
    if (!dead) raw.forEach((value, i) => (row[i] = Number.isNaN(value) ? 0 : (value - mean) / divisor));
    if (model.codeRows) model.codeRows[c].forEach((value, i) => (row[i] += value));
    return row;
  });

// Every activation of one window by step name; gives the browser a chance to breathe every 30 ms.
LPPN.forward = async (record, model, kept) => {
  const start = model.window_starts[model.windows_kept[kept]];
  const activations = new Map([["input", LPPN.networkInput(record, model, start)]]);
  let breath = performance.now();
  for (const step of model.steps.slice(1)) {
    const inputs = step.inputs.map((name) => activations.get(name));
    activations.set(step.name, LPPN.ops[step.kind](step, inputs, LPPN.tensorsOf(model, step)));
    if (performance.now() - breath > 30) {
      await new Promise((resolve) => setTimeout(resolve));
      breath = performance.now();
    }
  }
  return activations;
};

LPPN.tensorsOf = (model, step) => (part) => {
  const name = `${step.name}.${part}`;
  return name in model.tensors ? LPPN.tensor(model, name) : null;
};

// How far the page's own results are from what the package computed when the page was written.
LPPN.largestDifference = (model, kept, activations) => {
  const { nSegments, logits, offsets } = model;
  const n = model.labels.length * nSegments;
  const stored = LPPN.rows(logits.subarray(kept * n, (kept + 1) * n), nSegments);
  const difference = (a, b) => a.reduce((most, value, t) => Math.max(most, Math.abs(value - b[t])), 0);
  const size = (row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const mine = activations.get("class_head");
  return {
    logits: Math.max(...mine.map((row, c) => difference(row, stored[c]))),
    largestLogit: Math.max(...stored.map(size)),
    offsets: difference(activations.get("offset")[0], offsets[kept]),
  };
};

// First and last sample of the window that column t of a step can see: the list of steps, read upwards.
LPPN.sees = (model, name, t) => {
  const reach = new Map([[name, [t, t]]]);
  for (const step of [...model.steps].reverse()) {
    if (!reach.has(step.name)) continue;
    for (const source of step.inputs) {
      const { time } = model.stepByName.get(source);
      const [low, high] = LPPN.reads(step, reach.get(step.name), time);
      const [lowest, highest] = reach.get(source) ?? [low, high];
      reach.set(source, [Math.max(Math.min(low, lowest), 0), Math.min(Math.max(high, highest), time - 1)]);
    }
  }
  return reach.get("input");
};

// What a step reads of an input of n columns to compute its columns low to high.
LPPN.reads = (step, [low, high], n) => {
  if (step.kernel) {
    const pad = (step.kernel - 1) / 2;
    return [low * step.stride - pad, high * step.stride + pad];
  }
  if (step.kind === "Upsample") return [LPPN.between(step, low, n).left, LPPN.between(step, high, n).right];
  return [low, high];
};
