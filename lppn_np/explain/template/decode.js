"use strict";
// From logits to picks: the rule of lppn_np/picking (candidates, keep_pickable, suppress_duplicates).

// Class probabilities of a kept window: one Float64Array a class.
LPPN.probabilities = (model, kept) => {
  model.cachedProbabilities ??= [];
  const n = model.labels.length * model.nSegments;
  return (model.cachedProbabilities[kept] ??= LPPN.softmaxRows(
    LPPN.rows(model.logits.subarray(kept * n, (kept + 1) * n), model.nSegments)
  ));
};

// A class that counted w times in training has w times the odds that it should have (unweighed).
LPPN.unweighed = (p, weight) => (weight === 1 ? p : p / (p + weight * (1 - p)));

// A sum of probabilities, in its order and below 1 (below_one).
LPPN.belowOne = (total) => {
  const [almost, left] = [0.9, 1 - 0.9];
  return total <= almost ? total : 1 - left * Math.exp((almost - total) / left);
};

LPPN.weightOf = (model, label) =>
  model.labels[label].startsWith("S") ? model.config.S_weight : model.config.P_weight;

// To each segment's probability add those of its neighbours, and take the mean of their times
// (kernels/reference_picking.py: gather). Without neighbours: probability and offset as they are.
LPPN.gathered = (model, kept, label) => {
  const [own, offsets] = [LPPN.probabilities(model, kept)[label], model.offsets[kept]];
  const { neighbours } = model.config;
  const weight = LPPN.weightOf(model, label);
  if (!neighbours) return { probability: own.map((p) => LPPN.unweighed(p, weight)), offset: offsets };
  const probability = new Float64Array(own.length);
  const offset = new Float64Array(own.length);
  for (let t = 0; t < own.length; t++) {
    let total = 0, mass = 0, moment = 0;
    for (let i = Math.max(0, t - neighbours); i < Math.min(own.length, t + neighbours + 1); i++) {
      const share = LPPN.unweighed(own[i], weight);
      total += own[i];
      mass += share;
      moment += share * ((i - t) * model.stride + offsets[i]);
    }
    probability[t] = LPPN.unweighed(LPPN.belowOne(total), weight);
    offset[t] = moment / (mass > 0 ? mass : 1);
  }
  return { probability, offset };
};

LPPN.thresholdOf = (label, thresholds) => (label.startsWith("S") ? thresholds.S : thresholds.P);

LPPN.pick = (page, model, thresholds) => {
  const found = LPPN.candidates(model, thresholds);
  const pickable = LPPN.keepPickable(page.record, model, found);
  return LPPN.suppressDuplicates(page.record, model, pickable);
};

// Segments whose probability reaches the threshold, in order of window, class and segment.
LPPN.candidates = (model, thresholds) => {
  const found = [];
  model.windows_kept.forEach((window, kept) => {
    for (let label = 1; label < model.labels.length; label++)
      LPPN.candidatesOf(model, kept, window, label, LPPN.thresholdOf(model.labels[label], thresholds), found);
  });
  return found;
};

LPPN.candidatesOf = (model, kept, window, label, least, found) => {
  const { probability, offset } = LPPN.gathered(model, kept, label);
  const start = model.window_starts[window];
  for (let begin = 0; begin < probability.length; begin++) {
    if (!(probability[begin] >= least)) continue;
    let end = begin; // the run of segments above the threshold
    while (end < probability.length && probability[end] >= least) end++;
    for (let segment = begin; segment < end; segment++) {
      if (!LPPN.tellsOf(model, window, segment)) continue;
      const first = start + segment * model.stride;
      found.push({
        label, kept, window, segment,
        phase: model.labels[label],
        segmentStart: first,
        offset: offset[segment],
        time: first + offset[segment],
        probability: probability[segment],
        begin: start + begin * model.stride,
        end: start + end * model.stride,
      });
    }
    begin = end;
  }
};

// Whether a window tells of a segment or leaves it to its neighbour.
LPPN.tellsOf = (model, window, segment) => {
  const begin = model.window_starts[window] + segment * model.stride;
  return begin + model.stride > model.window_first[window] && begin < model.window_stop[window];
};

// Drop what stands in padding or beside a gap; an offset that leaves the record is pulled to its end.
LPPN.keepPickable = (record, model, found) => {
  const n = record.n_samples;
  const kept = [];
  for (const candidate of found) {
    const time = Math.min(Math.max(candidate.time, 0), n - 1);
    if (candidate.begin < n && LPPN.clearOfGaps(record, Math.floor(time), model.gap_margin))
      kept.push({ ...candidate, time, end: Math.min(candidate.end, n) });
  }
  return kept;
};

LPPN.clearOfGaps = (record, at, margin) => {
  const last = Math.min(at + margin, record.n_samples - 1);
  for (let i = Math.max(at - margin, 0); i <= last; i++)
    if (record.rows.every((row) => Number.isNaN(row[i]))) return false;
  return true;
};

// Greedy, from the most probable down: closer than min_distance, one of a kind stays. Of candidates from
// different windows closer than a segment one stays whatever min_distance.
LPPN.suppressDuplicates = (record, model, found) => {
  const distance = model.min_distance * record.sampling_rate;
  const order = [...found].sort((a, b) => b.probability - a.probability || a.time - b.time);
  const kept = [];
  for (const candidate of order) {
    const rival = kept.find((other) => LPPN.tellsTheSame(model, distance, candidate, other));
    if (rival) rival.beaten.push(candidate);
    else kept.push({ ...candidate, beaten: [] });
  }
  return kept.sort((a, b) => a.time - b.time);
};

LPPN.tellsTheSame = (model, distance, a, b) => {
  if (a.phase[0] !== b.phase[0]) return false;
  const apart = Math.abs(a.time - b.time);
  return apart < distance || (apart < model.stride && a.window !== b.window);
};

LPPN.roundHalfToEven = (x) => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)); // as NumPy's rint

// Probabilities of a window as they are compared with the thresholds; what arrivals gain or lose is of "none".
LPPN.curvesOf = (model, kept) => {
  const own = LPPN.probabilities(model, kept);
  const { neighbours, P_weight, S_weight } = model.config;
  if (!neighbours && P_weight === 1 && S_weight === 1) return own;
  const curves = own.map((_, c) => (c ? LPPN.gathered(model, kept, c).probability : null));
  const rest = (t) => curves.slice(1).reduce((left, curve) => left - curve[t], 1);
  curves[0] = Float64Array.from(own[0], (_, t) => Math.max(0, rest(t)));
  return curves;
};

// Class probabilities along the record, one value a segment: the largest of the windows that tell of it
// (picking/stacking.py); NaN where none does.
LPPN.probabilityCurves = (record, model) => {
  const n = Math.ceil(record.n_samples / model.stride);
  const curves = model.labels.map(() => new Float64Array(n).fill(NaN));
  model.windows_kept.forEach((window, kept) => {
    const first = LPPN.roundHalfToEven(model.window_starts[window] / model.stride);
    LPPN.curvesOf(model, kept).forEach((values, c) => {
      for (let t = 0; t < values.length && first + t < n; t++)
        if (LPPN.tellsOf(model, window, t) && !(curves[c][first + t] >= values[t])) curves[c][first + t] = values[t];
    });
  });
  return curves;
};
