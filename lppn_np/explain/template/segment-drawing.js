"use strict";
// What is painted over the waveform around a pick: segments, bars, arrows.

// Bands and numbers of the segments, and in each a bar a class as high as its probability.
LPPN.drawSegments = (ctx, chart, app, pick, around) => {
  const model = app.model();
  const rate = app.page.record.sampling_rate;
  const x = (sample) => chart.valToPos(sample / rate, "x", true);
  const y = (value) => chart.valToPos(value, "y", true);
  const probability = LPPN.probabilities(model, pick.kept);
  const classes = model.labels.length - 1;
  const width = x(model.stride) - x(0);
  const { top, height } = chart.bbox;
  ctx.font = `${11 * devicePixelRatio}px system-ui, "DejaVu Sans", sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  for (let i = -around; i <= around; i++) {
    const segment = pick.segment + i;
    if (segment < 0 || segment >= model.nSegments) continue;
    const left = x(pick.segmentStart + i * model.stride);
    ctx.fillStyle = i === 0 ? LPPN.colour("chosen") : LPPN.colour(segment % 2 ? "band" : "surface");
    ctx.fillRect(left, top, width, height);
    for (let c = 1; c <= classes; c++) {
      const high = y(-2.75 + 1.05 * probability[c][segment]);
      ctx.fillStyle = LPPN.phaseColour(model.labels[c]);
      ctx.fillRect(left + (width * (c - 0.85)) / classes, high, (width * 0.7) / classes, y(-2.75) - high);
    }
    ctx.fillStyle = LPPN.colour(i === 0 ? "text" : "muted");
    if (width > 22 * devicePixelRatio || i % 2 === 0) ctx.fillText(segment, left + width / 2, y(-3.08));
  }
  ctx.strokeStyle = LPPN.colour("muted");
  ctx.lineWidth = devicePixelRatio;
  for (const [level, dash] of [[-2.75, []], [-2.75 + 1.05 * app.thresholdFor(pick.phase), [2, 4]]]) {
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(chart.bbox.left, y(level));
    ctx.lineTo(chart.bbox.left + chart.bbox.width, y(level));
    ctx.stroke();
  }
};

// The probability above its bar, with a halo: the pick's line may cross it.
LPPN.nameBar = (ctx, chart, app, pick) => {
  const model = app.model();
  const own = LPPN.probabilities(model, pick.kept)[pick.label][pick.segment];
  const share = (pick.label - 0.5) / (model.labels.length - 1);
  const x = chart.valToPos((pick.segmentStart + share * model.stride) / app.page.record.sampling_rate, "x", true);
  const y = chart.valToPos(-2.75 + 1.05 * own, "y", true) - 5 * devicePixelRatio;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = LPPN.colour("chosen");
  const shared = model.config.neighbours ? `, with neighbours ${pick.probability.toFixed(2)}` : "";
  ctx.strokeText(`${pick.phase} ${own.toFixed(2)}${shared}`, x, y);
  ctx.fillText(`${pick.phase} ${own.toFixed(2)}${shared}`, x, y);
};

// From each segment's start an arrow as long as its offset, and the pick: its end, or the mean of several ends.
LPPN.drawOffset = (ctx, chart, app, pick) => {
  const rate = app.page.record.sampling_rate;
  const x = (sample) => chart.valToPos(sample / rate, "x", true);
  const parts = LPPN.contributions(app.model(), pick);
  const strongest = Math.max(...parts.map((part) => part.probability));
  LPPN.verticalLine(ctx, chart, pick.segmentStart / rate, LPPN.colour("muted"), [3, 3]);
  LPPN.verticalLine(ctx, chart, pick.time / rate, LPPN.phaseColour(pick.phase));
  ctx.setLineDash([]);
  ctx.strokeStyle = ctx.fillStyle = LPPN.phaseColour(pick.phase);
  parts.forEach(({ start, time, probability }, i) => {
    ctx.globalAlpha = 0.25 + (0.75 * probability) / strongest;
    LPPN.arrow(ctx, x(start), x(time), chart.valToPos(-1.26 - 0.13 * (i - (parts.length - 1) / 2), "y", true));
  });
  ctx.globalAlpha = 1;
  const text = parts.length > 1 ? `mean of ${parts.length} segments` : `${LPPN.plus(pick.offset)} samples`;
  const right = Math.max(...parts.map((part) => part.time), pick.segmentStart, pick.time);
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, "DejaVu Sans", sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x(right) + 8 * devicePixelRatio, chart.valToPos(-1.26, "y", true));
  LPPN.nameBar(ctx, chart, app, pick);
};

LPPN.arrow = (ctx, from, to, level) => {
  const scale = devicePixelRatio;
  const head = Math.sign(to - from || 1) * 6 * scale;
  ctx.lineWidth = 2 * scale;
  ctx.beginPath();
  ctx.moveTo(from, level);
  ctx.lineTo(to, level);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(to, level);
  ctx.lineTo(to - head, level - 4 * scale);
  ctx.lineTo(to - head, level + 4 * scale);
  ctx.fill();
};
