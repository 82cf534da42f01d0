"""AI labs: research and releases, prices, the split of compute between research and serving, contracts, funding."""

import math
from datetime import date
from typing import Any, ClassVar

import mesa
import numpy as np

from agents.catalogue import TIERS, Catalogue, Release
from agents.choice import Floats, clamp
from agents.lab_parameters import LabParameters, LabProfile
from agents.metered_parameters import MeteredParameters
from agents.model_sizes import Sizes
from agents.units import HOURS_PER_WEEK, WEEKS_PER_YEAR

LEAST_SHARE = 0.1
"""Least part of its compute that a lab gives to serving, and to research."""
LEAST_LOAD = 0.1
"""Load below which an idle lab lowers its prices no faster."""
LEAST_CONTRACT_H100E = 500.0
"""Compute from which even a lab that holds none grows its contracts."""
LEAST_ELASTICITY = 1.25
"""Least elasticity that a lab believes in: below one, no price would be high enough."""
LARGEST_MOVE = 3.0
"""Largest factor by which a price moves with a new generation."""
NO_PRICE = 1e6
"""What stands for the price of what was never sold."""
NEED_MEMORY_WEEKS = 4.0
INCOME_MEMORY_WEEKS = 6.0
STEADY_FUNDING = 0.25
"""Part of the full funding offer that a lab without growth still gets."""


