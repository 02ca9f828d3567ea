"""What was found of one family of events, and what could not be found, in sentences that a neighbour would say."""

from collections.abc import Callable
from dataclasses import dataclass

from safemap.analysis.hotspots.honesty import ONE_ANSWER_FROM, SCORES_FROM, Step
from safemap.analysis.hotspots.hot_cells import Null
from safemap.diagnosis.hotspots import words
from safemap.diagnosis.hotspots.rules import FEWEST_LATER, HotspotParameters, StepUnit
from safemap.diagnosis.hotspots.schemas import BusyHours, Change, Findings, Hotspot, Named, ScoreSeen, Trend
from safemap.diagnosis.hotspots.scoring import PUBLISHED
from safemap.diagnosis.hotspots.words import clock, counted, decimal, odds, whole
from safemap.diagnosis.reasons import MOSTLY, NAMED, too_few_title, zone_name
from safemap.diagnosis.rules import Events, Sentence


@dataclass(frozen=True)
class Told:
    """Findings in words.

    Parameters
    ----------
    street
        Gives a street's name in the reader's language.
    """

    findings: Findings
    parameters: HotspotParameters
    street: Callable[[str], str]

    # --- Where ---

    def title(self) -> Sentence:
        """Say the finding, as the title of its page."""
        found = self.findings
        if found.limits.step is Step.POINTS:
            if found.n == found.n_all:
                return too_few_title(found.events, found.n)
            return Sentence(words.TOO_FEW_PLACED, {"n": found.n, "counted": counted(found.events, found.n_all)})
        if found.hotspots:
            message = words.HOTSPOT if len(found.hotspots) == 1 else words.HOTSPOTS
            place = self.name(found.hotspots[0].place)
            return Sentence(message[found.events], {"n": len(found.hotspots), "place": place})
        return self._one_answer()

    def _one_answer(self) -> Sentence:
        found, number = self.findings, counted(self.findings.events, self.findings.n)
        if found.answer is None or not found.answer.is_any or found.answer.best is None:
            return Sentence(words.NO_HOTSPOT, {"counted": number})
        best = found.answer.best
        message = words.ONE_ANSWER if found.limits.step is Step.ONE_ANSWER else words.NO_SPOT
        return Sentence(message, {"counted": number, "place": self.name(best.place), "odds": odds(best.p_value)})

    def name(self, place: Named) -> Sentence:
        """Name a place in the reader's language."""
        if place.streets:
            return Sentence(NAMED, {"street": tuple(self.street(name) for name in place.streets)})
        if place.village:
            return Sentence(NAMED, {"street": place.village})
        return zone_name("", self.street(place.beside) if place.beside else "")

    def reasons(self, spot: Hotspot) -> tuple[Sentence, ...]:
        """Say why a place is called a hotspot."""
        found = self.findings
        told = [
            Sentence(
                words.GATHERED,
                {
                    "counted": counted(found.events, spot.count),
                    "side": whole(found.limits.window_m),
                    "expected": decimal(spot.expected),
                    "ratio": decimal(spot.ratio),
                    "low": decimal(spot.ratio_low),
                    "high": decimal(spot.ratio_high),
                },
            ),
            Sentence(words.CORRECTED, {"odds": odds(spot.p_value), "tests": whole(found.limits.cells)}),
        ]
        if spot.mostly:
            told.append(Sentence(MOSTLY, {"category": Sentence(spot.mostly)}))
        if spot.busiest and spot.busiest.p_value <= found.limits.level:
            told.append(Sentence(words.SHARE_OF_HOURS, _hours(spot.busiest)))
        return tuple(told)

    def answer(self) -> Sentence | None:
        """Say what the one answer rests on; None when it finds nothing, or is not given."""
        found = self.findings
        if found.answer is None or not found.answer.is_any or found.answer.best is None:
            return None
        best = found.answer.best
        return Sentence(
            words.IN_CIRCLE,
            {
                "counted": counted(found.events, best.count),
                "radius": whole(best.radius_m),
                "expected": decimal(best.expected),
                "ratio": decimal(best.ratio),
            },
        )

    def could_be_found(self) -> Sentence:
        """Say the smallest hotspot that would have been seen."""
        limits = self.findings.limits
        if limits.smallest_ratio is None:
            return Sentence(words.NOTHING_FINDABLE)
        return Sentence(words.COULD_BE_FOUND, {"side": whole(limits.window_m), "ratio": decimal(limits.smallest_ratio)})

    def warning(self) -> Sentence | None:
        """Say that streets are missing, so that less can be told; None when they are there, or nothing is tested."""
        found, limits = self.findings, self.findings.limits
        if limits.is_by_street or limits.step is Step.POINTS:
            return None
        return Sentence(
            words.STREETS_MISSING, {"off": whole(limits.off_streets), "counted": counted(found.events, found.n)}
        )

    def rests_on(self) -> tuple[Sentence, ...]:
        """Say what the result rests on, and what limits it."""
        found, limits = self.findings, self.findings.limits
        told = []
        if limits.outside and limits.is_by_street:
            told.append(Sentence(words.MORE_OUTSIDE, {"n": whole(limits.outside)}))
        if limits.rough:
            distance = whole(self.parameters.worst_accuracy_m)
            told.append(Sentence(words.MORE_ROUGH, {"n": whole(limits.rough), "distance": distance}))
        if limits.step is not Step.POINTS:
            if limits.null is Null.SHUFFLE:
                told.append(Sentence(words.SHUFFLED))
            elif limits.is_by_street:
                told.append(Sentence(words.EVEN_ON_STREETS))
            if found.answer:
                asked = {"circles": whole(found.answer.circles), "runs": whole(found.answer.runs)}
                told.append(Sentence(words.CIRCLES, asked))
        if limits.step not in {Step.POINTS, Step.ONE_ANSWER}:
            tested = {
                "cells": whole(limits.cells),
                "side": whole(limits.window_m),
                "percent": round(100 * limits.level),
            }
            told.append(Sentence(words.TESTED, tested))
        if found.events is Events.REPORTS:
            told += [Sentence(words.REPORTS_BY_STREET), Sentence(words.REPORTERS_UNKNOWN)]
        else:
            positions = {"accuracy": whole(limits.accuracy_m), "cell": whole(limits.cell_m)}
            known = words.POSITIONS if limits.accuracy_m >= 1 else words.AS_PUBLISHED
            told += [Sentence(known, positions), Sentence(words.FROM_AUTHORITY)]
        told += [Sentence(words.DOUBTS[doubt]) for doubt in limits.doubts if doubt in words.DOUBTS]
        return tuple(told)

    # --- When ---

    def times_title(self) -> Sentence:
        """Say when they happen."""
        found = self.findings
        if found.noticed is not None:
            return self._noticed_title()
        if found.hours is None:
            return Sentence(words.HOURS_TOO_FEW, {"n": found.n_timed})
        number = counted(found.events, found.hours.n)
        if found.hours.busiest.p_value <= found.limits.level:
            return Sentence(words.BUSY, {"counted": number, **_hours(found.hours.busiest)})
        return Sentence(words.NOT_BUSY, {"counted": number})

    def _noticed_title(self) -> Sentence:
        found = self.findings
        assert found.noticed is not None
        numbers = {
            words.MOSTLY_NIGHT: found.noticed.at_night,
            words.MOSTLY_DAY: found.noticed.by_day,
            words.MOSTLY_ANY: found.noticed.at_any_time,
        }
        total = sum(numbers.values())
        if total < ONE_ANSWER_FROM:
            return too_few_title(found.events, total)
        message = max(numbers, key=lambda one: numbers[one])
        return Sentence(message, {"n": numbers[message], "all": total})

    def times_notes(self) -> tuple[Sentence, ...]:
        """Say how the hours were tested, and what is not known of them."""
        hours = self.findings.hours
        if hours is None:
            return ()
        test = {"hours": hours.busiest.length_h, "odds": odds(hours.busiest.p_value)}
        told = [Sentence(words.BUSY_TEST, test)]
        if hours.is_spread:
            told.append(Sentence(words.SPREAD))
        if hours.at_any_time:
            told.append(Sentence(words.ANY_TIME, {"n": hours.at_any_time}))
        return tuple(told)

    # --- What changes ---

    def trend_title(self) -> Sentence:
        """Say what changed."""
        trend = self.findings.trend
        if trend is None:
            return Sentence(words.TOO_SHORT)
        if trend.change is None:
            number = sum(trend.counts)
            return (
                Sentence(words.TOO_FEW_TO_COMPARE, {"n": number})
                if number < ONE_ANSWER_FROM
                else Sentence(words.TOO_SHORT)
            )
        after, before = _rates(trend)
        if not self.has_changed(trend.change):
            return Sentence(words.NO_CHANGE, {"after": after, "before": before})
        if trend.change.ratio is None:
            return Sentence(words.MORE_FROM_NONE, {"after": after})
        message = words.MORE_NOW if trend.change.ratio > 1 else words.FEWER_NOW
        return Sentence(message, {"after": after, "before": before, "ratio": decimal(trend.change.ratio)})

    def has_changed(self, change: Change) -> bool:
        """Whether two windows differ by more than chance, looked at from both sides."""
        return 2 * min(change.p_more, change.p_less) <= self.findings.limits.level

    def trend_notes(self) -> tuple[Sentence, ...]:
        """Say how the change was tested, whether it is steady, and what is new."""
        trend = self.findings.trend
        if trend is None or trend.change is None:
            return ()
        change = trend.change
        told = [
            Sentence(
                words.COMPARED,
                {
                    "steps": _last(trend.unit, trend.recent),
                    "low": decimal(change.low),
                    "high": "∞" if change.high is None else decimal(change.high),
                    "odds": odds(min(1.0, 2 * min(change.p_more, change.p_less))),
                },
            )
        ]
        level = self.findings.limits.level
        if trend.p_rising is not None and trend.p_falling is not None:
            if 2 * trend.p_rising <= level:
                told.append(Sentence(words.STEADY_RISE, {"odds": odds(2 * trend.p_rising)}))
            elif 2 * trend.p_falling <= level:
                told.append(Sentence(words.STEADY_FALL, {"odds": odds(2 * trend.p_falling)}))
            else:
                told.append(Sentence(words.NO_STEADY))
        if trend.is_fresh and trend.fresh is not None:
            fresh = {
                "steps": _last(trend.unit, trend.fresh.recent_steps),
                "place": self.name(trend.fresh.place),
                "count": counted(self.findings.events, trend.fresh.count),
                "expected": decimal(trend.fresh.expected),
                "odds": odds(trend.fresh.p_value),
            }
            told.append(Sentence(words.FRESH, fresh))
        elif trend.fresh is not None:
            told.append(Sentence(words.NOTHING_FRESH))
        return tuple(told)

    # --- How earlier maps fared ---

    def scores_title(self, scores: tuple[ScoreSeen, ...]) -> Sentence:
        """Say how the newest map that can be judged fared."""
        done = [score for score in scores if score.scored is not None]
        if done and done[0].scored is not None:
            hits = done[0].scored.maps[PUBLISHED].hit_rate.value
            return Sentence(words.SCORED, {"percent": round(100 * hits)})
        if scores or self.findings.n >= SCORES_FROM:
            later = scores[0].later_n if scores else 0
            return Sentence(words.SCORES_WAIT, {"n": later, "least": FEWEST_LATER})
        return Sentence(words.SCORES_LATER, {"n": whole(self.findings.n)})


