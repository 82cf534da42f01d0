"""Buttons that make files in a thread of their own, so that the page goes on meanwhile."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from model import JevonsError
from runs.view.widgets import Widget, source

Make = Callable[[], tuple[str, bytes]]
"""Makes a file: its name and its content. May raise JevonsError."""

log = logging.getLogger(__name__)


class FileOffers(Widget):
    """Rows of buttons: `offers` are rows with `title` and `files` (key, label); `saved` is the last file's name.

    wanted: the key that was pressed, and how often one was; content: the bytes of the file that is ready.
    """

    _esm = source("common.js", "download.js")
    _css = source("download.css")
    offers: Any = traitlets.List().tag(sync=True)
    wanted: Any = traitlets.List(["", 0]).tag(sync=True)
    saved: Any = traitlets.List(["", 0]).tag(sync=True)
    content = traitlets.Bytes(b"").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def make(self, files: Mapping[str, Make], key: str) -> None:
        """Make a file in a thread and send it to the browser."""
        if self.busy or key not in files:
            return
        self.busy, self.error = True, ""
        threading.Thread(target=self._work, args=(files[key],), name="file", daemon=True).start()

    def _work(self, make: Make) -> None:
        try:
            name, content = make()
        except JevonsError as error:
            self.error = f"{error}"
        except Exception as error:
            log.exception("a file could not be made")
            self.error = f"the file could not be made ({type(error).__name__}: {error})"
        else:
            with self.hold_sync():
                self.content = content
                self.saved = [name, self.saved[1] + 1]
        finally:
            self.busy = False
