"""The market in the browser: a Solara page with small renderers of its own, served on this machine alone."""
