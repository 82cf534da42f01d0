"""Result tables as CSV text."""

from collections.abc import Mapping

import pandas as pd


def csv_text(table: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """Return a table as CSV text, its columns in order; `formats` by column, such as ".3f"."""
    text = table.assign(**{name: table[name].map(f"{{:{form}}}".format) for name, form in formats.items()})
    return text.to_csv(index=False, lineterminator="\n")
