"""AI labs: research and releases, prices, the split of compute between research and serving, contracts, funding."""

from datetime import date
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.catalogue import TIERS, Catalogue, Release
from agents.choice import Floats, clamp
from agents.parameters import Group, parameter

HOURS_PER_WEEK = 168.0
LEAST_SHARE = 0.1
"""Least part of its compute that a lab gives to serving, and to research."""
NEED_MEMORY_WEEKS = 4.0
INCOME_MEMORY_WEEKS = 6.0
STEADY_FUNDING = 0.25
"""Part of the full funding offer that a lab without growth still gets."""
WEEKS_PER_YEAR = 365.25 / 7.0


# fmt: off
class LabProfile(Group):
    """Facts about one lab: when its products enter, and where it stands when the model starts."""

    title: str = parameter("", unit="text", source="fact", gloss="name in figures")
    entry_date: date = parameter(date(2023, 1, 2), unit="date", source="fact", gloss="first model on sale")
    flagship_date: date | None = parameter(
        None, unit="date", source="fact", gloss="first flagship, where a lab enters with smaller models"
    )
    chat_date: date | None = parameter(None, unit="date", source="fact", gloss="chat app opens")
    api_date: date | None = parameter(None, unit="date", source="fact", gloss="API opens")
    coding_date: date | None = parameter(None, unit="date", source="fact", gloss="coding tools open")
    search_date: date | None = parameter(None, unit="date", source="fact", gloss="model answers in search begin")
    messenger_date: date | None = parameter(None, unit="date", source="fact", gloss="assistant in messengers begins")
    capability_at_start: float = parameter(
        -0.6, unit="log10 E", low=-4.0, high=2.0, source="choice", gloss="research frontier when the model starts"
    )
    compute_at_start_h100e: float = parameter(
        10000.0, unit="H100e", low=0.0, high=1e7, source="E062", gloss="compute held when the model starts"
    )
    serving_share_at_start: float = parameter(
        0.35, unit="share", low=0.05, high=0.95, source="E083 E084", gloss="share of compute that serves"
    )
    capacity_factor: float = parameter(
        1.0, unit="ratio", low=0.0, high=20.0, source="choice",
        gloss="scales the compute that the lab's contracts yield: 2 doubles one lab's capacity",
    )
    cash_at_start_usd: float = parameter(0.0, unit="USD", low=0.0, high=1e12, source="choice", gloss="cash at start")
    seed_funding_usd_per_year: float = parameter(
        0.0, unit="USD/year", low=0.0, high=1e12, source="choice", gloss="what investors give before there is revenue"
    )
    run_rate_at_start_usd: float = parameter(
        0.0, unit="USD/year", low=0.0, high=1e12, source="brief 50", gloss="revenue run rate at start"
    )
    parent: str = parameter("", unit="hyperscaler", source="fact", gloss="hyperscaler that owns the lab, if any")
    parent_share: float = parameter(
        0.6, unit="share", low=0.0, high=1.0, source="E060 E064", gloss="most that a parent's lab may hold of its fleet"
    )
    clouds: str = parameter("", unit="names", source="fact", gloss="hyperscalers that it contracts with")
    reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="distribution of its chat app"
    )
    developer_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing with developers who build on an API"
    )
    coding_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing of its coding tools"
    )
    enterprise_reach: float = parameter(
        1.0, unit="ratio", low=0.0, high=10.0, source="choice", gloss="standing with enterprises"
    )
    surface_queries_per_week: float = parameter(
        0.0, unit="query/week", low=0.0, high=1e13, source="DESIGN section 9",
        gloss="queries of its own surface (search or messenger) that a model could answer",
    )
    surface_reach_people: float = parameter(
        0.0, unit="person", low=0.0, high=9e9, source="F015", gloss="people who see its messenger's assistant"
    )
    training_skill: float = parameter(
        0.0, unit="log10 E/year", low=-1.0, high=1.0, source="choice",
        gloss="algorithmic progress of its own, above or below the common one",
    )


