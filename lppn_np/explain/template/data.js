"use strict";
// The page's data: JSON with arrays that are byte-shuffled, deflated and in base64 (explain/blobs.py).

const LPPN = {};

LPPN.ARRAYS = { f4: Float32Array, f8: Float64Array, i4: Int32Array };

LPPN.fromBase64 = (text) => {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

LPPN.inflate = async (bytes) => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

LPPN.unpack = async (blob) => {
  const kind = LPPN.ARRAYS[blob.dtype];
  const size = kind.BYTES_PER_ELEMENT;
  const planes = await LPPN.inflate(LPPN.fromBase64(blob.data));
  const count = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < size; plane++)
    for (let i = 0; i < count; i++) bytes[i * size + plane] = planes[plane * count + i];
  return new kind(bytes.buffer);
};

// Rows (a view each) of a flat array whose last axis has `length` entries.
LPPN.rows = (flat, length) => {
  const rows = [];
  for (let first = 0; first < flat.length; first += length) rows.push(flat.subarray(first, first + length));
  return rows;
};

LPPN.load = async () => {
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const record = page.record;
  record.rows = LPPN.rows(await LPPN.unpack(record.data), record.n_samples);
  for (const model of page.models) await LPPN.prepareModel(model, record);
  return page;
};

LPPN.prepareModel = async (model, record) => {
  const { stride, in_samples: length, component_order: order } = model.config;
  model.stride = stride;
  model.length = length;
  model.nSegments = length / stride;
  model.order = [...order].map((component) => record.components.indexOf(component));
  model.logits = await LPPN.unpack(model.logits);
  model.offsets = LPPN.rows(await LPPN.unpack(model.offsets), model.nSegments);
  model.weights = await LPPN.unpack(model.weights);
  model.codeRows = model.code ? LPPN.rows(await LPPN.unpack(model.code), length) : null;
  model.stepByName = new Map(model.steps.map((step) => [step.name, step]));
};

LPPN.tensor = (model, name) => {
  const { first, shape } = model.tensors[name];
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: model.weights.subarray(first, first + size) };
};

// Seconds after the record's first sample at which column t of a step's output begins.
LPPN.columnSeconds = (page, model, kept, step, t) => {
  const start = model.window_starts[model.windows_kept[kept]];
  return (start + (t * model.length) / step.time) / page.record.sampling_rate;
};
