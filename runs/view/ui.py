"""Solara, its Vuetify widgets and Markdown, as the page uses them: untyped, for want of hints that describe them."""

from importlib import import_module
from typing import Any

solara: Any = import_module("solara")
lab: Any = import_module("solara.lab")
rv: Any = import_module("reacton.ipyvuetify")
markdown: Any = import_module("markdown")
