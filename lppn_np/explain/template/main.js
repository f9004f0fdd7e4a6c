"use strict";
// What is chosen, and who is told when it changes.

LPPN.makeApp = (page) => {
  const state = { model: 0, window: 0, step: "class_head", channel: 1, time: 0, pick: null };
  const thresholds = page.models.map((model) => ({ P: model.P_threshold, S: model.S_threshold }));
  const rate = page.record.sampling_rate;
  const app = { page, state, picks: [], activations: null, views: {} };

  app.model = () => page.models[state.model];
  app.thresholds = () => thresholds[state.model];
  app.thresholdsOf = (model) => thresholds[page.models.indexOf(model)];
  app.thresholdFor = (phase) => LPPN.thresholdOf(phase, app.thresholds());
  app.step = () => app.model().stepByName.get(state.step);
  app.box = () => app.model().boxes.find((box) => box.steps.includes(state.step));
  app.rows = () => app.activations.get(state.step);
  app.pick = () => state.pick;
  app.windowSeconds = () => {
    const model = app.model();
    const start = (model.window_starts[model.windows_kept[state.window]] ?? 0) / rate;
    return [start, start + model.length / rate];
  };
  app.columnSeconds = (t, step = app.step()) => LPPN.columnSeconds(page, app.model(), state.window, step, t);
  app.columnAt = (seconds) => {
    const [from, to] = app.windowSeconds();
    return Math.floor(((seconds - from) / (to - from)) * app.step().time);
  };
  app.seenSeconds = () => {
    const [from] = app.windowSeconds();
    const [low, high] = LPPN.sees(app.model(), state.step, state.time);
    return [from + low / rate, from + (high + 1) / rate];
  };
  app.aroundPick = (seconds) => {
    const [from, to] = app.windowSeconds();
    const centre = state.pick ? state.pick.time / rate : (from + to) / 2;
    return [centre - seconds, centre + seconds];
  };
  app.channelLabels = () => {
    if (state.step === "input") return [...app.model().config.component_order];
    if (["class_head", "probabilities"].includes(state.step)) return app.model().labels;
    return app.rows().map((_, c) => String(c));
  };
  return app;
};

LPPN.addActions = (app) => {
  const { state, views } = app;

  app.repick = () => {
    const before = state.pick;
    app.picks = LPPN.pick(app.page, app.model(), app.thresholds());
    const distance = (pick) => Math.abs(pick.time - before.time) + (pick.phase === before.phase ? 0 : 1e9);
    state.pick = before
      ? app.picks.reduce((best, pick) => (!best || distance(pick) < distance(best) ? pick : best), null)
      : LPPN.mostProbable(app.picks);
    views.record.update();
    views.segment.update();
    views.network.paint();
    views.network.group.redraw();
    views.compare.update();
  };
  app.choosePick = (pick) => {
    if (!pick) return;
    state.pick = pick;
    views.record.update();
    views.segment.update();
    if (pick.kept !== state.window) app.chooseWindow(pick.kept, true);
    else app.cellAtPick();
  };
  app.choosePickNear = (sample) => {
    const near = (pick) => Math.abs(pick.time - sample);
    app.choosePick(app.picks.reduce((best, pick) => (!best || near(pick) < near(best) ? pick : best), null));
  };
  app.stepPick = (move) => app.choosePick(app.picks[app.picks.indexOf(state.pick) + move]);

  app.chooseModel = (index) => {
    state.model = index;
    state.step = app.model().stepByName.has(state.step) ? state.step : "class_head";
    document.querySelectorAll("[data-model]").forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
    LPPN.showFacts(app);
    app.activations = null;
    state.window = 0;
    views.network.showModel();
    views.record.updateModel();
    app.repick();
    return app.chooseWindow(state.pick?.kept ?? 0, true);
  };
  app.chooseWindow = async (kept, atPick = false) => {
    const { windows_kept: windows } = app.model();
    state.window = Math.min(Math.max(kept, 0), Math.max(windows.length - 1, 0));
    app.activations = null;
    document.documentElement.dataset.window = "computing";
    views.network.showWindow();
    views.layer.showWindow();
    views.record.group.redraw();
    if (!windows.length) {
      LPPN.byId("check").textContent = "No window of this record holds a signal, so nothing is computed.";
      document.documentElement.dataset.window = "none";
      return;
    }
    const ticket = (app.ticket = {});
    LPPN.byId("check").textContent = "Computing every layer of this window …";
    await new Promise((resolve) => setTimeout(resolve));
    const activations = await LPPN.forward(app.page.record, app.model(), state.window);
    if (app.ticket !== ticket) return;
    app.activations = activations;
    LPPN.showCheck(app);
    views.network.paint();
    app.chooseStep(state.step, atPick);
    document.documentElement.dataset.window = String(state.window);
    views.compare.showFeatures();
  };
  app.chooseBox = (box) => app.chooseStep(box.steps.at(-1));
  app.chooseStep = (name, atPick = false) => {
    const seconds = app.columnSeconds(state.time);
    const [boxBefore, channelsBefore] = [app.box(), app.step().channels];
    state.step = name;
    views.network.mark();
    views.layer.showStep();
    if (!app.activations) return;
    const time = app.columnAt(seconds + 1e-9);
    const stays = app.box() === boxBefore && app.step().channels === channelsBefore;
    if (atPick) app.cellAtPick();
    else app.chooseCell(stays ? { time } : { time, channel: LPPN.strongestChannel(app.rows(), time) });
  };
  app.chooseCell = ({ channel = state.channel, time = state.time }) => {
    const step = app.step();
    state.channel = Math.min(Math.max(channel, 0), step.channels - 1);
    state.time = Math.min(Math.max(time, 0), step.time - 1);
    views.layer.showCell();
    views.numbers.update();
  };
  app.cellAtPick = () => {
    const [from, to] = app.windowSeconds();
    const pick = state.pick;
    const seconds = pick ? pick.segmentStart / app.page.record.sampling_rate : (from + to) / 2;
    const heads = ["class_head", "probabilities"].includes(state.step);
    app.chooseCell({ time: app.columnAt(seconds + 1e-9), channel: pick && heads ? pick.label : state.channel });
  };
};

