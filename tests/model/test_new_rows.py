"""A scenario's file adds a lab, a hyperscaler or a workload; what is missing or cannot be is refused in one line."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from model import InferenceMarket, JevonsError, Parameters, Scenario
from model.plans import TASKS, TOKENS
from model.products import kind_prices
from model.settlement import paid_by_customers
from tests.model.states import CHEAP, TINY, digest

FILE = """
title = "A new lab on a new cloud, and a new workload"
until = 2024-03-31

[lab.deepseek]
title = "DeepSeek"
entry_date = 2023-06-05
api_date = 2023-06-05
chat_date = 2023-09-04
capability_at_start = -0.4
compute_at_start_h100e = 5000
serving_share_at_start = 0.4
cash_at_start_usd = 1e9
seed_funding_usd_per_year = 1e9
run_rate_at_start_usd = 0
parent_share = 0
clouds = "high-flyer neocloud"
reach = 9.0
developer_reach = 0.5
coding_reach = 0
enterprise_reach = 0.1
surface_queries_per_week = 0
surface_reach_people = 0

[hyperscaler.high-flyer]
title = "High-Flyer"
big_four = false
installed_at_start_h100e = 10000
core_cash_flow_usd_per_year = 2e9
core_cash_growth_per_year = 0.1
other_capex_usd_per_year = 0
net_debt_at_start_usd = 0
leverage = 1.0
optimism = 0