class Lab(mesa.Agent):
    """An AI lab. Its columns in the catalogue hold what it sells; its attributes hold what it knows and owns."""

    STATE: ClassVar[tuple[str, ...]] = (
        "frontier", "released_frontier", "training_flow", "serving_share", "contracts", "cash", "need_hours",
        "need_growth", "revenue_per_year", "earning_per_hour", "rollout", "assisted",
        "scarcity", "sought_h100e", "rent", "spent_per_year",
        "support_per_year", "shadow_price",
    )  # fmt: skip

    def __init__(self, model: Any, index: int, name: str, profile: LabProfile, clouds: Floats) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.profile = profile
        self.frontier = profile.capability_at_start
        self.released_frontier = profile.capability_at_start
        self.serving_share = profile.serving_share_at_start
        self._contracts = profile.compute_at_start_h100e * clouds
        self.held_h100e = sum(self._contracts.tolist())
        self.training_flow = profile.compute_at_start_h100e * (1.0 - self.serving_share)
        self.training_flow_at_start = self.training_flow
        self.cash = profile.cash_at_start_usd
        self.shadow_price = 0.0
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
        self.held_h100e = sum(self._contracts.tolist())

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
        gain = math.log10(max(self.training_flow, 1e-9) / self.training_flow_at_start)
        self.frontier = self.profile.capability_at_start + gain + algorithms

    def due(self, catalogue: Catalogue, parameters: LabParameters, today: date) -> bool:
        """Say whether a new generation comes out: on the dates of entry, then when the frontier has moved a step."""
        profile, generation = self.profile, int(catalogue.generation[self.index])
        if today < profile.entry_date:
            return False
        if generation == 0:
            return True
        if profile.flagship_date is not None and generation == 1:
            return today >= profile.flagship_date
        return self.frontier >= self.released_frontier + parameters.release_step

    def generation(self, line: Sizes, parameters: LabParameters, ceiling: float, today: date) -> Release:
        """Bring out models of the sizes of a product `line`. Before its flagship date a lab sells no flagship."""
        p, self.released_frontier = parameters, self.frontier
        flagship = self.profile.flagship_date is None or today >= self.profile.flagship_date
        top = float(line.capability[0 if flagship else 1])
        ripe = clamp((top - p.thinking_onset) / p.thinking_span, 0.0, 1.0)
        return Release(
            available=np.array([flagship, True, True]),
            capability=np.minimum(line.capability, top),
            flop=line.flop,
            ceiling=np.full(len(TIERS), ceiling * ripe**2),
            window=np.full(len(TIERS), p.window_tokens * 10.0 ** (p.window_growth * top)),
        )

    # prices ---------------------------------------------------------------------------------------------------------

    def review_scarcity(self, parameters: LabParameters) -> None:
        """Move `scarcity`, which multiplies the unit cost of unpriced traffic, towards the load squared (1 to 9)."""
        target = clamp(self.load(parameters), 1.0, 3.0) ** 2
        self.scarcity += parameters.scarcity_speed * (target - self.scarcity)

    def expand_surface(self, parameters: LabParameters, runs: float, served: float, age_weeks: int) -> None:
        """Cover more of its surface with model answers, the faster the more queries are worth one and get one.

        A generation of age `age_weeks` is tested, then switched on for more queries, languages and countries over
        `surface_rollout_weeks`; later it only stays. Trials spread logistically; `assisted` follows the share of the
        surface's people who meet an answer.
        """
        p = parameters
        covered = max(self.rollout, p.surface_trial_share)
        pace = p.surface_expansion_per_week * runs * served * (age_weeks < p.surface_rollout_weeks)
        self.rollout = covered + pace * covered * (1.0 - covered)
        self.assisted += (self.rollout * runs - self.assisted) / NEED_MEMORY_WEEKS

    def reviews_prices(self, parameters: LabParameters, week: int) -> bool:
        """Say whether this is the week of the lab's regular price review."""
        return (week + 3 * self.index) % parameters.review_weeks == 0

    def reviews_menu(self, parameters: LabParameters, week: int) -> bool:
        """Say whether this is the week in which the lab reviews what it sells by the month."""
        return (week + 5 * self.index) % parameters.menu_review_weeks == 0

    def reviews_policy(self, parameters: LabParameters, week: int) -> bool:
        """Say whether this is the week in which the lab reviews serving policy, compute split and contracts."""
        return (week + self.index) % parameters.policy_weeks == 0

    def load(self, parameters: LabParameters) -> float:
        """Return demand for GPU-hours over what can comfortably be served."""
        return self.need_hours / max(self.serving_hours * parameters.target_utilisation, 1e-9)

    def shortage(self, parameters: LabParameters) -> float:
        """Return how far the lab is from filling its orders: 0 where it can, 1 where they are half as many again."""
        return clamp(2.0 * (self.load(parameters) - 1.0), 0.0, 1.0)

    def follow_shadow_price(self, parameters: LabParameters) -> None:
        """Move the shadow price of a GPU-hour, as ln of its ratio to the cost, up while short and down while idle."""
        p = parameters
        gap = math.log(max(self.load(p), LEAST_LOAD) / p.comfortable_load)
        self.shadow_price = clamp(self.shadow_price + p.shadow_speed * gap, 0.0, math.log(p.most_shadow_price))

    def wished_prices(
        self, unit_cost: Floats, share: float, parameters: LabParameters, metered: MeteredParameters
    ) -> Floats:
        """Return the prices (T,) that maximise profit, USD per million output tokens: (c + lambda) e / (e - 1).

        c + lambda is the cost with the shadow price of a scarce GPU-hour. e is the elasticity that the lab
        perceives: of its share in a logit with `share` of the market, and of the market as a whole.
        """
        p = parameters
        own = p.perceived_substitution * metered.lab_substitution * (1.0 - share)
        elasticity = max(own + p.market_elasticity * share, LEAST_ELASTICITY)
        return unit_cost * math.exp(self.shadow_price) * elasticity / (elasticity - 1.0)

    def list_prices(self, old: Floats, wish: Floats, parameters: LabParameters, *, fresh: bool) -> Floats:
        """Return new list prices (T,): the old ones unless the wish is further away than a menu cost.

        A price point outlives models: a `fresh` generation keeps it too, or moves to the wish. A review of the same
        models moves by at most a step.
        """
        p = parameters
        gap = np.log(wish / old)
        step = math.log(LARGEST_MOVE) if fresh else p.price_step_limit
        gap = np.where(np.abs(gap) > p.menu_cost, np.minimum(np.maximum(gap, -step), step), 0.0)
        return np.where(old >= NO_PRICE, wish, old * np.exp(gap))

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
        step = parameters.split_speed * clamp(math.log(max(serving, 1e-9) / max(research, 1e-9)), -2.0, 2.0)
        logit = math.log(self.serving_share / (1.0 - self.serving_share)) + step
        self.serving_share = clamp(1.0 / (1.0 + math.exp(-logit)), LEAST_SHARE, 1.0 - LEAST_SHARE)

    def seek_compute(self, parameters: LabParameters, unlimited: bool) -> float:
        """Return the compute (H100e) the lab wants to hold: what serving needs and the race asks, if it can pay.

        Contracts run for years, so few end at a review. A lab without cash gives back what it cannot pay, as fast as
        others can take it: no faster than labs' contracts grow.
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
        held = max(self.held_h100e, LEAST_CONTRACT_H100E)
        least = 1.0 - (p.contract_release_per_review if self.cash >= 0.0 else p.contract_growth_per_review)
        most = 1.0 + p.contract_growth_per_review * (1.0 + self.shortage(p))
        self.sought_h100e = clamp(wanted, least * held, most * held)
        return self.sought_h100e

    def serving_wanted(self, parameters: LabParameters) -> float:
        """Return the compute (H100e) that serving will need at the end of the forecast, with headroom."""
        p = parameters
        growth = math.exp(self.expected_growth(p) * p.forecast_weeks)
        return p.headroom * growth * self.need_hours / (HOURS_PER_WEEK * p.target_utilisation)

    def expected_growth(self, parameters: LabParameters) -> float:
        """Return the weekly log growth of demand that the lab counts on."""
        return clamp(self.need_growth, 0.0, math.log(parameters.growth_cap_per_year) / WEEKS_PER_YEAR)

    def budget_per_year(self, parameters: LabParameters) -> float:
        """Return what the lab can spend on compute a year (USD): of its income, of its cash, and what others add.

        share x run rate + cash / `runway_years` + support + offer. The share is `compute_income_share` while there is
        cash. Nobody lends to a lab: without cash it is what staff leave, and what is owed is paid back.
        """
        p = parameters
        share = p.compute_income_share if self.cash >= 0.0 else min(p.compute_income_share, 1.0 - p.staff_income_share)
        income = share * self.revenue_per_year
        return max(income + self.cash / p.runway_years + self.support_per_year + self.funding_per_year(p), 0.0)

    def funding_per_year(self, parameters: LabParameters) -> float:
        """Return what investors offer a year: seed money, and a multiple of the run rate that rises with growth."""
        cap = math.log(parameters.growth_cap_per_year) / WEEKS_PER_YEAR
        hope = self.expected_growth(parameters) / max(cap, 1e-9)
        offer = parameters.funding_multiple * self.revenue_per_year * (STEADY_FUNDING + (1.0 - STEADY_FUNDING) * hope)
        return self.profile.seed_funding_usd_per_year + offer

    def observe(
        self, parameters: LabParameters, need_hours: float, earned: float, served_hours: float, unpriced_hours: float
    ) -> None:
        """Learn from the week: needs and their growth, income, and what a serving hour earned (USD per GPU-hour)."""
        memory = parameters.forecast_memory_weeks
        if self.need_hours > 0.0 and need_hours > 0.0:
            smooth = self.need_hours + (need_hours - self.need_hours) / NEED_MEMORY_WEEKS
            self.need_growth += (math.log(smooth / self.need_hours) - self.need_growth) / memory
            self.need_hours = smooth
        else:
            self.need_hours = need_hours
        self.revenue_per_year += (earned * WEEKS_PER_YEAR - self.revenue_per_year) / INCOME_MEMORY_WEEKS
        if served_hours > 0.0:
            worth = earned + parameters.imputed_return * self.rent * unpriced_hours
            self.earning_per_hour += (worth / served_hours - self.earning_per_hour) / INCOME_MEMORY_WEEKS
