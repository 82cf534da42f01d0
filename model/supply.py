"""The fleet: chips and powered shells on order, under way, in operation; what is live is what both allow."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.choice import Floats, clamp
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.hyperscalers import UNLIMITED_SHELL_WEEKS, Orders
from agents.units import WEEKS_PER_YEAR
from model.exogenous_growth import ExogenousGrowth

SPARE_POWER_AT_START = 1.25
"""Powered shells to what the first chips draw."""
LEAST_CHIP_GROWTH = 0.98
"""Least factor of chip makers' output from week to week: a fab is not switched off."""


class Technology(NamedTuple):
    """What exogenous progress has reached.

    Chip price (USD/H100e), accelerators (H100e) per MW, largest growth of chip output a year, connectable MW a week.
    """

    chip_price_usd: float
    density: float
    chip_growth_per_year: float
    power_mw_per_week: float


def technology(p: HyperscalerParameters, progress: ExogenousGrowth) -> Technology:
    """Return what hardware and supply have reached after the exogenous progress so far."""
    fade = math.exp(-progress.years / p.chip_growth_decay_years)
    growth = p.chip_growth_floor_per_year + (p.chip_growth_at_start_per_year - p.chip_growth_floor_per_year) * fade
    return Technology(
        chip_price_usd=p.chip_price_at_start_usd * math.exp(-progress.hardware),
        density=p.density_at_start * math.exp(progress.density),
        chip_growth_per_year=growth,
        power_mw_per_week=p.power_mw_per_week * math.exp(progress.power),
    )


class Delivery(NamedTuple):
    """One week's movements, arrays (H,): chips shipped and retired (H100e), shells powered (MW), their costs (USD)."""

    shipped: Floats
    retired: Floats
    powered: Floats
    chip_cost: Floats
    shell_cost: Floats


