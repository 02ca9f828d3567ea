"""How dense events lie: a surface over cells, in events per km² and month."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.hotspots.bandwidth import Bandwidth, Limit, choose_bandwidth
from safemap.analysis.hotspots.kde import FEWEST_CELLS, Surface, surface_of
from safemap.analysis.hotspots.rates import DAYS_PER_MONTH, Legend, legend_of
from safemap.diagnosis.rules import Sentence
from safemap.files.findings import Found, Situation, cell_columns, cell_frame
from safemap.files.rules import DoesNotGoTogether
from safemap.files.tallies import Located, Tally
from safemap.i18n import mark

MOST_FOR_BANDWIDTH = 2_000_000  # events: beyond, the choice takes minutes and the memory of one machine
AS_ASKED = mark("Gaussian kernel of {bandwidth_m:.0f} m, as asked; corrected at the area's edge.")
LIKELIEST = mark(
    "Gaussian kernel of {bandwidth_m:.0f} m, under which places foretell each other best; as good are {low_m:.0f} to"
    " {high_m:.0f} m. Corrected at the area's edge."
)
NO_CLUSTERING = mark("As good are the widest bandwidths: no clustering is seen, and the map shows little but the area.")
NARROWEST = mark("The narrowest bandwidth was taken: positions repeat, or cells are too wide for these events.")
DAY = np.timedelta64(1, "D")


def found_density(situation: Situation) -> Found:
    """Draw the density over cells, in events per km² and month where the period is known."""
    surface, width = surface_for(situation)
    grid = surface.grid
    days = days_of(situation.tally)
    legend = legend_of(surface, days=days) if days is not None else None
    rows: dict[str, NDArray[Any]] = {"per_km2": grid.of_cells(surface.per_km2)}
    columns = {"per_km2": Sentence(mark("events per km²"))}
    if legend is not None and days is not None:
        rows["per_km2_month"] = rows["per_km2"] * (DAYS_PER_MONTH / days)
        rows["class"] = grid.of_cells(legend.class_of)
        columns["per_km2_month"] = Sentence(mark("events per km² and month"))
        columns["class"] = Sentence(mark("class of the legend, 1 and up; 0 where there is next to nothing"))
    peak = float(np.nanmax(surface.per_km2))
    text = mark("{n:,} events: at most {peak:,.0f} per km², with a bandwidth of {bandwidth_m:.0f} m.")
    return Found(
        given="density",
        title=Sentence(text, {"n": situation.tally.n, "peak": peak, "bandwidth_m": surface.bandwidth_m}),
        items=_classes(legend),
        how=(_how_wide(surface, width),),
        doubts=width_doubts(width),
        frame=cell_frame(situation, rows),
        columns=cell_columns(situation, columns),
        figures={"bandwidth_m": surface.bandwidth_m, "peak_per_km2": peak, "days": days},
    )


def surface_for(situation: Situation) -> tuple[Surface, Bandwidth | None]:
    """Make the density surface of what was shared out, with the bandwidth asked for or the likeliest."""
    choices, bins = situation.choices, situation.tally.bins
    assert bins is not None
    if choices.bandwidth_m is not None:
        return surface_of(bins, bandwidth_m=choices.bandwidth_m), None
    if bins.n > MOST_FOR_BANDWIDTH:
        raise DoesNotGoTogether(
            "bandwidth-m",
            f"it is not chosen for more than {MOST_FOR_BANDWIDTH:,} events, and there are {bins.n:,}",
            "Say it: two to five cells are usual.",
        )
    before = situation.wanted.edges[-2] if situation.wanted.early_bins and situation.wanted.edges else None
    parts = situation.spread.gather(situation.spread.map(_places_and_weights, situation.located, before))
    narrowest = max(FEWEST_CELLS * bins.grid.cell_m, situation.rule.accuracy_m)
    width = choose_bandwidth(
        bins.grid,
        np.concatenate([places for places, _ in parts]),
        weights=np.concatenate([weights for _, weights in parts]),
        narrowest_m=narrowest,
    )
    return surface_of(bins, bandwidth_m=width.chosen_m), width


def _places_and_weights(
    located: Located, before: np.datetime64 | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weight = located.events.weight
    weights = np.ones(len(located.xy)) if weight is None else weight
    if before is None:
        return located.xy, weights
    early = located.events.begin < before
    return located.xy[early], weights[early]


def days_of(tally: Tally) -> float | None:
    """Return the length of the period that the events are from, its last day included; None without times."""
    if np.isnat(tally.first):
        return None
    return float((tally.last.astype("datetime64[D]") - tally.first.astype("datetime64[D]")) / DAY) + 1.0


def _classes(legend: Legend | None) -> tuple[Sentence, ...]:
    if legend is None or len(legend.breaks) == 0:
        return ()
    breaks = ", ".join(f"{bound:g}" for bound in legend.breaks)
    return (Sentence(mark("Classes of the legend end at {breaks} events per km² and month."), {"breaks": breaks}),)


def _how_wide(surface: Surface, width: Bandwidth | None) -> Sentence:
    values = {"bandwidth_m": surface.bandwidth_m}
    if width is None:
        return Sentence(AS_ASKED, values)
    return Sentence(LIKELIEST, values | {"low_m": width.low_m, "high_m": width.high_m})


def width_doubts(width: Bandwidth | None) -> tuple[Sentence, ...]:
    """Say when the bandwidth is one that the data did not choose."""
    if width is None or width.limit is Limit.NONE:
        return ()
    return (Sentence(NO_CLUSTERING if width.limit is Limit.WIDEST else NARROWEST),)