class LabParameters(Group):
    """Research, throughput, pricing and finance, common to all labs."""

    algorithmic_progress_per_year: float = parameter(
        3.0, unit="ratio/year", low=1.0, high=10.0, prior="lognormal", source="E003",
        gloss="yearly gain of effective training compute from better algorithms (exogenous)",
    )
    training_window_weeks: float = parameter(
        20.0, unit="week", low=4.0, high=104.0, source="E086", gloss="memory of the compute that makes a model"
    )
    release_step: float = parameter(
        0.45, unit="log10 E", low=0.1, high=2.0, source="choice", gloss="gain that makes a new generation due"
    )
    standard_gap: float = parameter(
        0.322, unit="log10 E", low=0.0, high=2.0, source="E001",
        gloss="capability of the standard tier below the flagship"
    )
    light_gap: float = parameter(
        0.75, unit="log10 E", low=0.0, high=3.0, source="E001", gloss="capability of the light tier below the flagship"
    )
    standard_flop: float = parameter(
        0.35, unit="ratio", low=0.01, high=1.0, source="choice",
        gloss="FLOP per token of the standard tier to the flagship"
    )
    light_flop: float = parameter(
        0.107, unit="ratio", low=0.001, high=1.0, source="choice",
        gloss="FLOP per token of the light tier to the flagship"
    )
    flop_exponent: float = parameter(
        0.141, unit="log10 FLOP per log10 E", low=0.0, high=1.0, source="E004",
        gloss="how fast the FLOP per token of flagships grow with capability",
    )
    thinking_onset: float = parameter(
        1.75, unit="log10 E", low=-1.0, high=4.0, source="E029", gloss="capability at which models begin to reason"
    )
    thinking_span: float = parameter(
        1.5, unit="log10 E", low=0.05, high=4.0, source="E029", gloss="further capability until the full ceiling"
    )
    window_tokens: float = parameter(
        8000.0, unit="token", low=500.0, high=1e6, source="E025", gloss="context window of GPT-4"
    )
    window_growth: float = parameter(
        1.0, unit="log10 token per log10 E", low=0.0, high=2.0, source="E025", gloss="growth of windows with capability"
    )
    gpt4_gpu_hours_per_mtok: float = parameter(
        25.1, unit="GPU-hour/Mtok", low=0.5, high=60.0, prior="loguniform", source="E006 DESIGN section 9",
        gloss="H100e-hours that a million output tokens of GPT-4 took when the model starts",
    )
    software_growth_per_year: float = parameter(
        2.98, unit="ratio/year", low=1.0, high=6.0, prior="lognormal", source="E003 F054",
        gloss="yearly gain of serving software (exogenous)",
    )
    software_decay_per_year: float = parameter(
        0.1, unit="1/year", low=0.0, high=1.0, source="choice", gloss="rate at which the software gain itself fades"
    )
    generation_jump: float = parameter(
        1.15, unit="ratio", low=1.0, high=10.0, source="F054", gloss="gain of serving software with each generation"
    )
    input_weight: float = parameter(
        0.124, unit="ratio", low=0.01, high=1.0, source="choice",
        gloss="GPU time of a fresh input token to an output one"
    )
    cached_weight: float = parameter(
        0.015, unit="ratio", low=0.0, high=1.0, source="E033", gloss="GPU time of a cached input token to an output one"
    )
    context_half: float = parameter(
        60000.0, unit="token", low=1000.0, high=1e7, source="F024", gloss="context that doubles the GPU time of a token"
    )
    target_utilisation: float = parameter(
        0.507, unit="share", low=0.1, high=0.95, source="E095 E096 E098",
        gloss="share of serving GPU-hours that demand's daily rhythm lets a lab use",
    )
    input_price_ratio: float = parameter(
        0.25, unit="ratio", low=0.02, high=1.0, source="E006 E008", gloss="price of an input token to an output one"
    )
    cached_price_ratio: float = parameter(
        0.1, unit="ratio", low=0.0, high=1.0, source="E033", gloss="price of a cached input token to a fresh one"
    )
    markup_at_entry: float = parameter(
        0.721, unit="ratio", low=0.5, high=10.0, source="E006", gloss="list price to unit cost when a lab enters"
    )
    markup_low: float = parameter(
        0.5, unit="ratio", low=0.2, high=5.0, source="E099", gloss="smallest markup that a lab accepts"
    )
    markup_high: float = parameter(
        8.0, unit="ratio", low=0.3, high=50.0, source="E100", gloss="largest markup that customers bear"
    )
    load_response: float = parameter(
        0.4, unit="ln ratio per unit of load", low=0.0, high=5.0, source="choice",
        gloss="change of the markup at a review when demand is twice what is comfortable",
    )
    rival_premium: float = parameter(
        1.0, unit="log10 USD per log10 E", low=0.0, high=4.0, source="E009",
        gloss="price premium that better quality bears over a rival's",
    )
    rival_weight: float = parameter(
        0.454, unit="share", low=0.0, high=1.0, source="E009", gloss="how far a review moves towards matching a rival"
    )
    price_speed: float = parameter(
        0.6, unit="share", low=0.05, high=1.0, source="choice", gloss="share of the gap that a price review closes"
    )
    price_step_limit: float = parameter(
        0.35, unit="ln ratio", low=0.01, high=5.0, source="choice", gloss="largest change of a price at a regular review"
    )
    scarcity_speed: float = parameter(
        0.3, unit="share", low=0.01, high=1.0, source="choice",
        gloss="how far a policy review moves routing of unpriced traffic towards what scarcity asks for",
    )
    review_weeks: int = parameter(
        13, unit="week", low=1, high=104, source="choice", gloss="weeks between price reviews"
    )
    clearing_response: float = parameter(
        0.5, unit="exponent", low=0.0, high=2.0, source="choice",
        gloss="weekly price response to load where prices are not sticky",
    )
    policy_weeks: int = parameter(
        4, unit="week", low=1, high=26, source="choice", gloss="weeks between reviews of serving policy and contracts"
    )
    research_weight: float = parameter(
        0.65, unit="ratio", low=0.05, high=5.0, source="E084",
        gloss="value of research compute to that of a year's income"
    )
    split_speed: float = parameter(
        0.1, unit="logit per ln ratio", low=0.0, high=1.0, source="choice",
        gloss="how fast compute moves to where its marginal return is larger, a review",
    )
    imputed_return: float = parameter(
        2.0, unit="ratio", low=0.0, high=10.0, source="choice",
        gloss="worth of a GPU-hour on unpriced traffic, in rents",
    )
    headroom: float = parameter(
        1.15, unit="ratio", low=1.0, high=3.0, source="E098", gloss="compute sought above expected need"
    )
    race_growth_per_year: float = parameter(
        3.69, unit="ratio/year", low=1.0, high=10.0, prior="lognormal", source="E062 E064",
        gloss="growth of research compute that a lab in the race for capability aims at",
    )
    parent_budget_share: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, source="choice", gloss="parent's core cash flow that its lab may spend"
    )
    surface_expansion_per_week: float = parameter(
        0.17, unit="1/week", low=0.0, high=1.0, prior="lognormal", source="brief 33",
        gloss="growth of a surface's coverage with model answers when every query is worth one",
    )
    surface_trial_share: float = parameter(
        0.0102, unit="share", low=0.0, high=0.5, source="choice", gloss="coverage of a surface with which trials begin"
    )
    forecast_weeks: float = parameter(
        26.0, unit="week", low=0.0, high=156.0, source="choice", gloss="how far ahead labs contract"
    )
    forecast_memory_weeks: float = parameter(
        16.0, unit="week", low=2.0, high=104.0, source="choice", gloss="memory of the growth that labs expect to go on"
    )
    growth_cap_per_year: float = parameter(
        3.0, unit="ratio/year", low=1.0, high=50.0, source="choice", gloss="largest growth that anybody plans for"
    )
    compute_income_share: float = parameter(
        1.0, unit="share", low=0.1, high=5.0, source="E084 E085", gloss="income that a lab commits to compute"
    )
    runway_years: float = parameter(
        2.5, unit="year", low=0.25, high=10.0, source="choice", gloss="time over which a lab spends its cash"
    )
    funding_multiple: float = parameter(
        1.5, unit="1/year", low=0.0, high=20.0, source="choice",
        gloss="yearly funding that investors offer per dollar of run rate, at the growth cap",
    )
    staff_income_share: float = parameter(
        0.25, unit="share", low=0.0, high=1.0, source="E084", gloss="income that goes to staff and other costs"
    )
    contract_growth_per_review: float = parameter(
        0.11, unit="share", low=0.01, high=2.0, source="choice", gloss="largest rise of contracts at a review"
    )
    contract_release_per_review: float = parameter(
        0.02, unit="share", low=0.0, high=1.0, source="choice: terms of three to five years",
        gloss="contracts that run out and may be given back at a review",
    )
    congestion_memory_weeks: float = parameter(
        8.0, unit="week", low=1.0, high=52.0, source="choice", gloss="weeks over which customers notice congestion"
    )
    priority_softness: float = parameter(
        0.5, unit="share", low=0.0, high=1.0, source="choice",
        gloss="rationing: 0 serves strictly by priority, 1 everybody alike",
    )
    seat_usd_per_month: float = parameter(
        30.0, unit="USD/month", low=0.0, high=200.0, source="F089", gloss="price of an enterprise seat"
    )
    coding_usd_per_month: float = parameter(
        12.0, unit="USD/month", low=0.0, high=100.0, source="F132", gloss="price of a code-assistant subscription"
    )