[workload.voice]
task_class = "chat"
segment = "consumer"
payer = "metered"
value_usd = 0.05
difficulty_mean = 0.0
difficulty_sd = 1.5
input_tokens = 600
output_tokens = 200
cached_share = 0.0
steps = 1
growth_tokens = 0
flexible = true
commitment = 1.2
patience = 0.1
impatience = 0.02
discount = 0.0
top_value = 2.0
quality_weight = 1.0
wage_bill_usd_per_year = 1e11
committed_share = 0.1
paid_by = "consumers"
asked_with = "chat-paid"
asked_per_task = 0.2
"""


def scenario(folder: Path, text: str = FILE, **changes: Any) -> Scenario:
    """The scenario of a file; `changes` are values by path, with `__` for dots, where None takes a key away."""
    document = tomllib.loads(text) | {"scale": {path.removeprefix("scale."): value for path, value in TINY.items()}}
    changes = {path.replace(".", "__"): value for path, value in CHEAP.items()} | changes
    for path, value in changes.items():
        *above, name = path.split("__")
        table = document
        for part in above:
            table = table.setdefault(part.replace("_", "-") if part == "high_flyer" else part, {})
        table.pop(name, None)
        if value is not None:
            table[name] = value
    (folder / "new.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    return Scenario.load(folder / "new.toml")


def test_a_new_lab_cloud_and_workload_act_and_are_recorded(tmp_path: Path) -> None:
    market = InferenceMarket(scenario(tmp_path), rng=3).run()
    record = market.observables
    assert record.latest("weekly_users", "deepseek", "consumer") > 0.0
    assert record.latest("tokens_served", "deepseek") > 0.0
    assert record.series("tokens_served", "deepseek")[:20].max() == 0.0, "before it enters"
    assert record.latest("live_compute", "high-flyer") > 0.0
    voice = market.world.constants.index.of["voice"]
    assert market.world.revenue[:, voice].sum() > 0.0
    asked = market.world.outcome.asked.tasks.sum(axis=2)
    of_chat = asked[:, market.world.constants.index.of["chat-paid"]]
    assert 0.0 < asked[:, voice].sum() < of_chat.sum()
    assert {"lab.deepseek", "cloud.high-flyer"} < set(market.networks.supply())
    assert record.frame()["entity"].isin(["deepseek", "high-flyer"]).any()


def test_a_new_lab_sells_metered_work_by_its_standing_from_the_week_of_its_api_on(tmp_path: Path) -> None:
    market = InferenceMarket(scenario(tmp_path), rng=3).run("2023-06-04")
    k, metered = market.world.constants, market.world.metered
    lab = k.lab_names.index("deepseek")
    coding = k.metered_of["coding"]
    selling = np.setdiff1d(np.arange(len(k.metered_rows)), coding)
    assert metered.offer.lab_share[:, lab].max() < 1e-9
    market.run("2024-03-31")
    assert metered.offer.lab_share[selling, lab].min() > 0.0
    assert metered.offer.lab_share[coding, lab].max() < 1e-9  # its standing among coders is nothing
    assert metered.share[lab] > 0.0
    assert market.observables.latest("revenue", "deepseek", "vendor") > 0.0
    assert market.observables.series("revenue", "deepseek", "business")[:22].max() == 0.0


PAYER_ROWS = {"consumers": [0], "vendors": [1], "employers": [2], "organisations": [3, 4]}
"""Rows of `paid_by_customers`: large organisations and firms come last."""


@pytest.mark.parametrize(
    ("source", "segment", "paid_by"),
    [
        ("chat-paid", "consumer", "consumers"),
        ("seat", "enterprise", "organisations"),
        ("app-api", "developer", "vendors"),
        ("code-assist", "developer", "employers"),
    ],
)
def test_a_workload_that_comes_with_another_is_asked_billed_and_paid_as_it_says(
    source: str, segment: str, paid_by: str, tmp_path: Path
) -> None:
    asked = {"asked_with": source, "segment": segment, "paid_by": paid_by}
    added = scenario(tmp_path, **{f"workload__voice__{name}": value for name, value in asked.items()})
    world = InferenceMarket(added, rng=3).run("2023-09-30").world
    of = world.constants.index.of
    voice, other = of["voice"], of[source]
    tasks = world.demanded.counts[..., TASKS].sum(axis=2)
    assert tasks[:, voice].sum() > 0
    np.testing.assert_allclose(tasks[:, voice], 0.2 * tasks[:, other], atol=0.51)  # rounded to whole tasks
    tokens = world.outcome.served.counts[:, voice, :, TOKENS]
    bill = (tokens * kind_prices(world)).sum(axis=(1, 2))
    np.testing.assert_allclose(world.revenue[:, voice], bill, rtol=1e-12)
    assert world.committed_hours[:, voice].max() > 0.0

    paid = paid_by_customers(world)
    world.revenue[:, voice] = 0.0
    missing = paid - paid_by_customers(world)
    mine = PAYER_ROWS[paid_by]
    np.testing.assert_allclose(missing[mine].sum(axis=0), bill, rtol=1e-9)
    np.testing.assert_allclose(np.delete(missing, mine, axis=0), 0.0, atol=1e-6)
    if paid_by == "organisations":
        np.testing.assert_allclose(missing[mine[0]], bill * world.large_share[:, other], rtol=1e-9)
        assert (missing[mine].sum(axis=1) > 0.0).all()  # large organisations and firms


def test_saved_states_branches_and_written_scenarios_keep_what_was_added(tmp_path: Path) -> None:
    added = scenario(tmp_path)
    assert Scenario.parse(added.as_toml()) == added
    market = InferenceMarket(added, rng=3).run("2023-10-15")
    loaded = InferenceMarket.load(market.save(tmp_path / "state"))
    branch = market.branch(changes={"lab.deepseek.reach": 0.0, "workload.voice.asked_per_task": 2.0})
    assert digest(loaded.run()) == digest(market.run())
    assert not np.array_equal(branch.run().observables.values, market.observables.values)
    assert branch.parameters.lab["deepseek"].reach == 0.0
    again = added.replace({"lab.deepseek.reach": 2.0, "hyperscaler.high-flyer.big_four": True})
    assert again.parameters.lab["deepseek"].reach == 2.0


def test_the_parameters_of_what_was_added_are_listed_and_the_baseline_stays_as_it_is(tmp_path: Path) -> None:
    parameters = scenario(tmp_path).parameters
    assert {row.name for row in parameters.rows()} >= {"lab.deepseek.reach", "workload.voice.discount"}
    assert "deepseek" not in Parameters.load().lab
    assert not any(path.startswith("lab.deepseek") for path in Parameters.load().flat())


SAME = tomllib.loads(FILE)["lab"]["deepseek"]
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a lab with a name alone": (
        {"lab__mistral__title": "Mistral"},
        "lab.mistral: no such lab; .*a new lab also needs entry_date, capability_at_start, .*, clouds, .*_people$",
    ),
    "a misspelled lab": ({"lab__opnai__reach": 1.0}, "lab.opnai: no such lab; did you mean 'openai'"),
    "a lab without clouds": ({"lab__deepseek__clouds": None}, "lab.deepseek: .*a new lab also needs clouds$"),
    "a cloud without a title": (
        {"hyperscaler__high_flyer__title": None},
        "hyperscaler.high-flyer: .*a new hyperscaler also needs title$",
    ),
    "a workload without steps": ({"workload__voice__steps": None}, "workload.voice: .*workload also needs steps$"),
    "a workload that nobody pays for": (
        {"workload__voice__paid_by": None, "workload__voice__top_value": None},
        "workload.voice: .*workload also needs top_value, paid_by$",
    ),
    "a payer that is none": (
        {"workload__voice__paid_by": "vendor"},
        "workload.voice.paid_by = 'vendor'.* did you mean 'vendors'",
    ),
    "a share of more than all": (
        {"workload__voice__committed_share": 1.5},
        "workload.voice.committed_share = 1.5 is out of bounds",
    ),
    "a lab without a standing": (
        {"lab__deepseek__enterprise_reach": None},
        "lab.deepseek: .*a new lab also needs enterprise_reach$",
    ),
    "an empty table": ({"lab__mistral": {}}, "lab.mistral: no such lab; .*a new lab also needs title"),
    "a cloud that is not there": ({"lab__deepseek__clouds": "high-flier"}, "did you mean 'high-flyer'"),
    "a parent that is not there": ({"lab__deepseek__parent": "hedge"}, "lab.deepseek.parent = 'hedge': no such hyper"),
    "no date of a product": (
        {"lab__deepseek__api_date": None, "lab__deepseek__chat_date": None},
        "lab.deepseek never sells anything: state its chat_date",
    ),
    "a date that is none": ({"lab__deepseek__api_date": "2024-02-30"}, "lab.deepseek.api_date = '2024-02-30'"),
    "an entry after the end": ({"lab__deepseek__entry_date": "2026-01-05"}, "the lab would never enter before 2024-03"),
    "a field that is not there": ({"lab__deepseek__raech": 1.0}, "lab.deepseek.raech = 1.0: no such parameter; did"),
    "a value out of bounds": ({"lab__deepseek__reach": -1.0}, "lab.deepseek.reach = -1.0 is out of bounds"),
    "a workload nobody asks for": ({"workload__voice__asked_with": None}, "workload.voice.asked_with = '': name"),
    "a workload asked with itself": ({"workload__voice__asked_with": "voice"}, "voice.asked_with = 'voice': name"),
    "asking with a shipped one": (
        {"workload__seat__asked_with": "search"},
        "seat.asked_with = 'search': allowed is empty",
    ),
    "a lab named as all": ({"lab__market": SAME}, "market: two would have this name"),
    "a lab named as a cloud": ({"lab__azure": SAME}, "azure: two would have"),
    "a name with a space": ({"lab__deep seek": {"reach": 1.0}}, "name = 'deep seek': allowed are letters"),
    "a lab in a change": (
        {"change": [{"date": "2023-06-05", "set": {"lab": {"late": SAME}}}]},
        "change of 2023-06-05: lab.late.title = 'DeepSeek': what this sets is built at the start",
    ),
    "half a lab in a change": (
        {"change": [{"date": "2023-06-05", "set": {"lab": {"late": {"reach": 1.0}}}}]},
        "change of 2023-06-05: lab.late: no such lab; .*a new lab also needs title",
    ),
    "a change after the last Monday": (
        {"change": [{"date": "2024-03-26", "set": {"labs": {"menu_cost": 0.1}}}]},
        "change 1: date = .2024-03-26. is out of range: allowed is a date YYYY-MM-DD from 2023-01-02 to 2024-03-25",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_missing_or_cannot_be_is_refused_in_one_line(what: str, tmp_path: Path) -> None:
    changes, message = BAD[what]
    with pytest.raises(JevonsError, match=message) as error:
        scenario(tmp_path, **changes)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'new.toml'}: ")


def test_there_are_no_more_labs_than_columns_can_count() -> None:
    lab = {f"lab.{{}}.{key}": value for key, value in tomllib.loads(FILE)["lab"]["deepseek"].items()}
    many = {path.format(f"lab{i}"): value for i in range(100) for path, value in lab.items()}
    cloud = {f"hyperscaler.high-flyer.{key}": v for key, v in tomllib.loads(FILE)["hyperscaler"]["high-flyer"].items()}
    with pytest.raises(JevonsError, match="105 labs: allowed are at most 100"):
        Parameters.load().replace({**many, **cloud})
