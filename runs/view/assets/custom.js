// anywidget gives a widget two seconds from its first message to its first line of code; a later one is never shown. A
// busy machine, or a phone, may take longer to build the page, so it gets a minute.
const abortAfter = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => abortAfter(Math.max(milliseconds, 60000));

// Solara's page states no language, and its switch between light and dark has no name.
document.documentElement.lang = "en";
new MutationObserver((_, observer) => {
  const button = document.querySelector(".jv-top > .v-btn");
  if (!button) return;
  for (const name of ["aria-label", "title"]) button.setAttribute(name, "Theme: dark, light or as the system has it");
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