# fmt: on


class Lab(mesa.Agent):
    """An AI lab. Its columns in the catalogue hold what it sells; its attributes hold what it knows and owns."""

    STATE = (
        "frontier", "software_gain", "training_flow", "serving_share", "contracts", "cash", "markup", "need_hours",
        "need_growth", "revenue_per_year", "earning_per_hour", "rollout", "assisted",
        "scarcity", "sought_h100e", "rent", "spent_per_year",
        "support_per_year",
    )  # fmt: skip

    def __init__(self, model: Any, index: int, name: str, profile: LabProfile, clouds: Floats) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.profile = profile
        self.frontier = profile.capability_at_start
        self.software_gain = 0.0
        self.serving_share = profile.serving_share_at_start
        self._contracts = profile.compute_at_start_h100e * clouds
        self.held_h100e = float(self._contracts.sum())
        self.training_flow = profile.compute_at_start_h100e * (1.0 - self.serving_share)
        self.training_flow_at_start = self.training_flow
        self.cash = profile.cash_at_start_usd
        self.markup = 0.0
        self.need_hours = 0.0
        self.need_growth = 0.01
        self.revenue_per_year = profile.run_rate_at_start_usd
        self.earning_per_hour = 0.0
        self.rollout = 0.0
        self.assisted = 0.0
        self.scarcity = 1.0
        self.sought_h100e = 0.0
        self.rent = 0.0
        self.spent_per_year = 0.0
        self.support_per_year = 0.0

    @property
    def contracts(self) -> Floats:
        """Compute under contract by hyperscaler (H,), H100e: to be set as a whole, for `held_h100e` is their sum."""
        return self._contracts

    @contracts.setter
    def contracts(self, h100e: Floats) -> None:
        self._contracts[:] = h100e
        self.held_h100e = float(self._contracts.sum())

    def keep_contracts_in(self, table: Floats) -> None:
        """Move the contracts to this lab's row of a table (L, H), whose other rows are the other labs'."""
        table[self.index] = self._contracts
        self._contracts = table[self.index]

    @property
    def compute_h100e(self) -> float:
        """Compute under contract (H100e), as scaled by the profile's capacity factor."""
        return self.held_h100e * self.profile.capacity_factor

    @property
    def serving_hours(self) -> float:
        """GPU-hours a week that may serve, the daily rhythm not yet taken off."""
        return self.compute_h100e * self.serving_share * HOURS_PER_WEEK

    # research -----------------------------------------------------------------------------------------------------

    def train(self, parameters: LabParameters, algorithms: float, speedup: float) -> None:
        """Turn this week's research compute into frontier capability.

        frontier = capability at start + log10(training flow / flow at start) + algorithms (log10), where the training
        flow (H100e) is the exponential average of research compute over `training_window_weeks`.
        """
        research = self.compute_h100e * (1.0 - self.serving_share) * speedup
        self.training_flow += (research - self.training_flow) / parameters.training_window_weeks
        gain = np.log10(max(self.training_flow, 1e-9) / self.training_flow_at_start)
        self.frontier = self.profile.capability_at_start + float(gain) + algorithms

    def due(self, catalogue: Catalogue, parameters: LabParameters, today: date) -> bool:
        """Say whether a new generation comes out: on the dates of entry, then when the frontier has moved a step."""
        profile, generation = self.profile, int(catalogue.generation[self.index])
        if today < profile.entry_date:
            return False
        if generation == 0:
            return True
        if profile.flagship_date is not None and generation == 1:
            return today >= profile.flagship_date
        return self.frontier >= catalogue.capability[self.index, 0] + parameters.release_step

    def generation(self, parameters: LabParameters, ceiling: float, today: date) -> Release:
        """Distil the frontier into tiers. Before its flagship date a lab sells smaller models only."""
        p = parameters
        flagship = self.profile.flagship_date is None or today >= self.profile.flagship_date
        top = self.frontier if flagship else self.frontier - p.light_gap
        capability = top - np.array([0.0, p.standard_gap, p.light_gap])
        if not flagship:
            capability[:] = top
        ripe = clamp((top - p.thinking_onset) / p.thinking_span, 0.0, 1.0)
        flop = np.array([1.0, p.standard_flop, p.light_flop]) * 10.0 ** (p.flop_exponent * self.frontier)
        return Release(
            available=np.array([flagship, True, True]),
            capability=capability,
            flop=flop,
            ceiling=np.full(len(TIERS), ceiling * ripe**2),
            window=np.full(len(TIERS), p.window_tokens * 10.0 ** (p.window_growth * top)),
        )

    # prices ---------------------------------------------------------------------------------------------------------

    def review_scarcity(self, parameters: LabParameters) -> None:
        """Make unpriced traffic dearer to itself when it is short of compute: the square of the load, at most nine."""
        target = clamp(self.load(parameters), 1.0, 3.0) ** 2
        self.scarcity += parameters.scarcity_speed * (target - self.scarcity)

    def expand_surface(self, parameters: LabParameters, runs: float, served: float) -> None:
        """Cover more of its surface with model answers, the faster the more queries are worth one and get one.

        Trials spread logistically; `assisted` follows the share of the surface's people who meet an answer.
        """
        p = parameters
        covered = max(self.rollout, p.surface_trial_share)
        self.rollout = covered + p.surface_expansion_per_week * runs * served * covered * (1.0 - covered)
        self.assisted += (self.rollout * runs - self.assisted) / NEED_MEMORY_WEEKS

    def reviews_prices(self, parameters: LabParameters, week: int) -> bool:
        """Say whether this is the week of the lab's regular price review."""
        return (week + 3 * self.index) % parameters.review_weeks == 0

    def reviews_policy(self, parameters: LabParameters, week: int) -> bool:
        """Say whether this is the week in which the lab reviews serving policy, compute split and contracts."""
        return (week + self.index) % parameters.policy_weeks == 0

    def load(self, parameters: LabParameters) -> float:
        """Return demand for GPU-hours over what can comfortably be served."""
        return self.need_hours / max(self.serving_hours * parameters.target_utilisation, 1e-9)

    def review_markup(self, parameters: LabParameters) -> None:
        """Raise the markup when demand presses on capacity, lower it when capacity idles."""
        p = parameters
        if self.markup == 0.0:
            self.markup = p.markup_at_entry
            return
        push = clamp(self.load(p) - 1.0, -1.0, 1.0)
        self.markup = float(clamp(self.markup * np.exp(p.load_response * push), p.markup_low, p.markup_high))

    def list_prices(
        self, catalogue: Catalogue, sold: NDArray[np.bool_], unit_cost: Floats, parameters: LabParameters, fresh: bool
    ) -> Floats:
        """Return new list prices (T,) in USD per million output tokens; `sold` (L, T) options are rivals.

        Cost plus markup, moved towards the cheapest rival at equal quality as far as there is capacity to fill, never
        below the smallest markup; old prices are sticky, and move in bounded steps, unless the generation is `fresh`.
        """
        p, i = parameters, self.index
        target = np.log(unit_cost * self.markup)
        rivals = sold.copy()
        rivals[i] = False
        if rivals.any():
            gap = catalogue.capability[i][:, None] - catalogue.capability[rivals][None, :]
            match = (np.log(catalogue.price[rivals]) + p.rival_premium * np.log(10.0) * gap).min(axis=1)
            slack = clamp(2.0 - self.load(p), 0.0, 1.0)
            target = np.minimum(target, target + slack * p.rival_weight * (match - target))
        target = np.maximum(target, np.log(unit_cost * p.markup_low))
        if fresh:
            return np.exp(target)
        old = np.log(catalogue.price[i])
        return np.exp(old + np.clip(p.price_speed * (target - old), -p.price_step_limit, p.price_step_limit))

    def clearing_prices(self, catalogue: Catalogue, unit_cost: Floats, parameters: LabParameters) -> Floats:
        """Return prices that chase the load every week, for a market without sticky prices."""
        load = clamp(self.load(parameters), 0.2, 5.0)
        return np.maximum(catalogue.price[self.index] * load**parameters.clearing_response, 0.5 * unit_cost)

    # compute and money --------------------------------------------------------------------------------------------

    def split_compute(self, parameters: LabParameters, *, unlimited: bool = False) -> None:
        """Move compute towards the use with the larger marginal return.

        Serving: earnings per GPU-hour, as far as demand fills the hours. Research: a fixed part of the year's income
        and compute bill per research hour (returns are logarithmic in compute, so the marginal one is inverse). Where
        compute is unlimited there is nothing to trade off, and serving gets what it needs.
        """
        if self.earning_per_hour <= 0.0 or self.compute_h100e <= 0.0:
            return
        if unlimited:
            self.serving_share = clamp(
                self.serving_wanted(parameters) / self.compute_h100e, LEAST_SHARE, 1.0 - LEAST_SHARE
            )
            return
        tight = min(self.load(parameters), 1.2) ** 3
        serving = self.earning_per_hour * tight
        hours_per_year = self.compute_h100e * (1.0 - self.serving_share) * HOURS_PER_WEEK * WEEKS_PER_YEAR
        income = 0.5 * (self.revenue_per_year + self.spent_per_year)
        research = parameters.research_weight * income / max(hours_per_year, 1.0)
        step = parameters.split_speed * clamp(np.log(max(serving, 1e-9) / max(research, 1e-9)), -2.0, 2.0)
        logit = np.log(self.serving_share / (1.0 - self.serving_share)) + step
        self.serving_share = float(clamp(1.0 / (1.0 + np.exp(-logit)), LEAST_SHARE, 1.0 - LEAST_SHARE))

    def seek_compute(self, parameters: LabParameters, unlimited: bool) -> float:
        """Return the compute (H100e) the lab wants to hold: what serving needs and the race asks, if it can pay.

        Contracts yield `capacity_factor` times their compute. Where supply is unlimited, serving is not bounded by
        money or by the pace of contracts; research still is, by what is left of the budget, at least half.
        """
        p = parameters
        needed = self.need_hours / (HOURS_PER_WEEK * p.target_utilisation)
        research = max(self.compute_h100e - needed, self.compute_h100e * (1.0 - self.serving_share))
        research *= p.race_growth_per_year ** (p.policy_weeks / WEEKS_PER_YEAR)
        factor = max(self.profile.capacity_factor, 1e-9)
        serving, research = self.serving_wanted(p) / factor, research / factor
        payable = self.budget_per_year(p) / max(self.rent * HOURS_PER_WEEK * WEEKS_PER_YEAR, 1e-9)
        if unlimited:
            self.sought_h100e = serving + min(research, max(payable - serving, 0.5 * payable))
            return self.sought_h100e
        wanted = min(serving + research, payable)
        held = max(self.held_h100e, 500.0)
        least, most = 1.0 - p.contract_release_per_review, 1.0 + p.contract_growth_per_review
        self.sought_h100e = float(clamp(wanted, least * held, most * held))
        return self.sought_h100e

    def serving_wanted(self, parameters: LabParameters) -> float:
        """Return the compute (H100e) that serving will need at the end of the forecast, with headroom."""
        p = parameters
        growth = float(np.exp(self.expected_growth(p) * p.forecast_weeks))
        return p.headroom * growth * self.need_hours / (HOURS_PER_WEEK * p.target_utilisation)

    def expected_growth(self, parameters: LabParameters) -> float:
        """Return the weekly log growth of demand that the lab counts on."""
        return float(clamp(self.need_growth, 0.0, np.log(parameters.growth_cap_per_year) / WEEKS_PER_YEAR))

    def budget_per_year(self, parameters: LabParameters) -> float:
        """Return what the lab can spend on compute a year: from income, cash and what investors would add."""
        p = parameters
        income = p.compute_income_share * self.revenue_per_year
        return income + max(self.cash, 0.0) / p.runway_years + self.support_per_year + self.funding_per_year(p, 1.0)

    def funding_per_year(self, parameters: LabParameters, appetite: float) -> float:
        """Return what investors offer a year: seed money, and a multiple of the run rate that rises with growth."""
        cap = np.log(parameters.growth_cap_per_year) / WEEKS_PER_YEAR
        hope = self.expected_growth(parameters) / max(cap, 1e-9)
        offer = parameters.funding_multiple * self.revenue_per_year * (STEADY_FUNDING + (1.0 - STEADY_FUNDING) * hope)
        return appetite * (self.profile.seed_funding_usd_per_year + offer)

    def observe(
        self, parameters: LabParameters, need_hours: float, earned: float, served_hours: float, unpriced_hours: float
    ) -> None:
        """Learn from the week: needs and their growth, income, and what a serving hour earned (USD per GPU-hour)."""
        memory = parameters.forecast_memory_weeks
        if self.need_hours > 0.0 and need_hours > 0.0:
            smooth = self.need_hours + (need_hours - self.need_hours) / NEED_MEMORY_WEEKS
            self.need_growth += (np.log(smooth / self.need_hours) - self.need_growth) / memory
            self.need_hours = smooth
        else:
            self.need_hours = need_hours
        self.revenue_per_year += (earned * WEEKS_PER_YEAR - self.revenue_per_year) / INCOME_MEMORY_WEEKS
        if served_hours > 0.0:
            worth = earned + parameters.imputed_return * self.rent * unpriced_hours
            self.earning_per_hour += (worth / served_hours - self.earning_per_hour) / INCOME_MEMORY_WEEKS
