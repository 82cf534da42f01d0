// Marks the first appearance of each term in a part of the page. Its meaning shows on hover, focus and touch.
//
// The text belongs to others, who may change it at any time. So their text node stays where it is, shortened; what is
// cut off follows in nodes of our own. When they change their node, ours go, and the text is read again once it rests.

const WITHIN = ".jv-lead, .jv-caption, .jv-label, .jv-unit, .jv-value, .jv-panel h3, .jv-panel p, .jv-lever-name, " +
  ".jv-lever-unit, .jv-lever-gloss, .jv-sentence, .jv-answer, .jv-facts td, .jv-facts th, .jv-facts h4, .jv-table th, .jv-claim h3, " +
  ".jv-claim p, .jv-figure, .jv-question, .jv-card-line, .jv-stat, .jv-hud, .jv-key, .jv-node-facts, .jv-card h2, .jv-legend, [data-explain]";
const NEVER_WITHIN = "button, a, input, label, summary, svg, canvas, code, .jv-term, .jv-words, [role=button], [aria-hidden=true]";
const PARTS = "main, aside, header, .jv-figures, .jv-strip, .jv-settings, .jv-page";
const REST_MILLISECONDS = 350;

function render({ model, el }) {
  const page = document.querySelector(".jv-page") || document.body;
  const popup = make("div", { id: "jv-meaning", class: "jv-meaning", role: "tooltip" }, page);
  popup.hidden = true;
  const meanings = new Map(), marked = new Map(); // text node -> what we put behind it, and what is left in it
  const pattern = read();
  let timer = 0, shown = null;

  function read() {
    const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    const words = [], letters = [];
    for (const term of model.get("terms")) {
      for (const name of [term.name, ...term.also]) {
        meanings.set(term.after_number ? name : name.toLowerCase(), term);
        (term.after_number ? letters : words).push(escaped(name));
      }
    }
    words.sort((a, b) => b.length - a.length);
    return new RegExp(`(?<![\\w/-])(?:${words.join("|")})(?![\\w/-])|(?<=\\d )(?:${letters.join("|")})(?![\\w/])`, "gi");
  }

  function termOf(text) { return meanings.get(text) || meanings.get(text.toLowerCase()); }

  function tidy() {
    for (const [node, ours] of marked) {
      if (node.isConnected && node.data === ours.left && ours.added.every((it) => it.isConnected)) continue;
      for (const it of ours.added) it.remove();
      // Our half of a text that nobody has changed is given back.
      if (node.isConnected && node.data === ours.left) node.data = ours.whole;
      marked.delete(node);
    }
  }

  function work() {
    timer = 0;
    watch.disconnect();
    tidy();
    const known = new Map();
    for (const term of page.querySelectorAll(".jv-term")) note(known, term.closest(PARTS), term.dataset.term);
    for (const element of page.querySelectorAll(WITHIN)) {
      if (element.closest(NEVER_WITHIN) || !element.checkVisibility()) continue;
      const part = element.closest(PARTS);
      for (const node of [...element.childNodes]) {
        if (node.nodeType === Node.TEXT_NODE && !marked.has(node) && !node.jevons) mark(node, part, known);
      }
    }
    observe();
  }

  function note(known, part, name) {
    if (!known.has(part)) known.set(part, new Set());
    known.get(part).add(name);
  }

  function mark(node, part, known) {
    const whole = node.data, added = [];
    let from = 0, left = null;
    for (const match of whole.matchAll(pattern)) {
      const term = termOf(match[0]);
      if (!term || known.get(part)?.has(term.name) || (term.after_number && term.name !== match[0])) continue;
      note(known, part, term.name);
      const before = whole.slice(from, match.index);
      if (left === null) left = before;
      else added.push(ownText(before));
      added.push(make("dfn", { class: "jv-term", tabindex: "0", "data-term": term.name }, null, match[0]));
      from = match.index + match[0].length;
    }
    if (left === null) return;
    if (from < whole.length) added.push(ownText(whole.slice(from)));
    node.data = left;
    node.after(...added);
    marked.set(node, { whole, left, added });
  }

  function ownText(text) {
    const node = document.createTextNode(text);
    node.jevons = true;
    return node;
  }

  // the meaning ------------------------------------------------------------------------------------------------------

  function show(element) {
    const term = termOf(element.dataset.term);
    if (!term) return;
    shown?.removeAttribute("aria-describedby");
    shown = element;
    popup.replaceChildren();
    make("strong", {}, popup, term.name);
    popup.append(": " + term.meaning);
    popup.hidden = false;
    element.setAttribute("aria-describedby", popup.id);
    const box = element.getBoundingClientRect(), width = popup.offsetWidth, height = popup.offsetHeight;
    const below = box.bottom + 6 + height < innerHeight;
    popup.style.left = Math.max(6, Math.min(box.left, innerWidth - width - 6)) + "px";
    popup.style.top = (below ? box.bottom + 6 : Math.max(6, box.top - height - 6)) + "px";
  }

  function hide() {
    if (popup.hidden) return;
    shown?.removeAttribute("aria-describedby");
    shown = null;
    popup.hidden = true;
  }

  const at = (event) => event.target.closest?.(".jv-term");
  const stop = new AbortController(), options = { signal: stop.signal };
  for (const kind of ["pointerover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => { if (at(event)) show(at(event)); else if (kind === "click") hide(); }, options);
  }
  document.addEventListener("pointerout", (event) => { if (at(event) && document.activeElement !== at(event)) hide(); }, options);
  document.addEventListener("focusout", (event) => { if (at(event)) hide(); }, options);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); }, options);
  window.addEventListener("scroll", hide, { ...options, passive: true, capture: true });

  const watch = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(work, REST_MILLISECONDS);
    if (shown && !shown.isConnected) hide();
  });
  const observe = () => watch.observe(page, { childList: true, subtree: true, characterData: true });
  work();
  return () => { watch.disconnect(); clearTimeout(timer); stop.abort(); popup.remove(); };
}

export default { render };
