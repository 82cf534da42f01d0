// A network from buffers: points and lines in WebGL2, or in Canvas2D where there is none. Positions and edges are taken
// once; a week sends only looks and sizes. A cascade lights up hop by hop.

const NEVER = 255;
const HOP_MILLISECONDS = 700;
// What a cascade does not reach is faded to this.
const FADED = 0.2;
// Networks side by side show the same hop: the one with the slider tells the others.
const HOP_EVENT = "jevons-hop";

const POINT_SHADER = `#version 300 es
layout(location=0) in vec2 place; layout(location=1) in float size; layout(location=2) in float look;
layout(location=3) in float hop;
uniform vec4 view; uniform float ratio, current; uniform vec3 palette[12]; uniform vec3 hot;
out vec4 colour; out float edge;
void main() {
  bool on = current >= 0.0 && hop <= current;
  gl_Position = vec4((place - view.xy) * view.zw, 0.0, 1.0);
  float newest = on && hop == floor(current) ? 1.0 : 0.0;
  gl_PointSize = max(size * ratio * (on ? 1.3 + newest * 0.9 : 1.0), 1.5);
  edge = gl_PointSize;
  vec3 base = palette[int(look + 0.5)];
  colour = vec4(on ? hot : base, current < 0.0 ? 0.95 : on ? 1.0 : 0.1);
}`;
const POINT_COLOUR = `#version 300 es
precision mediump float; in vec4 colour; in float edge; out vec4 result;
void main() {
  float away = length(gl_PointCoord - 0.5) * edge;
  float cover = clamp(edge * 0.5 - away + 0.5, 0.0, 1.0);
  if (cover <= 0.0) discard;
  result = vec4(colour.rgb, colour.a * cover);
}`;
const LINE_SHADER = `#version 300 es
layout(location=0) in vec2 place; layout(location=3) in float hop;
uniform vec4 view; uniform float current;
out float shown;
void main() { gl_Position = vec4((place - view.xy) * view.zw, 0.0, 1.0); shown = hop <= current ? 1.0 : 0.0; }`;
const LINE_COLOUR = `#version 300 es
precision mediump float; uniform vec4 colour; in float shown; out vec4 result;
void main() { if (shown < 0.5) discard; result = colour; }`;

