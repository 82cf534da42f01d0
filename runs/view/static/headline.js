// The time bar: the date in words, a scrubber over the whole run, and the browser's address, which follows the view.
// It also notices a server that no longer answers.

const SILENCE = 3000; // milliseconds without an answer after which the page says so
const PING = 1000;
const PATIENCE = 1000; // so long the scrubber stays where it was put before it follows the server again

function render({ model, el }) {
  const root = make("div", { class: "jv-time" }, el);
  const date = make("output", { class: "jv-date", "data-testid": "date" }, root);
  const track = make("div", { class: "jv-track" }, root);
  const line = make("input", { class: "jv-timeline", type: "range", min: 1, max: 1, step: 1, value: 1, "aria-label": "Date shown" }, track);
  const years = make("div", { class: "jv-years", "aria-hidden": "true" }, track);
  const data = make("div", { class: "jv-data" }, years);
  let held = false, asked = null, askedAt = 0, sending = false;

  function draw() {
    const state = model.get("state");
    root.classList.toggle("jv-waiting", !state.reached);
    date.textContent = state.reached ? state.date : "Building the market …";
    line.disabled = !state.reached;
    if (!state.reached) return;
    line.max = state.weeks;
    line.style.setProperty("--jv-reached", (100 * state.reached) / state.weeks + "%");
    line.setAttribute("aria-valuenow", state.week);
    line.setAttribute("aria-valuemax", state.weeks);
    line.setAttribute("aria-valuetext", state.date);
    if (asked === state.week || performance.now() - askedAt > PATIENCE) asked = null;
    if (!held && asked === null) line.value = state.week;
    line.style.setProperty("--jv-shown", (100 * (line.value - 1)) / Math.max(state.weeks - 1, 1) + "%");
    data.style.left = (100 * state.end_of_data) / state.weeks + "%";
    data.title = state.end_of_data_words;
    drawYears(state);
  }

  // Weeks that are not simulated yet cannot be shown.
  function scrub() {
    const state = model.get("state");
    const week = Math.min(Number(line.value), state.reached);
    line.value = week;
    asked = week;
    askedAt = performance.now();
    date.textContent = inWords(dayOf(state.start, week - 1));
    line.style.setProperty("--jv-shown", (100 * (week - 1)) / Math.max(state.weeks - 1, 1) + "%");
    if (sending) return;
    sending = true; // one message a frame, however fast the pointer moves
    requestAnimationFrame(() => {
      sending = false;
      model.set("asked", [asked ?? week, (model.get("asked")[1] || 0) + 1]);
      model.save_changes();
    });
  }
  line.addEventListener("pointerdown", () => { held = true; });
  for (const end of ["pointerup", "pointercancel", "blur"]) line.addEventListener(end, () => { held = false; });
  line.addEventListener("input", scrub);

  function drawYears(state) {
    if (years.dataset.of === state.start + state.weeks) return;
    years.dataset.of = state.start + state.weeks;
    for (const label of years.querySelectorAll("span")) label.remove();
    const start = new Date(state.start + "T00:00:00Z");
    for (let year = start.getUTCFullYear(); year < 2100; year++) {
      const week = (Date.UTC(year, 0, 1) - start) / 604800000;
      if (week > state.weeks - 20) break;
      const label = make("span", {}, years, String(year));
      label.style.left = Math.max(0, (100 * week) / state.weeks) + "%";
    }
  }

  // Another market (scenario, scale, seed or levers) is an entry of its own in the browser's history, so that Back
  // undoes what was chosen.
  let shown = null;
  const left = new Set(); // markets that Back has left: what they still send is late

  function marketOf(query) {
    const pairs = new URLSearchParams(query);
    return ["scenario", "scale", "seed", "lever"].map((key) => pairs.getAll(key).join("&")).join("|");
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

  // A ping every second; without an answer for three, the page says so instead of looking dead.
  const notice = document.querySelector(".jv-stalled") || make("div", { class: "jv-stalled", role: "status" }, document.body);
  let heard = performance.now(), pinged = 0, woke = performance.now();
  const pulse = setInterval(() => {
    const now = performance.now();
    if (document.hidden || now - woke > 5 * PING) heard = now; // a tab that slept has not been listening
    woke = now;
    const silent = now - heard > SILENCE;
    notice.textContent = silent ? "The server has not answered for three seconds. What you do waits until it does; if it has ended, start jevons view again." : "";
    notice.classList.toggle("jv-shown", silent);
    if (model.get("pong") !== pinged && pinged) return;
    heard = Math.max(heard, now);
    pinged += 1;
    try {
      model.set("ping", pinged);
      model.save_changes();
    } catch {
      // the connection is gone: the notice comes by itself
    }
  }, PING);
  model.on("change:pong", () => { heard = performance.now(); });

  model.on("change:address", follow);
  window.addEventListener("popstate", returned);
  follow();
  drawFrames(model, "headline", draw);
  return () => { clearInterval(pulse); notice.remove(); window.removeEventListener("popstate", returned); };
}

export default { render };
