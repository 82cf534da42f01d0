// The supply network: four columns of bars, links as wide as what flows between them, coloured by scarcity. SVG, so
// that every bar can be reached and read.

// One unit of the drawing is one pixel of the page: type keeps its size in a window of any width.
const VIEW = { width: 800, height: 560, top: 34, bottom: 10, bar: 12 };
const LEFT = 214, RIGHT = 168, LEAST_WIDTH = 820; // room for the names of suppliers and customers
const GAP = 14, LEAST = 3;
const COLUMN_TITLES = ["Suppliers, investors", "Hyperscalers", "Labs, tenants", "Customers"];
const COLUMN_X = [214, 354, 494, 632];

function render({ model, el }) {
  const root = make("div", { class: "jv-flow" }, el);
  const bar = make("div", { class: "jv-row" }, root);
  const group = make("div", { class: "jv-group", role: "group", "aria-label": "Width of the links" }, bar);
  const caption = make("span", { class: "jv-caption" }, bar);
  const ramp = make("span", { class: "jv-caption jv-ramp" }, bar);
  const body = make("div", { class: "jv-flow-body" }, root);
  const drawing = make("div", {}, body);
  const hint = make("p", { class: "jv-caption" }, drawing, "Scroll sideways for customers →");
  const scroll = make("div", { class: "jv-scroll", tabindex: "0", role: "region", "aria-label": "Drawing of the flows" },
    drawing);
  const svg = makeSvg("svg", { viewBox: `0 0 ${VIEW.width} ${VIEW.height}`, role: "group",
    "aria-label": "Supply network" }, scroll);
  const facts = make("div", { class: "jv-facts", "aria-live": "polite" }, body);
  let unit = "quantity", selected = "lab.openai", palette = colours(root);
  const buttons = {};
  for (const [key, title] of [["quantity", "GW, GPU-hours and tokens"], ["dollars", "Dollars"]]) {
    buttons[key] = make("button", { type: "button", class: "v-btn v-btn--text v-size--small jv-choice" }, group, title);
    buttons[key].addEventListener("click", () => { unit = key; draw(); });
  }

  function measure() {
    VIEW.width = Math.max(Math.round(scroll.clientWidth), LEAST_WIDTH);
    const span = VIEW.width - LEFT - RIGHT;
    for (const i of COLUMN_X.keys()) COLUMN_X[i] = LEFT + (span * i) / (COLUMN_X.length - 1);
    svg.setAttribute("viewBox", `0 0 ${VIEW.width} ${VIEW.height}`);
    svg.style.width = VIEW.width + "px";
    hint.hidden = VIEW.width <= scroll.clientWidth;
  }

  function draw() {
    palette = colours(root);
    measure();
    const state = model.get("state");
    for (const [key, button] of Object.entries(buttons)) {
      button.setAttribute("aria-pressed", String(key === unit));
      button.classList.toggle("jv-chosen", key === unit);
    }
    caption.textContent = unit === "quantity"
      ? "Left: GW of chips, shells and power, and weeks to wait. Middle: GPU-hours. Right: tokens. Click a bar."
      : "What was paid this week: customers pay labs, labs pay for compute, hyperscalers pay suppliers.";
    drawRamp();
    const held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.node : null;
    svg.replaceChildren();
    if (!state.nodes || !state.nodes.length) {
      makeSvg("text", { x: VIEW.width / 2, y: VIEW.height / 2, "text-anchor": "middle", class: "jv-sub" }, svg,
        "Nothing has flowed yet: step a week, or press play.");
      facts.replaceChildren();
      return;
    }
    const bars = arrange(state);
    drawLinks(state, bars);
    drawBars(bars);
    COLUMN_TITLES.forEach((title, i) => makeSvg("text", { x: COLUMN_X[i] + VIEW.bar / 2, y: 16,
      "text-anchor": "middle", class: "jv-column" }, svg, title));
    drawFacts(state);
    if (held) svg.querySelector(`[data-node="${held}"]`)?.focus();
  }

  function drawRamp() {
    ramp.replaceChildren();
    make("span", {}, ramp, "all served ");
    for (let i = 0; i <= 8; i++) {
      const cell = make("i", {}, ramp);
      cell.style.cssText = `display:inline-block;width:14px;height:9px;background:${scarce(i / 12)}`;
    }
    make("span", {}, ramp, " over half unmet");
  }

  // Blue where all is served, through grey-yellow to vermillion where more than half is not.
  function scarce(share) {
    const stops = [[0, palette.blue], [0.18, palette.sky], [0.36, palette.orange], [0.6, palette.vermillion]];
    const at = Math.min(Math.max(share, 0), 0.6);
    const i = Math.max(1, stops.findIndex(([stop]) => at <= stop));
    const [a, from] = stops[i - 1], [b, to] = stops[i];
    const t = (at - a) / (b - a), x = channels(from), y = channels(to);
    return `rgb(${x.map((c, k) => Math.round(255 * (c + (y[k] - c) * t))).join(",")})`;
  }

  // Bars of a column share its height by what flows through them; each side of a bar has a stack of links of its own.
  function arrange(state) {
    const bars = new Map(state.nodes.map((node) => [node.id, { node, left: 0, right: 0, in: [], out: [] }]));
    for (const link of state.links) {
      if (!(link[unit] > 0)) continue;
      bars.get(link.source).out.push(link);
      bars.get(link.target).in.push(link);
      bars.get(link.source).right += link[unit];
      bars.get(link.target).left += link[unit];
    }
    const room = VIEW.height - VIEW.top - VIEW.bottom;
    const columns = COLUMN_X.map((_, column) =>
      [...bars.values()].filter((b) => b.node.column === column && b.left + b.right > 0));
    const sum = (column, side) => columns[column].reduce((total, b) => total + b[side], 0);
    // Each gap between columns has a unit (GW, GPU-hours, tokens) and so a scale of its own; dollars share one.
    let scales = COLUMN_X.slice(1).map((_, gap) => (gap ? 1 : 0.7) * room / Math.max(sum(gap, "right"), 1e-9));
    if (unit === "dollars") scales = scales.map(() => Math.min(...scales));
    for (const b of bars.values()) {
      b.inScale = scales[Math.max(b.node.column - 1, 0)];
      b.outScale = scales[Math.min(b.node.column, scales.length - 1)];
      b.size = Math.max(b.left * b.inScale, b.right * b.outScale);
    }
    // A bar is as tall as its larger side: the tallest column decides how much of both scales there is room for.
    const share = Math.min(1, ...columns.map((shown) => (room - GAP * (shown.length - 1) - LEAST * shown.length)
      / Math.max(shown.reduce((total, b) => total + b.size, 0), 1e-9)));
    for (const [column, shown] of columns.entries()) {
      for (const b of shown) {
        b.inScale *= share;
        b.outScale *= share;
        b.size = Math.max(b.size * share, LEAST);
      }
      const free = room - shown.reduce((total, b) => total + b.size, 0);
      const space = Math.min(free / Math.max(shown.length - 1, 1), 40);
      let y = VIEW.top + (free - space * (shown.length - 1)) / 2;
      for (const b of shown) {
        b.x = COLUMN_X[column];
        b.y = y;
        y += b.size + space;
      }
    }
    return bars;
  }

  function drawLinks(state, bars) {
    for (const b of bars.values()) {
      b.in.sort((p, q) => bars.get(p.source).y - bars.get(q.source).y);
      b.out.sort((p, q) => bars.get(p.target).y - bars.get(q.target).y);
      b.inAt = b.y + (b.size - b.left * (b.inScale || 0)) / 2;
      b.outAt = b.y + (b.size - b.right * (b.outScale || 0)) / 2;
    }
    const order = [...bars.values()].sort((p, q) => p.y - q.y);
    for (const b of order) for (const link of b.out) link.from = { at: b.outAt, size: link[unit] * b.outScale, b },
      b.outAt += link[unit] * b.outScale;
    for (const b of order) for (const link of b.in) {
      link.to = { at: b.inAt, b };
      b.inAt += link[unit] * b.inScale;
    }
    const links = state.links.filter((link) => link[unit] > 0);
    const lit = (link) => link.source === selected || link.target === selected;
    links.sort((p, q) => Number(lit(p)) - Number(lit(q)));
    for (const link of links) {
      const width = Math.max(link.from.size, 0.8);
      const x0 = link.from.b.x + VIEW.bar, x1 = link.to.b.x, mid = (x0 + x1) / 2;
      const y0 = link.from.at + width / 2, y1 = link.to.at + width / 2;
      const path = makeSvg("path", { d: `M${x0} ${y0}C${mid} ${y0} ${mid} ${y1} ${x1} ${y1}`, fill: "none",
        stroke: link.kind === "funding" || link.target === "tenants" ? palette.off : scarce(link.scarcity),
        "stroke-width": width, "stroke-opacity": lit(link) ? 0.85 : 0.5 }, svg);
      makeSvg("title", {}, path, `${link.from.b.node.title} to ${link.to.b.node.title}: ${link.text}`);
    }
  }

  function drawBars(bars) {
    const facts = model.get("state").facts;
    for (const b of bars.values()) {
      if (b.y === undefined) continue;
      const { node } = b, known = Boolean(facts[node.id]);
      const group = makeSvg("g", { class: "jv-node" + (node.id === selected ? " jv-selected" : ""), "data-node": node.id,
        tabindex: known ? "0" : "-1", role: "button", "aria-label": `${node.title}, show its facts` }, svg);
      makeSvg("rect", { class: "jv-bar", x: b.x, y: b.y, width: VIEW.bar, height: b.size, rx: 2 }, group);
      const y = b.y + b.size / 2 + 4, sub = known ? facts[node.id].badge : "";
      const place = node.column === 0 ? { x: b.x - 8, "text-anchor": "end" } : { x: b.x + VIEW.bar + 8 };
      const halo = { "paint-order": "stroke", stroke: palette.surface, "stroke-width": 4, "stroke-linejoin": "round" };
      makeSvg("text", { ...place, ...halo, y: sub && b.size > 24 ? y - 6 : y }, group, node.title);
      if (sub && b.size > 24) makeSvg("text", { ...place, ...halo, y: y + 8, class: "jv-sub" }, group, sub);
      if (!known) continue;
      const choose = () => { selected = node.id; draw(); };
      group.addEventListener("click", choose);
      group.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      });
    }
  }

  function drawFacts(state) {
    facts.replaceChildren();
    const about = state.facts[selected];
    if (!about) return;
    make("h3", {}, facts, about.title);
    about.tables.forEach((table, place) => {
      if (place === 1 && about.note) make("p", { class: "jv-caption" }, facts, about.note);
      if (table.title) make("h4", {}, facts, table.title);
      const box = make("table", {}, facts);
      for (const cells of table.rows) {
        const row = make("tr", {}, box);
        cells.forEach((cell, i) => make("td", { class: i ? "jv-num" : "" }, row, cell));
      }
    });
  }

  const schedule = drawFrames(model, "flow", draw);
  let width = 0;
  const sized = new ResizeObserver(() => {
    if (scroll.clientWidth !== width) schedule();
    width = scroll.clientWidth;
  });
  sized.observe(scroll);
  const untheme = onTheme(schedule);
  return () => { sized.disconnect(); untheme(); };
}

export default { render };