LPPN.mostProbable = (picks) =>
  picks.reduce((best, pick) => (!best || pick.probability > best.probability ? pick : best), null);

// The channel that says most at a time.
LPPN.strongestChannel = (rows, time) => {
  const t = Math.min(Math.max(time, 0), rows[0].length - 1);
  return rows.reduce((best, row, c) => (Math.abs(row[t]) > Math.abs(rows[best][t]) ? c : best), 0);
};

// Whether the page picks, at the thresholds it was written with, what the package picked.
LPPN.samePicks = (page, model) => {
  const mine = LPPN.pick(page, model, { P: model.P_threshold, S: model.S_threshold });
  const same = (pick, i) => pick.phase === model.picks[i].phase && Math.abs(pick.time - model.picks[i].time) < 1e-3;
  return mine.length === model.picks.length && mine.every(same);
};

LPPN.showCheck = (app) => {
  const agrees = LPPN.samePicks(app.page, app.model());
  const { logits, largestLogit, offsets } = LPPN.largestDifference(app.model(), app.state.window, app.activations);
  LPPN.byId("check").textContent =
    `Computed here, in your browser, from the record and the weights. The package’s own logits of this window differ by ` +
    `${logits.toExponential(1)} at most (the largest is ${largestLogit.toFixed(1)}), its offsets by ${offsets.toExponential(1)} samples. ` +
    (agrees ? "Its picks are those of this page." : "Its picks are not those of this page, which is an error.");
};

LPPN.showFacts = (app) => {
  const { record } = app.page;
  const model = app.model();
  const rate = record.sampling_rate;
  const facts = {
    subject: record.trace_id || "A record",
    start: record.starttime ? `starts ${record.starttime}` : "no start time given",
    duration: `${(record.n_samples / rate).toFixed(2)} s at ${rate} Hz`,
    model: model.text,
    notes: record.notes.join("; "),
    stride: String(model.stride),
    "stride-ms": ((1000 * model.stride) / rate).toFixed(0),
    length: String(model.length),
    segments: String(model.nSegments),
    parameters: LPPN.thousands(model.n_parameters),
    docstring: model.docstring,
    sha256: model.provenance.sha256,
  };
  for (const node of document.querySelectorAll("[data-fact]")) node.textContent = facts[node.dataset.fact];
};

LPPN.modelButtons = (app) => {
  const holder = LPPN.byId("models");
  holder.hidden = app.page.models.length < 2;
  app.page.models.forEach((model, index) =>
    holder.append(LPPN.element("button", {
      type: "button", class: "chip", "data-model": model.name, text: model.name,
      "aria-pressed": String(index === 0), onclick: () => app.chooseModel(index),
    }))
  );
};

LPPN.start = async () => {
  const root = document.documentElement;
  const page = await LPPN.load();
  const app = (LPPN.app = LPPN.makeApp(page));
  LPPN.addActions(app);
  LPPN.modelButtons(app);
  LPPN.showFacts(app);
  app.picks = LPPN.pick(page, app.model(), app.thresholds());
  app.state.pick = LPPN.mostProbable(app.picks);
  app.views.record = LPPN.recordView(app);
  app.views.record.update();
  LPPN.setUpTheme();
  root.dataset.ready = "record";
  performance.mark("record");
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  app.views.segment = LPPN.segmentView(app);
  app.views.network = LPPN.networkView(app);
  app.views.layer = LPPN.layerView(app, app.views.network);
  app.views.numbers = LPPN.numbersView(app);
  app.views.compare = LPPN.compareView(app, app.views.record.group);
  LPPN.onTheme.push(() => {
    app.views.record.group.redraw();
    app.views.network.group.redraw();
    app.views.segment.chart?.redraw();
  });
  await app.chooseModel(0);
  root.dataset.ready = "all";
};

// What can be read is painted before anything is unpacked.
requestAnimationFrame(() => setTimeout(() => LPPN.start().catch(LPPN.failed)));

LPPN.failed = (error) => {
  const old = typeof DecompressionStream === "undefined";
  LPPN.byId("failure").hidden = false;
  LPPN.byId("failure").textContent = old
    ? "This browser is too old for the page: it lacks DecompressionStream (Chrome 80, Firefox 113, Safari 16.4 have it)."
    : `The page could not be shown: ${error.message}`;
  throw error;
};