@dataclass
class Fleet:
    """What hyperscalers own and have ordered; arrays (H,), rings (H, weeks).

    Chips (H100e): `on_order` waits for chip makers; `transit` ring of chips being installed; `installed` delivered
    and not retired, of which `operating` is past installation; `vintages` ring of deliveries by week of retirement,
    `vintage_mw` the power that they draw; `draw_mw` power drawn by all in operation; `transit_mw` likewise.
    Shells (MW): `pipeline` ring of shells being built; `waiting_mw` built, without power; `powered_mw`; `shell_dues`
    (USD) ring of what is to be paid for shells, week by week until they are built.
    Market: `chip_output` (H100e/week), a scalar.
    """

    STATE = (
        "on_order", "transit", "transit_mw", "installed", "operating", "draw_mw", "vintages", "vintage_mw",
        "pipeline", "shell_dues", "waiting_mw", "powered_mw", "chip_output",
    )  # fmt: skip

    on_order: Floats
    transit: Floats
    transit_mw: Floats
    installed: Floats
    operating: Floats
    draw_mw: Floats
    vintages: Floats
    vintage_mw: Floats
    pipeline: Floats
    shell_dues: Floats
    waiting_mw: Floats
    powered_mw: Floats
    chip_output: float

    @classmethod
    def build(cls, profiles: list[HyperscalerProfile], p: HyperscalerParameters) -> "Fleet":
        """Return the fleet at the start; its chips retire evenly over a chip's life, old shell orders come due."""
        stock = np.array([h.installed_at_start_h100e for h in profiles])
        share = stock / max(stock.sum(), 1e-9)
        weeks = np.arange(p.shell_weeks)
        due = p.shell_pipeline_mw_per_week * p.shell_pipeline_growth_per_year ** (weeks / WEEKS_PER_YEAR)
        pipeline = share[:, None] * due[None, :]
        vintages = np.repeat((stock / p.chip_life_weeks)[:, None], p.chip_life_weeks, axis=1)
        return cls(
            on_order=share * p.chip_output_at_start_per_week * p.chip_backlog_weeks,
            transit=np.zeros((len(stock), p.install_weeks)),
            transit_mw=np.zeros((len(stock), p.install_weeks)),
            installed=stock.copy(),
            operating=stock.copy(),
            draw_mw=stock / p.density_at_start,
            vintages=vintages,
            vintage_mw=vintages / p.density_at_start,
            pipeline=pipeline,
            shell_dues=pipeline[:, ::-1].cumsum(axis=1)[:, ::-1] * (p.shell_usd_per_mw / p.shell_weeks),
            waiting_mw=np.zeros(len(stock)),
            powered_mw=SPARE_POWER_AT_START * stock / p.density_at_start,
            chip_output=p.chip_output_at_start_per_week,
        )

    def live(self, *, unlimited: bool = False) -> Floats:
        """Return live capacity (H100e): chips in operation, as far as powered shells hold them."""
        if unlimited:
            return self.operating.copy()
        operating = np.maximum(self.operating, 0.0)  # what is left of chips that retired may round to less
        return np.minimum(operating, self.powered_mw * (operating / np.maximum(self.draw_mw, 1e-9)))

    def owned(self, h: int) -> Orders:
        """Return all that hyperscaler `h` has or has ordered: chips (H100e), shells (MW)."""
        chips = self.installed[h] + self.on_order[h]
        shells = self.powered_mw[h] + self.waiting_mw[h] + self.pipeline[h].sum()
        return Orders(float(chips), float(shells))

    def place(self, h: int, week: int, order: Orders, shell_usd_per_mw: float, *, unlimited: bool) -> None:
        """Add an order: chips to the makers' backlog, shells to the far end of the pipeline (near, if unlimited).

        The week of the order counts as the first of the shell's weeks, over which it is paid in equal parts.
        """
        self.on_order[h] += order.chips_h100e
        weeks = self.pipeline.shape[1]
        lead = min(UNLIMITED_SHELL_WEEKS, weeks - 1) if unlimited else weeks - 1
        self.pipeline[h, (week + lead) % weeks] += order.shells_mw
        self.shell_dues[h, np.arange(week, week + lead + 1) % weeks] += order.shells_mw * shell_usd_per_mw / (lead + 1)

    def deliver(self, week: int, p: HyperscalerParameters, tech: Technology, *, unlimited: bool) -> Delivery:
        """Move one week on: chips shipped pro rata to orders, installed, retired; shells built and powered."""
        shipped = self._ship(p, tech, unlimited)
        slot, age = week % self.transit.shape[1], week % self.vintages.shape[1]
        self.operating += self.transit[:, slot]
        self.draw_mw += self.transit_mw[:, slot]
        self.transit[:, slot] = shipped
        self.transit_mw[:, slot] = shipped / tech.density

        retired, self.vintages[:, age] = self.vintages[:, age].copy(), shipped
        retired_mw, self.vintage_mw[:, age] = self.vintage_mw[:, age].copy(), shipped / tech.density
        self.installed += shipped - retired
        self.operating -= retired
        self.draw_mw -= retired_mw

        due = week % self.pipeline.shape[1]
        shell_cost = self.shell_dues[:, due].copy()
        self.waiting_mw += self.pipeline[:, due]
        self.pipeline[:, due] = self.shell_dues[:, due] = 0.0
        asked = sum(self.waiting_mw.tolist())
        share = 1.0 if unlimited or asked <= tech.power_mw_per_week else tech.power_mw_per_week / asked
        powered = self.waiting_mw * share
        self.waiting_mw -= powered
        self.powered_mw += powered
        return Delivery(
            shipped=shipped,
            retired=retired,
            powered=powered,
            chip_cost=shipped * tech.chip_price_usd * p.server_ratio,
            shell_cost=shell_cost,
        )

    def _ship(self, p: HyperscalerParameters, tech: Technology, unlimited: bool) -> Floats:
        """Return chips shipped this week and let chip makers' output follow their backlog, within its growth bound."""
        backlog = sum(self.on_order.tolist())
        output = backlog if unlimited else min(self.chip_output, backlog)
        shipped = self.on_order * (output / backlog) if backlog > 0.0 else np.zeros_like(self.on_order)
        self.on_order -= shipped
        fastest = tech.chip_growth_per_year ** (1.0 / WEEKS_PER_YEAR)
        wanted = backlog / p.chip_backlog_weeks
        self.chip_output = clamp(wanted, LEAST_CHIP_GROWTH * self.chip_output, fastest * self.chip_output)
        return shipped