def compared(score: ScoreSeen) -> tuple[Sentence, ...]:
    """Say of a scored map whether it did better than what anybody could have drawn."""
    if score.scored is None:
        return ()
    told = []
    for rival, more in score.scored.hits_more.items():
        low, high = more.low or 0.0, more.high or 0.0
        message = words.BETTER if low > 0 else words.WORSE if high < 0 else words.NOT_TOLD_APART
        values = {
            "points": decimal(100 * more.value),
            "rival": Sentence(words.RIVALS[rival]),
            "low": decimal(100 * low),
            "high": decimal(100 * high),
        }
        told.append(Sentence(message, values))
    return tuple(told)


def _hours(busiest: BusyHours) -> dict[str, object]:
    return {
        "percent": round(100 * busiest.share),
        "first": clock(busiest.start_h),
        "last": clock(busiest.start_h + busiest.length_h),
    }


def _rates(trend: Trend) -> tuple[Sentence, Sentence]:
    """Events per step lately, and before."""
    change, before_steps = trend.change, len(trend.counts) - trend.recent
    after = change.after / trend.recent if change else 0.0
    before = change.before / before_steps if change else 0.0
    message = words.A_STEP[trend.unit]
    return Sentence(message, {"n": decimal(after)}), Sentence(message, {"n": decimal(before)})


def _last(unit: StepUnit, number: int) -> Sentence:
    return Sentence(words.LAST_STEP[unit]) if number == 1 else Sentence(words.LAST_STEPS[unit], {"n": number})
