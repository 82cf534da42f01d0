// Live charts: small panels on Canvas2D. Every frame redraws every curve from one block of numbers.

const DASHES = { solid: [], dash: [5, 3], dot: [1.5, 2.5] };
const DECADES = 5;
const BESIDE = 8; // from the end of a curve to its label, pixels

function render({ model, el }) {
  const root = make("div", { class: "jv-charts" }, el);
  const panels = [];
  let palette = colours(root), pointer = null, ready = false;

  function build() {
    root.replaceChildren();
    panels.length = 0;
    for (const spec of model.get("spec").panels || []) {
      const card = make("section", { class: "jv-card jv-panel", "data-panel": spec.key }, root);
      const head = make("header", {}, card);
      make("h3", {}, head, spec.title);
      make("span", { class: "jv-unit" }, head, spec.unit === "share" ? "" : spec.unit);
      const larger = make("button", { type: "button", "aria-expanded": "false", "aria-label": `Enlarge: ${spec.title}` }, head, "Enlarge");
      larger.addEventListener("click", () => enlarge(card, larger, spec));
      make("p", {}, card, spec.caption);
      const canvas = make("canvas", { role: "img", tabindex: "0", "aria-label": spec.title }, card);
      const panel = { spec, card, canvas, width: 0, height: 0 };
      canvas.addEventListener("click", () => enlarge(card, larger, spec));
      canvas.addEventListener("pointermove", (event) => hover(panel, event));
      canvas.addEventListener("pointerleave", () => { pointer = null; schedule(); });
      canvas.addEventListener("keydown", (event) => keyed(panel, event));
      canvas.addEventListener("blur", () => { pointer = null; schedule(); });
      panels.push(panel);
    }
    measure();
  }

  function enlarge(card, larger, spec) {
    const large = card.classList.toggle("jv-large");
    larger.textContent = large ? "Small again" : "Enlarge";
    larger.setAttribute("aria-label", `${larger.textContent}: ${spec.title}`);
    larger.setAttribute("aria-expanded", String(large));
    measure();
    schedule();
    card.scrollIntoView({ block: "nearest" });
  }

  function measure() {
    for (const panel of panels) {
      panel.width = panel.canvas.clientWidth;
      panel.height = panel.canvas.clientHeight;
    }
  }

  // The plot's frame: names stand in a column of their own beside it, clear of the curves.
  function frameOf(panel, context) {
    const left = 52, text = Math.max(...panel.spec.curves.map((curve) => context.measureText(curve.label).width));
    return { left, right: Math.max(panel.width - BESIDE - text - 6, left + 80), top: 8, bottom: panel.height - 20 };
  }

  function hover(panel, event) {
    const { frame } = panel, spec = model.get("spec");
    if (!frame) return;
    const share = (event.offsetX - frame.left) / (frame.right - frame.left);
    pointer = Math.round(Math.min(Math.max(share, 0), 1) * (spec.weeks - 1));
    schedule();
  }

  function keyed(panel, event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -13, PageDown: 13 }[event.key];
    if (!move) return;
    const { weeks } = blockOf("values");
    pointer = Math.min(Math.max((pointer ?? weeks - 1) + move, 0), Math.max(weeks - 1, 0));
    event.preventDefault();
    schedule();
  }

  function blockOf(name) {
    return rowsOf(model.get(name), panels.reduce((sum, panel) => sum + panel.spec.curves.length, 0));
  }

  function draw() {
    if (!ready) { build(); ready = true; }
    if (!palette.ink) palette = colours(root); // read before the widget stood in the page
    if (panels.length && !panels[0].width) measure();
    const block = blockOf("values"), before = blockOf("reference");
    for (const panel of panels) drawPanel(panel, block, before);
  }

  function drawPanel(panel, block, before) {
    const { spec, canvas, width, height } = panel;
    if (width < 60) return;
    const context = fit(canvas, width, height);
    context.clearRect(0, 0, width, height);
    context.font = "11px system-ui, sans-serif";
    const frame = (panel.frame = frameOf(panel, context));
    const range = rangeOf(spec, block, before);
    const all = model.get("spec");
    const x = (week) => frame.left + ((frame.right - frame.left) * week) / (all.weeks - 1);
    const y = scaleOf(spec, range, frame);
    drawAxes(context, panel, frame, x, y, range, all);
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top - 4, frame.right - frame.left + 2, frame.bottom - frame.top + 5);
    context.clip();
    if (before.data) drawCurves(context, spec, before, x, y, true);
    drawCurves(context, spec, block, x, y, false);
    context.restore();
    drawPoints(context, spec, x, y, frame);
    const told = block.weeks ? block : before; // until a run has begun, the baseline alone
    const at = Math.min(pointer === null ? model.get("week") - 1 : pointer, told.weeks - 1);
    if (told.weeks) drawLabels(context, panel, told, frame, y, at, x);
    describe(canvas, spec, told, at);
  }

  function rangeOf(spec, block, before) {
    if (spec.scale === "share") return [0, 1];
    let high = 0, low = Infinity;
    const take = (value) => {
      if (!(value > 0)) return;
      if (value > high) high = value;
      if (value < low) low = value;
    };
    for (const source of [block, before]) {
      if (!source.data) continue;
      const from = spec.first * source.weeks, to = (spec.first + spec.curves.length) * source.weeks;
      for (let i = from; i < to; i++) take(source.data[i]);
    }
    for (const curve of spec.curves) for (const point of curve.points) { take(point.low); take(point.high); }
    if (!high) return spec.scale === "log" ? [1, 10] : [0, 1];
    if (spec.scale === "linear") return [0, high * 1.05];
    low = Math.max(low, high / 10 ** DECADES);
    return [10 ** (Math.floor(Math.log10(low) * 2) / 2), 10 ** (Math.ceil(Math.log10(high) * 2) / 2)];
  }

  function scaleOf(spec, [low, high], frame) {
    const span = frame.bottom - frame.top;
    if (spec.scale !== "log") return (value) => frame.bottom - (span * (value - low)) / (high - low);
    const from = Math.log10(low), to = Math.log10(high);
    return (value) => frame.bottom - (span * (Math.log10(Math.max(value, 1e-30)) - from)) / (to - from);
  }

  function ticksOf(spec, [low, high]) {
    if (spec.scale === "share") return [0, 0.25, 0.5, 0.75, 1];
    const ticks = [];
    if (spec.scale === "log") {
      for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; e++) ticks.push(10 ** e);
      return ticks;
    }
    const raw = high / 4, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
    for (let value = 0; value <= high; value += step) ticks.push(value);
    return ticks;
  }

  function drawAxes(context, panel, frame, x, y, range, all) {
    const { spec } = panel;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.textBaseline = "middle";
    context.textAlign = "right";
    let above = Infinity; // every line has a label unless it would touch the one below
    for (const tick of ticksOf(spec, range)) {
      const at = Math.round(y(tick)) + 0.5;
      context.strokeStyle = palette.grid;
      context.beginPath();
      context.moveTo(frame.left, at);
      context.lineTo(frame.right, at);
      context.stroke();
      if (above - at < 13) continue;
      above = at;
      context.fillStyle = palette.muted;
      context.fillText(spec.scale === "share" ? 100 * tick + "%" : short(tick, 2), frame.left - 6, at);
    }
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    const start = new Date(all.start + "T00:00:00Z");
    const narrow = frame.right - frame.left < 230;
    const every = (52 * (frame.right - frame.left)) / all.weeks < 24 ? 2 : 1; // years closer than this would collide
    for (let year = start.getUTCFullYear(); ; year += every) {
      const week = Math.max(0, (Date.UTC(year, 0, 1) - start) / 604800000);
      if (week > all.weeks - 30) break;
      context.fillStyle = palette.muted;
      context.fillText(narrow ? "’" + String(year).slice(2) : String(year), x(week), frame.bottom + 15);
      context.fillStyle = palette.grid;
      context.fillRect(x(week), frame.bottom, 1, 4);
    }
    context.setLineDash([2, 3]);
    context.strokeStyle = palette.faint;
    upright(context, x(all.end_of_data), frame);
    context.setLineDash([]);
    context.strokeStyle = palette.blue;
    for (const week of model.get("branches")) upright(context, x(week), frame);
  }

  function upright(context, at, frame) {
    context.beginPath();
    context.moveTo(Math.round(at) + 0.5, frame.top);
    context.lineTo(Math.round(at) + 0.5, frame.bottom);
    context.stroke();
  }

  function drawCurves(context, spec, { data, weeks }, x, y, grey) {
    if (!data) return;
    context.lineJoin = "round";
    const until = Math.min(model.get("week"), weeks);
    spec.curves.forEach((curve, i) => {
      const first = (spec.first + i) * weeks;
      context.strokeStyle = grey ? palette.reference : palette[curve.colour];
      context.lineWidth = grey ? Math.max(curve.width, 1.6) : curve.width;
      context.setLineDash(DASHES[curve.dash]);
      for (const [from, to, alpha] of [[0, until, 1], [until - 1, weeks, 0.28]]) { // what comes after the week shown is faint
        if (to - from < 2) continue;
        context.globalAlpha = alpha;
        context.beginPath();
        let down = false;
        for (let week = from; week < to; week++) {
          const value = data[first + week];
          const known = spec.scale === "log" ? value > 0 : value === value;
          if (!known) { down = false; continue; }
          if (down) context.lineTo(x(week), y(value));
          else context.moveTo(x(week), y(value));
          down = true;
        }
        context.stroke();
      }
    });
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  function drawPoints(context, spec, x, y, frame) {
    const within = (value) => Math.min(Math.max(y(value), frame.top - 2), frame.bottom);
    for (const curve of spec.curves) {
      const colour = palette[curve.colour];
      for (const point of curve.points) {
        const px = x(point.x), py = y(point.value);
        context.strokeStyle = context.fillStyle = colour;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(px, within(point.low));
        context.lineTo(px, within(point.high));
        if (point.span) { context.moveTo(x(point.span[0]), py); context.lineTo(x(point.span[1]), py); }
        context.stroke();
        mark(context, px, py, point.fitted, colour);
      }
    }
  }

  // Figures public by the last origin are filled circles, later ones open squares.
  function mark(context, px, py, fitted, colour) {
    context.beginPath();
    if (fitted) context.arc(px, py, 3.4, 0, 7);
    else context.rect(px - 3.2, py - 3.2, 6.4, 6.4);
    context.lineWidth = 1.6;
    context.fillStyle = fitted ? colour : palette.surface;
    context.strokeStyle = fitted ? palette.surface : colour;
    context.fill();
    context.stroke();
  }

  function drawLabels(context, panel, block, frame, y, at, x) {
    const { spec, width } = panel;
    if (pointer !== null || model.get("week") < block.weeks) {
      context.strokeStyle = palette.muted;
      context.lineWidth = 1;
      upright(context, x(at), frame);
    }
    if (pointer !== null) {
      context.textAlign = x(at) > (frame.left + frame.right) / 2 ? "right" : "left";
      haloed(context, inWords(dayOf(model.get("spec").start, at)), x(at) + (context.textAlign === "left" ? 5 : -5), frame.top + 6, palette.ink);
      context.textAlign = "left";
    }
    const labels = spec.curves.map((curve, i) => {
      const value = block.data[(spec.first + i) * block.weeks + at];
      return { curve, value, at: y(value) };
    }).filter(({ value }) => (spec.scale === "log" ? value > 0 : value === value));
    labels.sort((a, b) => a.at - b.at);
    const gap = Math.min(13, (frame.bottom - frame.top) / Math.max(labels.length - 1, 1));
    labels.forEach((label, i) => { label.at = Math.max(Math.min(label.at, frame.bottom), i ? labels[i - 1].at + gap : frame.top + 3); });
    for (let i = labels.length - 1, floor = frame.bottom; i >= 0; i--, floor -= gap) labels[i].at = Math.min(labels[i].at, floor);
    context.textBaseline = "middle";
    for (const { curve, value, at: py } of labels) {
      const colour = readable(palette[curve.colour], palette);
      if (pointer === null) {
        haloed(context, curve.label, frame.right + BESIDE, py, colour);
        continue;
      }
      const text = `${curve.label}: ${inUnit(value, spec.unit)}`; // on a ground of its own, which hides the curves below it
      const wide = context.measureText(text).width, left = Math.min(frame.right + BESIDE, width - wide - 3);
      context.fillStyle = palette.surface;
      context.fillRect(left - 4, py - 7, wide + 8, 14);
      context.fillStyle = colour;
      context.fillText(text, left, py);
    }
    context.textBaseline = "alphabetic";
  }

  function haloed(context, text, left, at, colour) {
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = palette.surface;
    context.strokeText(text, left, at);
    context.fillStyle = colour;
    context.fillText(text, left, at);
  }

  function describe(canvas, spec, block, at) {
    if (!block.weeks) {
      canvas.setAttribute("aria-label", `${spec.title}, ${spec.unit}: nothing simulated yet`);
      return;
    }
    const values = spec.curves.map((curve, i) =>
      curve.label + " " + inUnit(block.data[(spec.first + i) * block.weeks + at], spec.unit));
    canvas.setAttribute("aria-label", `${spec.title}, ${spec.unit}: ${values.join(", ")}`);
  }

  const schedule = drawFrames(model, "charts", draw);
  const sized = new ResizeObserver(() => { measure(); schedule(); });
  sized.observe(root);
  const untheme = onTheme(() => { palette = colours(root); schedule(); });
  model.on("change:spec", () => { ready = false; schedule(); });
  model.on("change:branches", schedule);
  return () => { sized.disconnect(); untheme(); };
}

export default { render };
