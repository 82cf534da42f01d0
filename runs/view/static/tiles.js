// The figures under the chart and the sentence that says what changed. Text only, so that a screen reader has it all.

function render({ model, el }) {
  const sentence = make("p", { class: "jv-sentence" }, el);
  const tiles = make("div", { class: "jv-tiles" }, el);

  function draw() {
    const state = model.get("state");
    sentence.textContent = state.sentence || "";
    const known = state.tiles || [];
    while (tiles.children.length < 5) build();
    known.forEach((tile, i) => {
      const box = tiles.children[i], part = (name) => box.querySelector("." + name);
      box.title = tile.gloss;
      part("jv-label").textContent = tile.label;
      part("jv-figure").textContent = tile.value;
      part("jv-unit").textContent = tile.unit;
      const lower = part("jv-lower");
      const compared = state.compared && tile.baseline;
      lower.classList.toggle("jv-compared", Boolean(compared));
      part("jv-was").textContent = compared ? "baseline " + tile.baseline : tile.change;
      part("jv-difference").textContent = compared ? tile.difference : "";
      part("jv-fitted").textContent = tile.range;
    });
  }

  function build() {
    const box = make("div", { class: "jv-tile", "data-testid": "tile" }, tiles);
    make("span", { class: "jv-label" }, box);
    const value = make("div", { class: "jv-value" }, box);
    make("span", { class: "jv-figure" }, value);
    value.append(" ");
    make("span", { class: "jv-unit" }, value);
    const lower = make("div", { class: "jv-lower" }, box);
    make("span", { class: "jv-was" }, lower);
    lower.append(" ");
    make("b", { class: "jv-difference" }, lower);
    make("div", { class: "jv-fitted" }, box);
  }

  // On a phone a card lies in a sheet that closes once it is tapped: what it did is read here, below the chart.
  const toSentence = (event) => {
    if (event.target.closest?.("[data-card]") && matchMedia("(max-width: 1000px)").matches) sentence.scrollIntoView({ block: "center" });
  };
  document.addEventListener("click", toSentence);

  drawFrames(model, "tiles", draw);
  return () => document.removeEventListener("click", toSentence);
}

export default { render };
