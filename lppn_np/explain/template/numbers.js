"use strict";
// One value multiplied out, as a table of the numbers themselves.

LPPN.numbersView = (app) => {
  const all = LPPN.byId("all-digits");
  const view = {};
  view.update = () => {
    if (!app.activations) return;
    const { channel, time, window } = app.state;
    const found = LPPN.explainValue(app.page, app.model(), window, app.activations, app.step(), channel, time);
    const n = (value) => LPPN.number(value, all.checked);
    LPPN.byId("numbers-title").textContent = `${app.state.step} [${channel}, ${time}] = ${n(found.value)}`;
    LPPN.byId("numbers").replaceChildren(...(found.rows ? LPPN.sumTables(app, found, n) : LPPN.formulaLines(found, n)));
    const kernel = document.querySelector("#numbers td.kernel");
    if (kernel && found.rows.length === 1) kernel.closest(".scroll").scrollLeft = kernel.offsetLeft - 60;
  };
  all.addEventListener("change", view.update);
  return view;
};

LPPN.sumTables = (app, found, n) => {
  const oneTap = found.rows[0].cells.length === 1;
  const table = oneTap ? LPPN.channelTable(found, n) : LPPN.tapTable(app, found, n);
  const scroll = LPPN.element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The products" }, table);
  return [scroll, LPPN.totalLine(found, n)];
};

LPPN.totalLine = ({ rows, bias, total, value }, n) => {
  const products = rows.reduce((count, row) => count + row.cells.length, 0);
  const line = LPPN.element("p", { class: "sum" });
  line.append(`Sum of ${LPPN.plural(products, "product")}`);
  if (bias !== undefined) line.append(` + bias ${n(bias)}`);
  line.append(" = ", LPPN.element("b", { id: "sum", "data-exact": String(total), text: n(total) }));
  line.append(", as float32 ", LPPN.element("b", { id: "value", "data-exact": String(value), text: n(Math.fround(total)) }));
  line.append(Math.fround(total) === value ? ", the value in the map." : `; the map holds ${n(value)}.`);
  return line;
};

LPPN.heading = (...texts) =>
  LPPN.element("thead", {}, LPPN.element("tr", {}, ...texts.map((text) => LPPN.element("th", { scope: "col", text }))));

LPPN.productCell = (product, largest, text) => {
  const cell = LPPN.element("td", { class: product < 0 ? "product negative" : "product", text });
  cell.style.setProperty("--share", largest ? Math.abs(product) / largest : 0);
  return cell;
};

LPPN.largestProduct = (rows) => Math.max(...rows.flatMap((row) => row.cells.map(({ x, w }) => Math.abs(x * w))));

// One tap: a line a channel.
LPPN.channelTable = ({ rows }, n) => {
  const largest = LPPN.largestProduct(rows);
  const bar = (product) => {
    const cell = LPPN.element("td", { class: `bar ${product < 0 ? "negative" : ""}`, "aria-hidden": "true" }, LPPN.element("i"));
    cell.style.setProperty("--share", largest ? Math.abs(product) / largest : 0);
    return cell;
  };
  const lines = rows.map(({ channel, cells: [{ x, w }] }) =>
    LPPN.element(
      "tr",
      {},
      LPPN.element("th", { scope: "row", text: String(channel) }),
      LPPN.element("td", { text: n(x) }),
      LPPN.element("td", { text: n(w) }),
      LPPN.element("td", { text: n(x * w) }),
      bar(x * w)
    )
  );
  return LPPN.element("table", { class: "channels" }, LPPN.heading("channel", "input x", "weight w", "x · w", ""), LPPN.element("tbody", {}, ...lines));
};

// Several taps: the kernel lies on the signal, tap by tap; three lines a channel.
LPPN.tapTable = (app, { rows }, n) => {
  if (rows.length === 1) rows = [{ ...rows[0], cells: LPPN.withSurroundings(app, rows[0]) }];
  const largest = LPPN.largestProduct(rows);
  const input = app.model().stepByName.get(app.step().inputs[0]);
  const body = rows.flatMap(({ channel, cells }) => [
    LPPN.tapLine(`x[${channel}]`, cells.map(({ x, outside }) => LPPN.element("td", { text: outside ? "0 (outside)" : n(x) })), "first"),
    LPPN.tapLine("w", cells.map(({ w }) => LPPN.element("td", w === null ? {} : { class: "kernel", text: n(w) }))),
    LPPN.tapLine("x · w", cells.map(({ x, w }) =>
      w === null ? LPPN.element("td") : LPPN.productCell(x * w, largest, n(x * w)))),
  ]);
  const seconds = (index) => app.columnSeconds(index, input).toFixed(2);
  const heading = LPPN.element("tr", {}, LPPN.element("th", { scope: "col", text: "t" }));
  for (const { index } of rows[0].cells)
    heading.append(LPPN.element("th", { scope: "col", text: LPPN.minus(String(index)) },
      LPPN.element("small", { text: `${LPPN.minus(seconds(index))} s` })));
  return LPPN.element("table", { class: "taps" }, LPPN.element("thead", {}, heading), LPPN.element("tbody", {}, ...body));
};

// One channel: two more inputs on either side, which the kernel reaches when it slides on.
LPPN.withSurroundings = (app, { channel, cells }) => {
  const row = app.activations.get(app.step().inputs[0])[channel];
  const beside = (index) => ({ index, x: row[index], w: null });
  const first = cells[0].index, last = cells.at(-1).index;
  return [
    ...[first - 2, first - 1].filter((i) => i >= 0).map(beside),
    ...cells,
    ...[last + 1, last + 2].filter((i) => i < row.length).map(beside),
  ];
};

LPPN.tapLine = (name, cells, kind = "") =>
  LPPN.element("tr", { class: kind }, LPPN.element("th", { scope: "row", text: name }), ...cells);

LPPN.formulaLines = ({ given, formula, value }, n) => {
  const list = LPPN.element("dl", { class: "lines" });
  for (const [name, number] of Object.entries(given))
    list.append(LPPN.element("dt", { text: name }), LPPN.element("dd", { text: n(number) }));
  const line = LPPN.element("p", { class: "sum" });
  line.append(`${formula} = `, LPPN.element("b", { id: "value", "data-exact": String(value), text: n(value) }));
  const filled = LPPN.filledIn(formula, given, n);
  return filled === formula ? [list, line] : [list, line, LPPN.element("p", { class: "sum", text: `${filled} = ${n(value)}` })];
};

// The formula with its numbers in place of the names.
LPPN.filledIn = (formula, given, n) => {
  const names = Object.keys(given).sort((a, b) => b.length - a.length);
  if (!names.length) return formula;
  const escaped = names.map((name) => name.replace(/[[\]()]/g, "\\$&"));
  const pattern = new RegExp(`(?<!\\w)(${escaped.join("|")})(?![\\w])`, "g");
  return formula.replace(pattern, (name) => (given[name] < 0 ? `(${n(given[name])})` : n(given[name])));
};