// Edges have a canvas of their own below the points: a week changes looks, not edges, so it need not draw them again.
class WebGL {
  constructor(canvas, under) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: true, alpha: true, powerPreference: "low-power" });
    if (!this.gl) throw new Error("no WebGL2");
    this.under = under ? new WebGL(under) : null;
    this.drawnEdges = "";
    this.points = this.program(POINT_SHADER, POINT_COLOUR);
    this.lines = this.program(LINE_SHADER, LINE_COLOUR);
    const gl = this.gl;
    this.buffers = Object.fromEntries(["place", "size", "look", "hop", "edge", "hot", "hothop", "order"]
      .map((name) => [name, gl.createBuffer()]));
    this.edgeCount = this.hotCount = this.count = 0;
  }

  program(vertex, fragment) {
    const gl = this.gl, program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    return program;
  }

  fill(name, data, kind = "ARRAY_BUFFER") {
    const gl = this.gl;
    gl.bindBuffer(gl[kind], this.buffers[name]);
    gl.bufferData(gl[kind], data, gl.DYNAMIC_DRAW);
  }

  topology(data) {
    this.under?.topology(data);
    this.drawnEdges = "";
    this.fill("place", data.positions);
    this.gl.bindVertexArray(null);
    this.fill("edge", data.edges, "ELEMENT_ARRAY_BUFFER");
    this.count = data.positions.length / 2;
    this.edgeCount = data.edges.length;
  }

  // Small ones first, so that large ones and those that run AI are on top.
  state(data) {
    this.fill("size", data.sizes);
    this.fill("look", data.looks);
    const weight = (i) => data.sizes[i] + (data.looks[i] ? 4 : 0);
    const order = new Uint32Array(data.sizes.length).map((_, i) => i).sort((a, b) => weight(a) - weight(b));
    this.gl.bindVertexArray(null);
    this.fill("order", order, "ELEMENT_ARRAY_BUFFER");
  }

  cascade(data) {
    this.fill("hop", data.hops);
    this.fill("hot", data.hotLines);
    this.fill("hothop", data.hotHops);
    this.hotCount = data.hotHops.length;
  }

  attribute(at, name, size, kind) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, kind, false, 0, 0);
  }

  draw(data, view, palette) {
    const key = [view.x, view.y, view.scale, view.width, view.height, palette.muted, this.under.edgeCount].join();
    if (key !== this.drawnEdges) this.under.drawEdges(data, view, palette);
    this.drawnEdges = key;
    this.under.canvas.style.opacity = data.current < 0 ? 1 : FADED;
    this.drawPoints(data, view, palette);
  }

  clear(view) {
    const { gl, canvas } = this, ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(view.width * ratio), height = Math.round(view.height * ratio);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    return [view.x, view.y, (2 * view.scale) / view.width, (2 * view.scale) / view.height];
  }

  drawEdges(data, view, palette) {
    const { gl } = this, place = this.clear(view);
    gl.useProgram(this.lines);
    for (const at of [1, 2, 3]) gl.disableVertexAttribArray(at);
    gl.vertexAttrib1f(3, 0);
    this.attribute(0, "place", 2, gl.FLOAT);
    this.uniform(this.lines, { view: place, current: 0, colour: [...channels(palette.muted), data.edgeAlpha] });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.edge);
    gl.drawElements(gl.LINES, this.edgeCount, gl.UNSIGNED_INT, 0);
  }

  drawPoints(data, view, palette) {
    const { gl } = this, place = this.clear(view), ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (!this.count) return;
    gl.useProgram(this.lines);
    this.uniform(this.lines, { view: place });
    for (const at of [1, 2]) gl.disableVertexAttribArray(at);
    if (this.hotCount && data.current >= 0) {
      this.attribute(0, "hot", 2, gl.FLOAT);
      this.attribute(3, "hothop", 1, gl.UNSIGNED_BYTE);
      this.uniform(this.lines, { current: data.current, colour: [...channels(palette.vermillion), 0.55] });
      gl.drawArrays(gl.LINES, 0, this.hotCount);
    }
    gl.useProgram(this.points);
    this.attribute(0, "place", 2, gl.FLOAT);
    this.attribute(1, "size", 1, gl.FLOAT);
    this.attribute(2, "look", 1, gl.UNSIGNED_BYTE);
    this.attribute(3, "hop", 1, gl.UNSIGNED_BYTE);
    this.uniform(this.points, { view: place, current: data.current, hot: channels(palette.vermillion),
      ratio: ratio * view.pointScale });
    const flat = new Float32Array(36);
    data.legend.forEach((entry, i) => flat.set(channels(palette[entry.colour]), 3 * i));
    gl.uniform3fv(gl.getUniformLocation(this.points, "palette"), flat);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.drawElements(gl.POINTS, this.count, gl.UNSIGNED_INT, 0);
  }

  uniform(program, values) {
    const gl = this.gl;
    for (const [name, value] of Object.entries(values)) {
      const at = gl.getUniformLocation(program, name);
      if (typeof value === "number") gl.uniform1f(at, value);
      else gl[`uniform${value.length}fv`](at, value);
    }
  }

  close() {
    this.under?.close();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

class Canvas2D {
  constructor(canvas) {
    this.canvas = canvas;
    this.cache = document.createElement("canvas");
    this.cached = "";
  }

  topology() { this.cached = ""; }
  state() {}
  cascade() {}

  draw(data, view, palette) {
    const context = fit(this.canvas, view.width, view.height);
    const x = (i) => view.width / 2 + (data.positions[2 * i] - view.x) * view.scale;
    const y = (i) => view.height / 2 - (data.positions[2 * i + 1] - view.y) * view.scale;
    context.fillStyle = palette.surface;
    context.fillRect(0, 0, view.width, view.height);
    const key = [view.x, view.y, view.scale, view.width, view.height, palette.muted, data.edges.length].join();
    if (key !== this.cached) {
      const edges = fit(this.cache, view.width, view.height);
      edges.clearRect(0, 0, view.width, view.height);
      this.stroke(edges, data.edges, x, y, palette.muted, data.edgeAlpha, () => true);
      this.cached = key;
    }
    context.globalAlpha = data.current < 0 ? 1 : FADED;
    context.drawImage(this.cache, 0, 0, view.width, view.height);
    if (data.current >= 0) {
      const shown = (e) => data.edgeHops[e] <= data.current;
      this.stroke(context, data.edges, x, y, palette.vermillion, 0.55, shown);
    }
    for (let look = 0; look < data.legend.length; look++) this.dots(context, data, view, palette, x, y, look);
    context.globalAlpha = 1;
  }

  stroke(context, edges, x, y, colour, alpha, shown) {
    context.globalAlpha = Math.min(alpha * 1.3, 1);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    for (let e = 0; e < edges.length / 2; e++) {
      if (!shown(e)) continue;
      context.moveTo(x(edges[2 * e]), y(edges[2 * e]));
      context.lineTo(x(edges[2 * e + 1]), y(edges[2 * e + 1]));
    }
    context.stroke();
  }

  dots(context, data, view, palette, x, y, look) {
    for (const on of [false, true]) {
      context.globalAlpha = data.current < 0 || on ? 0.95 : 0.1;
      context.fillStyle = on ? palette.vermillion : palette[data.legend[look].colour];
      context.beginPath();
      for (let i = 0; i < data.looks.length; i++) {
        if (data.looks[i] !== look || (data.current >= 0 && data.hops[i] <= data.current) !== on) continue;
        const r = Math.max((data.sizes[i] * view.pointScale) / 2, 0.8) * (on ? 1.4 : 1);
        context.moveTo(x(i) + r, y(i));
        context.arc(x(i), y(i), r, 0, 6.2832);
      }
      context.fill();
    }
  }

  close() {}
}

function render({ model, el }) {
  const box = make("section", { class: "jv-net" }, el);
  const head = make("div", { class: "jv-net-head" }, box);
  const hud = make("div", { class: "jv-hud", role: "status" }, head);
  const big = make("b", {}, hud), small = make("span", {}, hud);
  const zoom = make("div", { class: "jv-zooms", role: "group", "aria-label": "Zoom" }, head);
  const root = make("div", { class: "jv-network" }, box);
  const under = make("canvas", { class: "jv-under", "aria-hidden": "true" }, root);
  const canvas = make("canvas", { tabindex: "0", role: "application" }, root);
  const ring = make("div", { class: "jv-ring", "aria-hidden": "true" }, root);
  const keys = make("div", { class: "jv-net-keys" }, box);
  const told = make("p", { class: "jv-node-facts", role: "status" }, box);
  const hopBar = make("div", { class: "jv-row jv-hopbar" }, box);
  ring.hidden = true;
  hopBar.hidden = true;
  let palette = colours(root), view = { x: 0, y: 0, scale: 0, width: 0, height: 0, pointScale: 1, zoom: 1 };
  let renderer = null, pointed = -1, grid = null, animation = 0, byImportance = null, cursor = -1;
  const data = { positions: new Float32Array(), edges: new Uint32Array(), sizes: new Float32Array(),
    looks: new Uint8Array(), hops: new Uint8Array(), edgeHops: new Uint8Array(), current: -1, legend: [], edgeAlpha: 0.06,
    hotLines: new Float32Array(), hotHops: new Uint8Array() };
  const seen = {};

  function open() {
    if (renderer) return;
    try {
      renderer = window.jevonsRenderer === "canvas2d" ? new Canvas2D(canvas) : new WebGL(canvas, under);
    } catch {
      renderer = new Canvas2D(canvas);
    }
    root.dataset.renderer = renderer instanceof WebGL ? "webgl2" : "canvas2d";
  }

  // Copies a binary trait into an array, only when it was sent again.
  function fresh(name, kind) {
    const bytes = model.get(name);
    if (seen[name] === bytes) return null;
    seen[name] = bytes;
    if (!bytes || !bytes.byteLength) return new kind(0);
    return new kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  function take() {
    const positions = fresh("positions", Float32Array), edges = fresh("edges", Uint32Array);
    if (positions || edges) {
      data.positions = positions || data.positions;
      data.edges = edges || data.edges;
      data.hops = new Uint8Array(data.positions.length / 2).fill(NEVER);
      renderer.topology(data);
      index();
      stop();
    }
    const sizes = fresh("sizes", Float32Array), looks = fresh("looks", Uint8Array);
    if (sizes) { data.sizes = sizes; byImportance = null; }
    if (looks) data.looks = looks;
    data.legend = model.get("legend");
    data.edgeAlpha = model.get("edge_alpha");
    if (sizes || looks) renderer.state(data);
    const hops = fresh("hops", Uint8Array), edgeHops = fresh("edge_hops", Uint8Array);
    if (hops || edgeHops || positions) takeCascade(hops, edgeHops);
  }

  function takeCascade(hops, edgeHops) {
    if (hops && hops.length === data.positions.length / 2) data.hops = hops;
    data.edgeHops = edgeHops && edgeHops.length ? edgeHops : new Uint8Array(data.edges.length / 2).fill(NEVER);
    const hot = [];
    for (let e = 0; e < data.edgeHops.length; e++) if (data.edgeHops[e] !== NEVER) hot.push(e);
    data.hotLines = new Float32Array(hot.length * 4);
    data.hotHops = new Uint8Array(hot.length * 2);
    hot.forEach((e, i) => {
      for (const end of [0, 1]) {
        const node = data.edges[2 * e + end];
        data.hotLines.set([data.positions[2 * node], data.positions[2 * node + 1]], 4 * i + 2 * end);
        data.hotHops[2 * i + end] = data.edgeHops[e];
      }
    });
    renderer.cascade(data);
  }

  function measure() {
    const width = root.clientWidth, height = root.clientHeight;
    if (!width || !height) return;
    view.width = width;
    view.height = height;
    view.scale = (Math.min(width, height) / 2 - 14) * view.zoom;
    view.pointScale = Math.sqrt(view.zoom) * Math.min(Math.max(Math.min(width, height) / 560, 0.6), 1.4);
  }

  function draw() {
    open();
    if (!palette.ink) palette = colours(root); // read before the widget stood in the page
    if (!view.width) measure();
    take();
    if (!view.width) return;
    renderer.draw(data, view, palette);
    canvas.setAttribute("aria-label", model.get("label") + ". " + model.get("caption") + ". " + keysOf());
    mark();
    describe();
  }

  function keysOf() {
    return "Plus and minus zoom, arrows pan, brackets go from node to node" + (model.get("clickable") ? ", Enter sets off" : "");
  }

  // A ring around the node that is pointed at, else around the one where the cascade started.
  function mark() {
    const start = data.current >= 0 ? model.get("cascade").node ?? -1 : -1;
    const node = pointed >= 0 ? pointed : start;
    ring.hidden = node < 0 || node >= data.positions.length / 2;
    if (ring.hidden) return;
    const x = view.width / 2 + (data.positions[2 * node] - view.x) * view.scale;
    const y = view.height / 2 - (data.positions[2 * node + 1] - view.y) * view.scale;
    const size = data.sizes[node] * view.pointScale + 8;
    ring.hidden = x < 0 || y < 0 || x > view.width || y > view.height;
    ring.style.cssText = `width:${size}px;height:${size}px;left:${x - size / 2}px;top:${y - size / 2}px`;
  }

  function describe() {
    const cascade = model.get("cascade");
    if (data.current >= 0 && cascade.applications) {
      const last = Math.max(cascade.applications.length, cascade.longest || 0) - 1, hop = Math.floor(data.current);
      const sum = (list) => list.slice(0, hop + 1).reduce((a, b) => a + b, 0);
      const count = (list) => sum(list).toLocaleString("en-US"), side = model.get("side");
      big.textContent = `${side ? side + ": " : ""}hop ${hop} of ${last}, ${count(cascade.applications)} applications`;
      small.textContent = `${short(sum(cascade.events))} events handled, ${short(sum(cascade.tasks))} tasks for models, ` +
        `${count(cascade.with_ai)} of the applications run AI`;
    } else {
      big.textContent = model.get("label");
      small.textContent = model.get("caption");
    }
    const shape = data.legend.map((entry) => entry.label).join();
    if (keys.dataset.shape !== shape) {
      keys.dataset.shape = shape;
      keys.replaceChildren();
      for (const entry of data.legend) {
        const key = make("span", { class: "jv-key" }, keys);
        make("i", {}, key).dataset.colour = entry.colour;
        key.append(entry.label);
      }
    }
    for (const dot of keys.querySelectorAll("i")) dot.style.background = palette[dot.dataset.colour];
  }

  // cascades ---------------------------------------------------------------------------------------------------------

  function stop() {
    cancelAnimationFrame(animation);
    data.current = -1;
    hopBar.hidden = true;
    tellOthers();
  }

  function run() {
    const cascade = model.get("cascade");
    cancelAnimationFrame(animation);
    if (!cascade.applications) { stop(); schedule(); return; }
    if (model.get("follows")) { setHop(Math.max(window.jevonsHop || 0, 0)); return; } // as far as the other one is
    const last = Math.max(cascade.applications.length, cascade.longest || 0) - 1, began = performance.now();
    buildHopBar(last);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) { setHop(last); return; }
    const tick = () => {
      const hop = Math.min(Math.floor((performance.now() - began) / HOP_MILLISECONDS), last);
      setHop(hop);
      if (hop < last) animation = requestAnimationFrame(tick);
    };
    tick();
  }

  function setHop(hop) {
    const slider = hopBar.querySelector("input");
    if (slider) {
      slider.value = hop;
      slider.setAttribute("aria-valuetext", `hop ${hop} of ${slider.max}`);
    }
    if (data.current === hop) return;
    data.current = hop;
    tellOthers();
    schedule();
  }

  function tellOthers() {
    if (model.get("follows")) return;
    window.jevonsHop = data.current;
    window.dispatchEvent(new CustomEvent(HOP_EVENT, { detail: data.current }));
  }

  function followed(event) {
    if (!model.get("follows") || !model.get("cascade").applications) return;
    data.current = event.detail;
    schedule();
  }

  function buildHopBar(last) {
    hopBar.replaceChildren();
    hopBar.hidden = false;
    make("label", { for: "jv-hop", class: "jv-caption" }, hopBar, "Hop");
    const slider = make("input", { id: "jv-hop", type: "range", min: 0, max: last, value: 0 }, hopBar);
    slider.addEventListener("input", () => { cancelAnimationFrame(animation); setHop(Number(slider.value)); });
    const replay = make("button", { type: "button", class: "v-btn v-btn--text v-size--small" }, hopBar, "Replay");
    replay.addEventListener("click", run);
    const away = make("button", { type: "button", class: "v-btn v-btn--text v-size--small" }, hopBar, "Clear");
    away.addEventListener("click", () => { stop(); schedule(); });
  }

  // pointing ---------------------------------------------------------------------------------------------------------

  const CELLS = 64;

  function index() {
    grid = new Map();
    for (let i = 0; i < data.positions.length / 2; i++) {
      const key = cell(data.positions[2 * i]) + CELLS * cell(data.positions[2 * i + 1]);
      if (!grid.has(key)) grid.set(key, []);
      grid.get(key).push(i);
    }
  }

  function cell(value) { return Math.min(Math.max(Math.floor(((value + 1) / 2) * CELLS), 0), CELLS - 1); }

  function nearest(px, py) {
    const wx = view.x + (px - view.width / 2) / view.scale, wy = view.y - (py - view.height / 2) / view.scale;
    const reach = Math.max(1, Math.ceil(((14 / view.scale) * CELLS) / 2));
    let best = -1, least = (14 / view.scale) ** 2;
    for (let a = -reach; a <= reach; a++) for (let b = -reach; b <= reach; b++) {
      for (const i of (grid && grid.get(cell(wx) + a + CELLS * (cell(wy) + b))) || []) {
        const d = (data.positions[2 * i] - wx) ** 2 + (data.positions[2 * i + 1] - wy) ** 2;
        if (d < least) { least = d; best = i; }
      }
    }
    return best;
  }

  function point(node) {
    if (node === pointed) return;
    pointed = node;
    canvas.classList.toggle("jv-over", node >= 0 && model.get("clickable"));
    mark();
    if (node < 0) return;
    model.set("asked", node);
    model.save_changes();
    showFacts();
  }

  // Facts stand below the drawing, where they cover nothing, and are read aloud.
  function showFacts() {
    const facts = model.get("facts");
    if (pointed < 0 || facts.node !== pointed) return;
    told.replaceChildren();
    make("strong", {}, told, facts.title);
    for (const [name, value] of facts.rows) {
      told.append(" ");
      make("span", {}, told, `${name}: ${value}.`);
    }
    mark();
  }

  function zoomBy(factor, px = view.width / 2, py = view.height / 2) {
    const wx = view.x + (px - view.width / 2) / view.scale, wy = view.y - (py - view.height / 2) / view.scale;
    view.zoom = Math.min(Math.max(view.zoom * factor, 0.5), 60);
    measure();
    view.x = wx - (px - view.width / 2) / view.scale;
    view.y = wy + (py - view.height / 2) / view.scale;
    schedule();
  }

  function pan(dx, dy) {
    view.x -= dx / view.scale;
    view.y += dy / view.scale;
    schedule();
  }

  function home() {
    Object.assign(view, { x: 0, y: 0, zoom: 1 });
    measure();
    schedule();
  }

  function click(node) {
    if (node < 0 || !model.get("clickable")) return;
    model.set("clicked", [node, (model.get("clicked")[1] || 0) + 1]);
    model.save_changes();
  }

  function walk(step) {
    if (!byImportance) byImportance = [...data.sizes.keys()].sort((a, b) => data.sizes[b] - data.sizes[a]);
    if (!byImportance.length) return;
    cursor = (cursor + step + byImportance.length) % byImportance.length;
    point(byImportance[cursor]);
  }

  const fingers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) { point(nearest(event.offsetX, event.offsetY)); return; }
    const [dx, dy] = [event.offsetX - before[0], event.offsetY - before[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const length = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) + 1e-6;
      zoomBy(length([event.offsetX, event.offsetY]) / length(before), other[0], other[1]);
    } else if (moved > 3) pan(dx, dy);
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  });
  canvas.addEventListener("pointerup", (event) => {
    fingers.delete(event.pointerId);
    if (moved <= 3) click(nearest(event.offsetX, event.offsetY));
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => { if (!fingers.size) point(-1); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const does = { "+": () => zoomBy(1.3), "=": () => zoomBy(1.3), "-": () => zoomBy(1 / 1.3), 0: home,
      ArrowLeft: () => pan(40, 0), ArrowRight: () => pan(-40, 0), ArrowUp: () => pan(0, 40), ArrowDown: () => pan(0, -40),
      "]": () => walk(1), "[": () => walk(-1), Enter: () => click(pointed), Escape: () => { stop(); schedule(); } }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
  for (const [sign, title, action] of [["+", "Zoom in", () => zoomBy(1.5)], ["−", "Zoom out", () => zoomBy(1 / 1.5)],
    ["⌂", "Whole network", home]]) {
    const button = make("button", { type: "button", title, "aria-label": title }, zoom, sign);
    button.addEventListener("click", action);
  }

  const schedule = drawFrames(model, "network", draw);
  model.on("change:facts", showFacts);
  const setOff = () => requestAnimationFrame(() => { draw(); run(); });
  model.on("change:cascade", setOff);
  if (model.get("cascade").applications) setOff(); // it may come with the drawing
  const sized = new ResizeObserver(() => { measure(); schedule(); });
  sized.observe(root);
  const untheme = onTheme(() => { palette = colours(root); schedule(); });
  window.addEventListener(HOP_EVENT, followed);
  told.textContent = "Point at a dot, or press ] in the drawing, to read its facts here.";
  return () => { sized.disconnect(); untheme(); window.removeEventListener(HOP_EVENT, followed); cancelAnimationFrame(animation); renderer?.close(); };
}

export default { render };
