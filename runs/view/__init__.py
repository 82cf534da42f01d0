"""The market in the browser: a Solara page with our own small renderers, served only on this machine."""
