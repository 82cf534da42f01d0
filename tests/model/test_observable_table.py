"""The laws of the table of observables: complete rows, one unit a name, and the nearest name for one that it lacks."""

from pathlib import Path

import pytest

from model import JevonsError, declared_observables, declared_series, observable_table, unknown_series
from tests import observables_page


def test_a_row_says_everything_and_no_series_is_declared_twice() -> None:
    rows = declared_observables()
    for row in rows:
        assert all(row), row.name
        assert set(row.entities) <= observable_table.KINDS, row.name
        assert row.gloss.endswith("."), row.name
    cells = [(row.name, entity, segment) for row in rows for entity in row.entities for segment in row.segments]
    assert len(cells) == len(set(cells))


def test_a_name_has_one_unit() -> None:
    rows = declared_observables()
    assert len({(row.name, row.unit) for row in rows}) == len({row.name for row in rows})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (("revenu",), "there is no observable 'revenu'; did you mean 'revenue'?"),
        (("revenue", "antropic", "all"), "revenue has no entity 'antropic'; did you mean 'anthropic'?"),
        (("capex", "market", "all"), "capex of market has no segment 'all'; valid names are big-4, big-4-ai"),
        (("capex", "azure", "all"), None),
        (("capex",), None),
    ],
)
def test_an_unknown_series_is_told_with_the_nearest(name: tuple[str, ...], message: str | None) -> None:
    assert unknown_series(name, declared_series()) == message


@pytest.mark.parametrize("row", ["mood,share,market,all,a, b,Mood.", "mood,share,labs,all,a,Mood.", "mood,share"])
def test_a_row_that_cannot_be_read_is_one_line_with_its_number(
    row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "observables.csv"
    file.write_text(f"name,unit,entities,segments,formula,gloss\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(observable_table, "TABLE", file)
    with pytest.raises(JevonsError, match=r"^observables.csv, line 2: it needs name, unit, .* in quotes$"):
        declared_observables.__wrapped__()


def test_the_page_of_the_documentation_is_written_from_the_table() -> None:
    assert observables_page.PAGE.read_text(encoding="utf-8") == observables_page.page(), (
        "write it again: python -m tests.observables_page"
    )
