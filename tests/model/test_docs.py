"""The documentation names every mechanism, and says what the code computes."""

import re
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from agents.choice import Options, Tasks, choose, shares_by_surplus
from agents.lab_parameters import LabParameters
from agents.workload_parameters import DemandParameters
from agents.workloads import tastes_of
from model import Scenario

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_mechanism_switch_is_documented() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    switches = type(Scenario.load("baseline").parameters.mechanisms).model_fields
    assert len(switches) == 19
    assert not [name for name in switches if f"`{name}`" not in text]


def crowd(price_usd_per_mtok: float, capability: float, median_usd: float) -> tuple[float, float, float]:
    """Return the share of the 50,000 tasks of section 16 that run with one model, their mean effort, and all tokens."""
    demand = DemandParameters(steepness=2.5, thinking_gain=0.5, value_slope=1.0)
    harder = 1.5 * ndtri((np.arange(50_000) + 0.5) / 50_000).reshape(1, -1)
    ones = np.ones_like(harder)
    tasks = Tasks(
        value_usd=median_usd * np.exp(demand.value_slope * harder),
        difficulty=1.0 + harder,
        input_tokens=1000.0 * ones,
        cached_share=0.0 * ones,
        output_tokens=200.0 * ones,
        calls=ones,
        flexible=np.array([False]),
        must_serve=np.array([False]),
        wait_usd_per_token=np.zeros(1),
    )
    output = np.array([[price_usd_per_mtok * 1e-6]])
    paid = LabParameters().input_price_ratio * output
    model = Options(
        np.array([capability]), np.array([demand.thinking_ceiling]), np.array([1e6]), paid, 0.0 * paid, output
    )
    tastes = tastes_of(demand)
    chosen = choose(tasks, model, tastes)
    share = shares_by_surplus(chosen.surplus[..., None], np.array([[True]]), tasks.must_serve, tastes)[..., 0]
    tokens = float((share[..., None] * chosen.tokens).sum())
    return float(share.mean()), float((share * chosen.effort).sum() / share.sum()), tokens


def test_the_escalation_of_tasks_that_the_page_states_is_what_choice_computes() -> None:
    """Rounded as they stand there: change the sentence whenever the shipped hurdle, tastes or input price change."""
    text = " ".join((DOCS / "model.md").read_text(encoding="utf-8").split())
    stated = re.search(
        r"tasks that run goes from (\d+%) to (\d+%), mean effort from ([\d.]+) to (\d+), "
        r"and tokens grow (\d+)-fold \((\d+)-fold at a median value of 0\.1 USD, (\d+)-fold at 0\.01\)",
        text,
    )
    assert stated is not None
    dear, cheap = crowd(30.0, 0.0, 0.03), crowd(1.0, 2.0, 0.03)
    growth = [crowd(1.0, 2.0, median)[2] / crowd(30.0, 0.0, median)[2] for median in (0.03, 0.1, 0.01)]
    computed = (f"{dear[0]:.0%}", f"{cheap[0]:.0%}", f"{dear[1]:.1f}", f"{cheap[1]:.0f}", *(f"{g:.0f}" for g in growth))
    assert stated.groups() == computed
