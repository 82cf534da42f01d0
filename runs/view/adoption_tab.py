"""The adoption network: who uses which app, and how it passes from contact to contact."""

from model import InferenceMarket
from runs.view.adoption_network import AdoptionNetwork
from runs.view.network_view import NetworkView
from runs.view.page_session import Session
from runs.view.ui import ChoiceGroup, Loaded, html, solara

LEAD = (
    "A sample of people and who knows whom. Grey ones use no chat app; a newcomer flashes yellow for four weeks, then "
    "takes the colour of the app. Large dots have many contacts, the largest pay. Play, and watch it spread."
)
SAMPLES = (500, 2000, 5000)
USUAL = 2000


@solara.component
def AdoptionTab(session: Session, market: InferenceMarket | None) -> None:
    """Choose the size of the sample and show it."""
    wanted = int(session.choices.get("sample", USUAL))
    sample, set_sample = solara.use_state(wanted if wanted in SAMPLES else USUAL)
    html("p", "jv-lead", LEAD)
    if market is None:
        solara.Text("Building the market …")
        return

    def choose(people: int) -> None:
        set_sample(people)
        session.choose(sample=str(people))

    with html("div", "jv-row"):
        html("span", "jv-caption", "People in the sample")
        ChoiceGroup("People in the sample", SAMPLES, sample, choose)

    def load() -> AdoptionNetwork:
        with session.lock:
            return AdoptionNetwork(market, sample)

    def show(network: AdoptionNetwork) -> None:
        with html("div", "jv-card"):
            NetworkView(session, network)

    waiting = ("div", "jv-card jv-network", "Laying the sample out …")
    # The key has the seed and the scale alone: a branch keeps the people and their places on the page.
    Loaded(load, waiting, show).key(f"{session.setup.seed}-{session.setup.scale}-{sample}")
