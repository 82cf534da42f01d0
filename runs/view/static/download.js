// Buttons that ask for a file. It is made in the background; when it arrives, the browser saves it.

function render({ model, el }) {
  const root = make("div", { class: "jv-downloads" }, el);
  const status = make("p", { class: "jv-caption", role: "status" });
  const buttons = new Map();

  function build() {
    root.replaceChildren();
    buttons.clear();
    for (const row of model.get("offers")) {
      const line = make("div", { class: "jv-row" }, root);
      make("span", { class: "jv-offer-name" }, line, row.title);
      for (const offer of row.files) {
        const button = make("button", { type: "button", "data-file": offer.key, "aria-label": `${row.title}: ${offer.label}`,
          class: "v-btn v-btn--outlined v-size--small jv-offer" }, line, offer.label);
        button.addEventListener("click", () => ask(offer.key));
        buttons.set(offer.key, button);
      }
    }
    root.append(status);
    tell();
  }

  function ask(key) {
    if (model.get("busy")) return;
    model.set("wanted", [key, (model.get("wanted")[1] || 0) + 1]);
    model.save_changes();
  }

  function tell() {
    const busy = model.get("busy"), error = model.get("error");
    status.textContent = error || (busy ? "Making the file …" : "");
    status.className = error ? "jv-error" : "jv-caption";
    for (const [key, button] of buttons) button.setAttribute("aria-disabled", String(Boolean(busy)));
  }

  function save() {
    const [name, number] = model.get("saved");
    if (!number) return;
    const bytes = model.get("content");
    const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    const link = make("a", { href: address, download: name }, document.body);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  model.on("change:offers", build);
  model.on("change:busy", tell);
  model.on("change:error", tell);
  model.on("change:saved", save);
  build();
}

export default { render };
