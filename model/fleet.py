"""The fleet: chips in transit, in operation and retired, shells and power; what is live is what all of them allow."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.choice import Floats
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.supplier_parameters import SupplierParameters
from model.exogenous_growth import ExogenousGrowth

SPARE_AT_START = 1.25
"""Shells and power to what the first chips draw."""


class Technology(NamedTuple):
    """What exogenous progress has reached.

    Cost of the leader's chip (USD/H100e), accelerators (H100e) per MW, and per packaged wafer.
    """

    chip_cost_usd: float
    density: float
    h100e_per_wafer: float


def technology(p: HyperscalerParameters, s: SupplierParameters, progress: ExogenousGrowth) -> Technology:
    """Return what hardware has reached after the exogenous progress so far."""
    return Technology(
        chip_cost_usd=s.chip_cost_usd * math.exp(-progress.hardware),
        density=p.density_at_start * math.exp(progress.density),
        h100e_per_wafer=s.h100e_per_wafer * math.exp(progress.wafers),
    )


class Delivery(NamedTuple):
    """One week's movements, by maker and hyperscaler: what came, and what was paid (USD).

    Chips shipped (M, H), H100e; shells finished (B, H) and power connected (P, H), MW; `retired` (H,) H100e. Chips are
    paid with their servers.
    """

    chips: Floats
    retired: Floats
    finished: Floats
    connected: Floats
    chip_cost: Floats
    shell_cost: Floats
    power_cost: Floats

    def capex(self) -> Floats:
        """Return what hyperscalers paid (H,), USD."""
        return np.asarray(self.chip_cost.sum(axis=0) + self.shell_cost.sum(axis=0) + self.power_cost.sum(axis=0))


@dataclass
class Fleet:
    """What hyperscalers own; arrays (H,), rings (H, weeks).

    Chips (H100e): `transit` ring of chips being installed; `installed` delivered and not retired, of which `operating`
    is past installation; `vintages` ring of deliveries by week of retirement, `vintage_mw` the power that they draw;
    `draw_mw` power drawn by all in operation; `transit_mw` by those in transit. `shells_mw` finished shells;
    `connected_mw` power that is connected.
    """

    STATE = (
        "transit", "transit_mw", "installed", "operating", "draw_mw", "vintages", "vintage_mw", "shells_mw",
        "connected_mw",
    )  # fmt: skip

    transit: Floats
    transit_mw: Floats
    installed: Floats
    operating: Floats
    draw_mw: Floats
    vintages: Floats
    vintage_mw: Floats
    shells_mw: Floats
    connected_mw: Floats

    @classmethod
    def build(cls, profiles: list[HyperscalerProfile], p: HyperscalerParameters) -> "Fleet":
        """Return the fleet at the start; its chips retire evenly over a chip's life."""
        stock = np.array([h.installed_at_start_h100e for h in profiles])
        vintages = np.repeat((stock / p.chip_life_weeks)[:, None], p.chip_life_weeks, axis=1)
        return cls(
            transit=np.zeros((len(stock), p.install_weeks)),
            transit_mw=np.zeros((len(stock), p.install_weeks)),
            installed=stock.copy(),
            operating=stock.copy(),
            draw_mw=stock / p.density_at_start,
            vintages=vintages,
            vintage_mw=vintages / p.density_at_start,
            shells_mw=SPARE_AT_START * stock / p.density_at_start,
            connected_mw=SPARE_AT_START * stock / p.density_at_start,
        )

    @property
    def powered_mw(self) -> Floats:
        """Shells that have power (H,), MW."""
        return np.minimum(self.shells_mw, self.connected_mw)

    def live(self, *, unlimited: bool = False) -> Floats:
        """Return live capacity (H100e): chips in operation, as far as powered shells hold them."""
        if unlimited:
            return self.operating.copy()
        operating = np.maximum(self.operating, 0.0)  # what is left of chips that retired may round to less
        return np.minimum(operating, self.powered_mw * (operating / np.maximum(self.draw_mw, 1e-9)))

    def install(self, week: int, shipped: Floats, density: float) -> Floats:
        """Take over the week's chips (H,), run those that are installed, retire the oldest; return these (H,)."""
        slot, age = week % self.transit.shape[1], week % self.vintages.shape[1]
        self.operating += self.transit[:, slot]
        self.draw_mw += self.transit_mw[:, slot]
        self.transit[:, slot] = shipped
        self.transit_mw[:, slot] = shipped / density
        retired, self.vintages[:, age] = self.vintages[:, age].copy(), shipped
        retired_mw, self.vintage_mw[:, age] = self.vintage_mw[:, age].copy(), shipped / density
        self.installed += shipped - retired
        self.operating -= retired
        self.draw_mw -= retired_mw
        return retired

    def retiring(self, week: int, h: int) -> tuple[Floats, Floats]:
        """Return the chips (H100e) of a hyperscaler that retire until 0, 1, ... weeks after `week`, and their MW."""
        at = (week + 1) % self.vintages.shape[1]
        chips, mw = self.vintages[h], self.vintage_mw[h]
        return (np.concatenate((chips[at:], chips[:at])).cumsum(), np.concatenate((mw[at:], mw[:at])).cumsum())
