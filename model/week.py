"""The week, phase by phase."""

from model.capacity import delivery, investment
from model.phases import Phase
from model.products import pricing, research
from model.record import record
from model.settlement import publication, settlement
from model.traffic import allocation, demand
from model.uptake import adoption

PHASES: tuple[Phase, ...] = (
    # What is on sale, and to whom.
    research,
    pricing,
    adoption,
    # Who asks, who is served, and who pays.
    demand,
    allocation,
    settlement,
    # What compute there will be.
    investment,
    delivery,
    # What the world learns.
    publication,
    record,
)
