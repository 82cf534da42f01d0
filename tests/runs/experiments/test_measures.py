"""Measures and figures on made-up series: they read only what is kept, and no week beyond what their arm runs."""

from datetime import date

import numpy as np
import pytest

from model import InferenceMarket, UnknownSeriesError
from runs.experiments.claim_figures import QUESTIONS, Question, draw
from runs.experiments.claims.claim import CONTROL, Claim
from runs.experiments.probes import probe
from runs.experiments.registry import claims
from runs.experiments.rules import measure_pairs
from runs.experiments.run_series import Record, smooth
from runs.experiments.runner import _record
from runs.experiments.trial import Result
from tests.runs.experiments.small import small_pairs

Names = tuple[tuple[str, str, str, str], ...]


@pytest.fixture(scope="module")
def names() -> Names:
    """The series that are kept of a run."""
    pair = small_pairs(1)[0]
    market = InferenceMarket(pair.base, rng=pair.seed)
    market.step()
    return _record(market, [probe(market.world)], every=False).names


def made_up(claim: Claim, names: Names, seed: int) -> dict[str, Record]:
    """Return runs of every arm as far as they go: each series a random walk of its logarithm."""
    runs = {}
    for place, arm in enumerate((CONTROL, *claim.arms)):
        weeks = (date.fromisoformat(claim.end(arm)) - date(2023, 1, 2)).days // 7 + 1
        steps = np.random.default_rng((seed, place)).normal(0.01, 0.05, (weeks, len(names)))
        runs[arm] = Record(date(2023, 1, 2), names, np.exp(np.cumsum(steps, axis=0)).astype(np.float32))
    return runs


@pytest.mark.parametrize("name", list(claims()))
def test_every_measure_reads_what_is_kept_of_the_weeks_that_run(name: str, names: Names) -> None:
    claim = claims()[name]
    assert len({measure.name for measure in claim.measures}) == len(claim.measures)
    pairs = [made_up(claim, names, seed) for seed in range(20)]
    deciding = claim.deciding
    needed = [{arm: runs[arm] for arm in deciding.arms} for runs in pairs]
    assert any(np.isfinite(deciding.of(runs)) for runs in needed)
    for arm in deciding.arms:
        with pytest.raises(KeyError):
            deciding.of({other: run for other, run in needed[0].items() if other != arm})
    for measure in claim.measures:
        measure.of(pairs[0])


class MadeUp:
    """A reader of made-up runs, two pairs a claim."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def of(self, name: str) -> list[dict[str, Record]]:
        return [made_up(claims()[name], self._names, seed) for seed in (1, 2)]

    def result(self, name: str) -> Result:
        claim, pairs = claims()[name], self.of(name)
        return Result(claim, "undecided", "runs", "", findings=measure_pairs(claim.measures, pairs))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_a_figure_with_axes_that_are_labelled(question: Question, names: Names) -> None:
    reader = MadeUp(names)
    tried = {name: reader.result(name) for name in question.claims}
    assert question.drawn(tried)
    figure = draw(question, tried, reader.of)
    figure.savefig("/dev/null", format="png", dpi=30)
    assert all(axes.get_title(loc="left") for axes in figure.axes)


def test_a_measure_that_reads_beyond_the_run_or_what_is_not_kept_is_refused(names: Names) -> None:
    record = made_up(claims()["Q12"], names, 1)[CONTROL]
    with pytest.raises(ValueError, match="weeks from"):
        record.mean("2028-01-03", "2028-12-25", "revenue")
    with pytest.raises(UnknownSeriesError, match="no observable 'revenu'; did you mean 'revenue'"):
        record.series("revenu")


def test_smoothing_takes_means_of_weeks_in_a_row() -> None:
    assert smooth(np.array([1.0, 2.0, 6.0, 4.0]), 2).tolist() == [1.5, 4.0, 5.0]
