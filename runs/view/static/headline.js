// The strip at the top: date, time line, figures, one sentence. Text only, so that a screen reader has it all.

function render({ model, el }) {
  const root = make("div", { class: "jv-headline" }, el);
  const when = make("div", { class: "jv-when" }, root);
  const date = make("div", { class: "jv-date", "data-testid": "date" }, when);
  const line = make("div", { class: "jv-timeline", role: "progressbar", "aria-label": "Weeks simulated" }, when);
  const done = make("div", { class: "jv-done" }, line);
  const data = make("div", { class: "jv-data", title: "End of the disclosed figures" }, line);
  const years = make("div", { class: "jv-years" }, when);
  const tiles = make("div", { class: "jv-tiles" }, root);
  const sentence = make("p", { class: "jv-sentence", "aria-live": "off" }, el);
  let built = "";

  function draw() {
    const state = model.get("state");
    const known = state.tiles && state.tiles.length;
    date.textContent = known ? state.date : "Building the market …";
    el.classList.toggle("jv-waiting", !known);
    if (!known) return;
    const share = state.week / state.weeks;
    done.style.width = 100 * share + "%";
    data.style.left = (100 * state.end_of_data) / state.weeks + "%";
    line.setAttribute("aria-valuenow", state.week);
    line.setAttribute("aria-valuemax", state.weeks);
    line.setAttribute("aria-valuetext", state.date);
    drawYears(state);
    const shape = state.tiles.map((tile) => tile.label).join() + state.compared;
    if (shape !== built) build(state);
    built = shape;
    state.tiles.forEach((tile, i) => {
      const parts = tiles.children[i].querySelectorAll("span");
      parts[0].textContent = tile.label;
      parts[1].textContent = tile.value + (tile.unit ? " " : "");
      parts[2].textContent = tile.unit;
      parts[3].textContent = state.compared && tile.was ? "grey path: " + tile.was : tile.change;
      parts[3].classList.toggle("jv-was", Boolean(state.compared && tile.was));
    });
    sentence.textContent = state.sentence;
  }

  function build(state) {
    tiles.replaceChildren();
    for (const tile of state.tiles) {
      const box = make("div", { class: "jv-tile", "data-testid": "tile", title: tile.gloss }, tiles);
      make("span", { class: "jv-label" }, box);
      const value = make("div", { class: "jv-value" }, box);
      make("span", {}, value);
      make("span", { class: "jv-unit" }, value);
      make("span", { class: "jv-change" }, box);
    }
  }

  function drawYears(state) {
    if (years.dataset.of === state.start + state.weeks) return;
    years.dataset.of = state.start + state.weeks;
    years.replaceChildren();
    const start = new Date(state.start + "T00:00:00Z");
    for (let year = start.getUTCFullYear(); year < 2100; year++) {
      const week = (Date.UTC(year, 0, 1) - start) / 604800000;
      if (week > state.weeks - 20) break;
      const label = make("span", {}, years, String(year));
      label.style.left = Math.max(0, (100 * week) / state.weeks) + "%";
    }
  }

  // The address follows the view, so that a link to it can be copied at any time. Another market (scenario, scale, seed
  // or levers) is an entry of its own in the browser's history, so that Back undoes what was chosen.
  let shown = null;
  const left = new Set(); // markets that Back has left: what they still send is late

  function marketOf(query) {
    const pairs = new URLSearchParams(query);
    pairs.delete("at");
    pairs.delete("tab");
    return pairs.toString();
  }

  function follow() {
    const address = model.get("address"), market = marketOf(address);
    if (!address || left.has(market)) return;
    left.clear();
    const another = shown !== null && shown !== market;
    shown = market;
    // After Back or Forward the address is already right; writing it again would block the next one.
    if (address === location.search) return;
    if (another) history.pushState(null, "", location.pathname + address);
    else history.replaceState(history.state, "", location.pathname + address);
  }

  function returned() {
    const market = marketOf(location.search), another = shown !== market;
    if (another) left.add(shown);
    left.delete(market);
    shown = market;
    model.set("returned", [location.search, another, (model.get("returned")[2] || 0) + 1]);
    model.save_changes();
  }

  model.on("change:address", follow);
  window.addEventListener("popstate", returned);
  follow();
  drawFrames(model, "headline", draw);
  return () => window.removeEventListener("popstate", returned);
}

export default { render };
