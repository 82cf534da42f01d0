"""Write docs/observables.md from the table of observables: `python -m tests.observables_page`."""

from pathlib import Path

from model import declared_observables

PAGE = Path(__file__).parents[1] / "docs" / "observables.md"
HEAD = """\
# Observables

One value a week for each observable, entity and segment. The unit names the period of a rate; `revenue` and
`capex` are what was paid in the week. Definitions that could be read otherwise: [model.md](model.md), section 15.
`jevons observables --search TEXT` searches this table, which is written from `model/data/observables.csv` by
`python -m tests.observables_page`.

Entities are labs (openai, anthropic, google, meta, open), hyperscalers (azure, aws, google-cloud, meta-dc, neocloud),
suppliers and the whole market. Segments of work overlap: api is metered work; consumer, developer and enterprise say
who asks; chat is the chat apps; embedded is search and messengers, which consumer leaves out; coding and agent are
kinds of task.

| observable | unit | of whom | segments | formula | meaning |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the text of docs/observables.md."""
    rows = (
        f"| `{row.name}` | {row.unit} | {', '.join(row.entities)} | {', '.join(row.segments)} "
        f"| {row.formula} | {row.gloss} |\n"
        for row in declared_observables()
    )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
