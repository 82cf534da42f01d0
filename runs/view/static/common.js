// Shared by all widgets of the page: colours of the theme, numbers in short form, canvases, acknowledgement.

const SUFFIXES = ["", "k", "M", "B", "T", "Q"];

function short(value, digits = 3) {
  if (value === null || Number.isNaN(value)) return "-";
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits)), size = Math.abs(rounded);
  if (size < 1e-4 || size >= 1e21) return value.toExponential(digits - 1);
  const power = Math.min(Math.max(Math.floor(Math.log10(size * (1 + 1e-9)) / 3), 0), 5);
  const scaled = rounded / 1000 ** power;
  const decimals = Math.max(digits - 1 - Math.floor(Math.log10(Math.abs(scaled) * (1 + 1e-9))), 0);
  let text = scaled.toFixed(Math.min(decimals, 8));
  if (text.includes(".")) text = text.replace(/0+$/, "").replace(/\.$/, "");
  if (Math.abs(scaled) >= 1000) text = Math.round(scaled).toLocaleString("en-US");
  return text + (power ? " " + SUFFIXES[power] : "");
}

function inUnit(value, unit) {
  if (value === null || Number.isNaN(value)) return "-";
  if (unit === "share") return (Math.abs(value) < 1e-5 ? "0" : short(100 * value, 2)) + "%";
  return short(value);
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];

function dayOf(start, week) {
  return new Date(Date.parse(start + "T00:00:00Z") + week * 604800000);
}

function inWords(day, { withDay = true } = {}) {
  return `${withDay ? day.getUTCDate() + " " : ""}${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

// Rows of float32 sent as bytes: (rows, weeks).
function rowsOf(view, count) {
  if (!view || !view.byteLength || !count) return { data: null, weeks: 0 };
  const data = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  return { data, weeks: data.length / count };
}

function make(tag, attributes = {}, parent = null, text = null) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function makeSvg(tag, attributes = {}, parent = null, text = null) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

// Colours come from the style sheet, so that light and dark are decided in one place.
function colours(el) {
  const style = getComputedStyle(el);
  const names = ["ink", "muted", "faint", "grid", "surface", "reference", "orange", "sky", "green", "yellow", "blue",
    "vermillion", "purple", "indigo", "olive", "wine", "off"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--jv-" + name).trim()]));
}

function channels(colour) {
  const hex = colour.replace("#", "");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
}

function luminance(colour) {
  const [r, g, b] = channels(colour).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Returns a curve's colour for text: moved towards the ink until its contrast is enough (WCAG AA, 4.5 to 1).
function readable(colour, palette) {
  const from = channels(colour), to = channels(palette.ink), ground = luminance(palette.surface);
  for (let share = 0; ; share += 0.1) {
    const mixed = "#" + from.map((c, i) => Math.round(255 * (c + (to[i] - c) * share)).toString(16).padStart(2, "0")).join("");
    const [low, high] = [luminance(mixed), ground].sort((a, b) => a - b);
    if (share >= 0.95 || (high + 0.05) / (low + 0.05) >= 4.5) return mixed;
  }
}

function onTheme(redraw) {
  const app = document.querySelector(".v-application") || document.body;
  const observer = new MutationObserver(redraw);
  observer.observe(app, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

// Gives a canvas the pixels of its box; returns a 2D context in CSS pixels.
function fit(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

// Draws when a frame arrives and tells Python when it is on the screen. A hidden tab paints nothing but answers too.
// The time it took is kept in window.jevonsDrawn under the widget's name, for benchmarks.
function drawFrames(model, name, draw) {
  let asked = false;
  const paint = () => {
    asked = false;
    const began = performance.now();
    draw();
    const frame = model.get("frame");
    window.jevonsDrawn = { ...window.jevonsDrawn, [name]: { frame, milliseconds: performance.now() - began } };
    if (frame > model.get("drawn")) {
      try {
        model.set("drawn", frame);
        model.save_changes();
      } catch {
        // the view was closed before the frame was painted: nobody waits for the answer
      }
    }
  };
  const schedule = () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(paint, 0);
    else requestAnimationFrame(paint);
  };
  model.on("change:frame", schedule);
  schedule();
  return schedule;
}
