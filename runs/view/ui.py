"""Solara and its Vuetify widgets, as the page uses them: untyped, since the hints they ship do not describe them."""

from importlib import import_module
from typing import Any

solara: Any = import_module("solara")
lab: Any = import_module("solara.lab")
rv: Any = import_module("reacton.ipyvuetify")
