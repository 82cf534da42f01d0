// The large chart of the first screen: a run against the baseline, with the disclosed figures and the interval.

const PAD = { left: 58, top: 26, bottom: 26 };
const LABEL_GAP = 15;

function render({ model, el }) {
  const root = make("div", { class: "jv-story-chart" }, el);
  const answer = make("p", { class: "jv-answer" }, root);
  const canvas = make("canvas", { role: "img", tabindex: "0", "aria-label": "Chart" }, root);
  let palette = colours(root), pointer = null, width = 0, height = 0, framed = null;

  const spec = () => model.get("spec");
  const count = () => (spec().lines || []).length;
  // Beside the baseline a run is shown from a year before the two part: before that they are the same.
  const from = () => Math.max(0, ...model.get("branches").map((branch) => Math.round(branch.week) - 52));
  const valueOf = (block, line, week) => (block.data && week < block.weeks ? block.data[line * block.weeks + week] : NaN);

  function draw() {
    if (!palette.ink) palette = colours(root);
    if (answer.dataset.said !== model.get("answer")) answer.textContent = answer.dataset.said = model.get("answer");
    if (!width) measure();
    if (width < 80 || !count()) return;
    const run = rowsOf(model.get("values"), count()), other = rowsOf(model.get("baseline"), count());
    const context = fit(canvas, width, height);
    context.clearRect(0, 0, width, height);
    context.font = "12px system-ui, sans-serif";
    const small = width < 560;
    const frame = { left: small ? 54 : PAD.left, right: width - margin(context, other, small), top: PAD.top, bottom: height - PAD.bottom };
    framed = frame;
    const range = rangeOf(run, other);
    const at = { x: (week) => frame.left + ((frame.right - frame.left) * (week - from())) / (spec().weeks - 1 - from()), y: scaleOf(range, frame) };
    drawAxes(context, frame, at, range, small);
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.right - frame.left + 1, frame.bottom - frame.top);
    context.clip();
    drawBand(context, at, run, other);
    drawPath(context, at, other, true);
    drawPath(context, at, run, false);
    context.restore();
    drawPoints(context, at, frame, small);
    const last = Math.max(run.weeks, other.weeks) - 1;
    const shown = Math.min(pointer === null ? model.get("week") - 1 : pointer, last);
    if (shown >= from() && (pointer !== null || model.get("week") < spec().weeks)) drawCursor(context, at, frame, shown);
    drawLabels(context, at, frame, run, other, shown, small);
    describe(run, other, shown);
    if (run.weeks === spec().weeks && !window.jevonsStory) {
      window.jevonsStory = performance.now();
      performance.mark("jevons-story");
    }
  }

  // Room at the right for the longest name of a curve.
  function margin(context, other, small) {
    if (small) return 92;
    const names = other.data ? spec().lines.flatMap((_, i) => [false, true].map((grey) => nameOf(i, grey))) : [];
    return Math.min(Math.max(124, ...names.map((name) => context.measureText(name).width + 20)), width / 3);
  }

  const nameOf = (i, grey) => model.get("names")[grey ? 1 : 0] + (count() > 1 ? ", " + spec().lines[i].label : "");

  function rangeOf(run, other) {
    if (spec().scale === "share") return [0, 1];
    let low = Infinity, high = 0;
    const take = (value) => { if (value > 0) { low = Math.min(low, value); high = Math.max(high, value); } };
    for (const block of [run, other])
      for (let i = 0; block.data && i < count(); i++)
        for (let week = from(); week < block.weeks; week++) take(block.data[i * block.weeks + week]);
    for (const line of spec().lines)
      for (const point of line.points) if (point.x >= from()) { take(point.low); take(point.high); }
    if (!high) return [1, 10];
    const band = spec().band; // a wide interval must not squeeze the curves
    if (band) {
      high = Math.max(high, Math.min(Math.max(...band.high), high * 2));
      low = Math.min(low, Math.max(Math.min(...band.low.filter((value) => value > 0)), low / 2));
    }
    return [low / 1.15, high * 1.15];
  }

  function scaleOf([low, high], frame) {
    const span = frame.bottom - frame.top;
    if (spec().scale === "share") return (value) => frame.bottom - span * value;
    const from = Math.log10(low), to = Math.log10(high);
    return (value) => frame.bottom - (span * (Math.log10(Math.max(value, 1e-30)) - from)) / (to - from);
  }

  function ticksOf([low, high]) {
    if (spec().scale === "share") return [0, 0.25, 0.5, 0.75, 1];
    const steps = Math.log10(high / low) > 2.5 ? [1] : Math.log10(high / low) > 1.2 ? [1, 3] : [1, 2, 5];
    const ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++)
      for (const step of steps) { const tick = step * 10 ** e; if (tick >= low && tick <= high) ticks.push(tick); }
    return ticks;
  }

  function drawAxes(context, frame, at, range, small) {
    const { start, weeks, end_of_data: end, unit } = spec();
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticksOf(range)) {
      const y = Math.round(at.y(tick)) + 0.5;
      context.strokeStyle = palette.grid;
      line(context, frame.left, y, frame.right, y);
      context.fillStyle = palette.muted;
      context.fillText(unit === "share" ? 100 * tick + "%" : short(tick, 2), frame.left - 8, y);
    }
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillStyle = palette.muted;
    context.fillText(unit === "share" ? "share of demand" : unit, 4, 13);
    const first = new Date(start + "T00:00:00Z");
    for (let year = first.getUTCFullYear(); ; year++) {
      const turn = (Date.UTC(year, 0, 1) - first) / 604800000, week = Math.max(turn, from());
      if (turn > weeks - 20) break;
      if (week - turn > 2) continue; // a year that begins just before the first week drawn has its label there
      context.fillStyle = palette.muted;
      context.fillText(small ? "’" + String(year).slice(2) : String(year), at.x(week), frame.bottom + 18);
      context.fillStyle = palette.grid;
      context.fillRect(Math.round(at.x(week)), frame.bottom, 1, 5);
    }
    context.setLineDash([3, 4]);
    context.strokeStyle = palette.muted;
    const x = Math.round(at.x(end)) + 0.5;
    line(context, x, frame.top - 8, x, frame.bottom);
    context.setLineDash([]);
    if (!small) haloed(context, "end of data, June 2026", x + 5, frame.top - 10, palette.muted);
    for (const branch of model.get("branches")) {
      const x = Math.round(at.x(branch.week)) + 0.5;
      context.strokeStyle = palette.blue;
      context.lineWidth = 1.5;
      line(context, x, frame.top - 8, x, frame.bottom);
      if (small) continue;
      haloed(context, branch.words, x + 6, frame.bottom - 8, readable(palette.blue, palette));
    }
  }

  function line(context, x0, y0, x1, y1) {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  }

  function drawBand(context, at, run, other) {
    const band = spec().band;
    if (!band) return;
    const place = (day) => at.x(day / 7);
    context.beginPath();
    band.days.forEach((day, i) => context.lineTo(place(day), at.y(band.high[i])));
    for (let i = band.days.length - 1; i >= 0; i--) context.lineTo(place(band.days[i]), at.y(band.low[i]));
    context.closePath();
    context.fillStyle = other.data ? palette.reference : palette.blue;
    context.globalAlpha = other.data ? 0.16 : 0.12;
    context.fill();
    context.globalAlpha = 1;
  }

  // The part after the week shown is faint. The baseline beside a run is grey.
  function drawPath(context, at, block, grey) {
    if (!block.data) return;
    const until = Math.min(model.get("week"), block.weeks);
    for (const [first, to, alpha] of [[from(), until, 1], [Math.max(until - 1, from()), block.weeks, 0.28]]) {
      if (to - first < 2) continue;
      if (spec().gap && count() > 1) {
        context.beginPath();
        for (let week = first; week < to; week++) context.lineTo(at.x(week), at.y(valueOf(block, 1, week)));
        for (let week = to - 1; week >= first; week--) context.lineTo(at.x(week), at.y(valueOf(block, 0, week)));
        context.closePath();
        context.globalAlpha = alpha * (grey ? 0.22 : 0.2);
        context.fillStyle = grey ? palette.reference : palette.vermillion;
        context.fill();
      }
      for (let i = count() - 1; i >= 0; i--) {
        context.globalAlpha = alpha;
        context.strokeStyle = grey ? palette.reference : lineColour(i);
        context.lineWidth = i ? 1.8 : 2.8;
        context.lineJoin = "round";
        context.setLineDash(i && !spec().gap ? [5, 4] : []);
        context.beginPath();
        let down = false;
        for (let week = first; week < to; week++) {
          const value = block.data[i * block.weeks + week];
          if (!(spec().scale === "share" ? value === value : value > 0)) { down = false; continue; }
          if (down) context.lineTo(at.x(week), at.y(value));
          else context.moveTo(at.x(week), at.y(value));
          down = true;
        }
        context.stroke();
      }
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  const lineColour = (i) => (i === 0 ? palette.blue : spec().gap ? palette.vermillion : palette.green);

  function drawPoints(context, at, frame, small) {
    const named = new Set();
    for (const shape of spec().lines) {
      for (const point of shape.points) {
        if (point.x < from()) continue;
        const x = at.x(point.x), y = at.y(point.value);
        const within = (value) => Math.min(Math.max(at.y(value), frame.top), frame.bottom);
        context.strokeStyle = palette.ink;
        context.lineWidth = 1;
        line(context, x, within(point.low), x, within(point.high));
        if (point.span) line(context, at.x(point.span[0]), y, at.x(point.span[1]), y);
        context.beginPath();
        if (point.fitted) context.arc(x, y, 4, 0, 7);
        else context.rect(x - 3.6, y - 3.6, 7.2, 7.2);
        context.fillStyle = point.fitted ? palette.ink : palette.surface;
        context.fill();
        context.lineWidth = 1.6;
        context.stroke();
      }
      for (const point of [...shape.points].reverse()) {
        if (small || !point.whose || named.has(point.whose) || point.x < from()) continue;
        named.add(point.whose);
        context.textBaseline = "middle";
        haloed(context, point.whose, at.x(point.x) + 9, at.y(point.value) + 3, palette.ink);
        context.textBaseline = "alphabetic";
      }
    }
  }

  function drawCursor(context, at, frame, week) {
    const x = Math.round(at.x(week)) + 0.5;
    context.strokeStyle = palette.ink;
    context.lineWidth = 1;
    line(context, x, frame.top, x, frame.bottom);
    context.textAlign = x > (frame.left + frame.right) / 2 ? "right" : "left";
    haloed(context, inWords(dayOf(spec().start, week)), x + (context.textAlign === "left" ? 6 : -6), frame.bottom - 26, palette.ink);
    context.textAlign = "left";
  }

  // Names and values stand in a column at the right, clear of the curves, in the order of the curves.
  function drawLabels(context, at, frame, run, other, week, small) {
    const compared = Boolean(other.data), labels = [];
    const add = (block, grey) => spec().lines.forEach((shape, i) => {
      if (small && grey && i) return;
      const value = valueOf(block, i, Math.min(week, block.weeks - 1));
      if (!(value === value) || (spec().scale !== "share" && value <= 0)) return;
      const name = small && compared ? (grey ? "baseline" : shape.label) : compared ? nameOf(i, grey) : shape.label;
      labels.push({ name, value, y: at.y(value), colour: grey ? palette.muted : readable(lineColour(i), palette) });
    });
    if (other.data) add(other, true);
    if (run.data) add(run, false);
    labels.sort((a, b) => a.y - b.y);
    const tall = 2 * LABEL_GAP + 3;
    labels.forEach((label, i) => { label.place = Math.max(label.y - 4, i ? labels[i - 1].place + tall : frame.top + 6); });
    for (let i = labels.length - 1, floor = frame.bottom - LABEL_GAP; i >= 0; i--, floor -= tall)
      labels[i].place = Math.min(labels[i].place, floor);
    for (const label of labels) {
      context.strokeStyle = palette.faint;
      context.lineWidth = 1;
      line(context, frame.right + 2, label.y, frame.right + 12, label.place - 1);
      context.font = "700 15px system-ui, sans-serif";
      context.fillStyle = label.colour;
      context.fillText(inUnit(label.value, spec().unit), frame.right + 16, label.place + 3);
      context.font = "12px system-ui, sans-serif";
      const room = width - frame.right - 18;
      context.fillText(cut(context, label.name, room), frame.right + 16, label.place + 3 + LABEL_GAP);
    }
    if (spec().gap && count() > 1 && run.data && !small) {
      const middle = Math.min(run.weeks - 1, Math.round(spec().weeks * 0.9)), upperY = at.y(valueOf(run, 1, middle)), lowerY = at.y(valueOf(run, 0, middle));
      if (lowerY - upperY > 15) {
        context.textAlign = "right";
        context.textBaseline = "middle";
        haloed(context, spec().gap, at.x(middle), (upperY + lowerY) / 2, readable(palette.vermillion, palette));
        context.textAlign = "left";
        context.textBaseline = "alphabetic";
      }
    }
  }

  function cut(context, text, room) {
    if (context.measureText(text).width <= room) return text;
    let kept = text;
    while (kept.length > 3 && context.measureText(kept + "…").width > room) kept = kept.slice(0, -1);
    return kept.trimEnd() + "…";
  }

  function haloed(context, text, left, top, colour) {
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = palette.surface;
    context.strokeText(text, left, top);
    context.fillStyle = colour;
    context.fillText(text, left, top);
  }

  function describe(run, other, week) {
    const told = (block, name) => spec().lines.map((shape, i) =>
      `${name ? name + ", " : ""}${shape.label} ${inUnit(valueOf(block, i, Math.min(week, block.weeks - 1)), spec().unit)}`).join("; ");
    const when = week >= 0 ? inWords(dayOf(spec().start, week)) : "";
    const parts = [run.data ? told(run, other.data ? model.get("names")[0] : "") : "", other.data ? told(other, model.get("names")[1]) : ""];
    canvas.setAttribute("aria-label", `${spec().label}, ${spec().unit}, on ${when}: ${parts.filter(Boolean).join("; ")}`);
  }

  function pointed(event) {
    if (!framed) return;
    const { left, right } = framed;
    const share = (event.offsetX - left) / (right - left);
    pointer = Math.round(from() + Math.min(Math.max(share, 0), 1) * (spec().weeks - 1 - from()));
    schedule();
  }
  canvas.addEventListener("pointermove", pointed);
  canvas.addEventListener("pointerleave", () => { pointer = null; schedule(); });
  canvas.addEventListener("blur", () => { pointer = null; schedule(); });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -13, PageDown: 13 }[event.key];
    if (!move) return;
    pointer = Math.min(Math.max((pointer ?? model.get("week") - 1) + move, from()), spec().weeks - 1);
    event.preventDefault();
    schedule();
  });

  function measure() {
    width = canvas.clientWidth;
    height = canvas.clientHeight;
  }
  const schedule = drawFrames(model, "story", draw);
  const sized = new ResizeObserver(() => { measure(); schedule(); });
  sized.observe(canvas);
  const untheme = onTheme(() => { palette = colours(root); schedule(); });
  return () => { sized.disconnect(); untheme(); };
}

export default { render };
