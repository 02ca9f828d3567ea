"""What is said beside every finding: how many took part, from when, how well known, what was read, what is in doubt."""

from collections.abc import Mapping

import numpy as np

from safemap.analysis.hotspots.honesty import Doubt, MayShow
from safemap.diagnosis.rules import Sentence
from safemap.files.events import Facts, Trouble
from safemap.files.findings import Situation
from safemap.files.kinds import name_of
from safemap.files.rules import NEEDS, Method, Role
from safemap.i18n import mark
from safemap.imports.report import Outcome

ROLE_NAMES = {
    Role.X: mark("longitude or easting"),
    Role.Y: mark("latitude or northing"),
    Role.SHAPE: mark("position"),
    Role.TIME: mark("time"),
    Role.CLOCK: mark("time of day"),
    Role.UNTIL: mark("end"),
    Role.WEIGHT: mark("weight"),
    Role.ACCURACY: mark("accuracy"),
    Role.KIND: mark("kind"),
    Role.REPORTER: mark("reporter"),
}
OUTCOME_NAMES = {
    Outcome.MENDED: mark("mended"),
    Outcome.REFUSED: mark("left out"),
    Outcome.KEPT: mark("noted"),
}
# Too few is what the title says; what lies outside and what nothing could find have numbers of their own.
DOUBTS = {
    Doubt.MIXED: mark("Events of different kinds are counted together: {kinds}. Their causes and remedies differ."),
    Doubt.COARSE: mark(
        "Positions are known within {accuracy_m:.0f} m only: cells should be {least_m:.0f} m wide at least."
    ),
    Doubt.REPEATED: mark(
        "{repeated:.0%} of the events are exactly where another one is, as at an address or in the middle of a street."
    ),
    Doubt.FEW_REPORTERS: mark("{reporters} people reported all of it."),
    Doubt.SOME_OUTSIDE: mark("{outside:,} events lie outside the area and take no part."),
    Doubt.NOTHING_FINDABLE: mark(
        "No hotspot, however strong, could have been found with so few events in so many windows."
    ),
}


def what_is_given(asked: Method, n: int, given: str) -> tuple[Sentence, ...]:
    """Say that less is given than was asked for, and why."""
    if given == asked.value or n >= NEEDS[asked]:
        return ()
    text = mark("“{asked}” is shown from {least} events on; here are {n}, and what may be said of so few is given.")
    return (Sentence(text, {"asked": asked.value, "least": NEEDS[asked], "n": n}),)


def what_took_part(situation: Situation) -> tuple[Sentence, ...]:
    """Say how many took part, from when, of which kinds, how well their places are known, from how many people."""
    facts, tally, rule = situation.facts, situation.tally, situation.rule
    values = {"n": tally.n, "rows": facts.rows, "first": str(tally.first)[:10], "last": str(tally.last)[:10]}
    if np.isnat(tally.first):
        said = [Sentence(mark("{n:,} events took part, of {rows:,} rows; when they were is not known."), values)]
    else:
        said = [Sentence(mark("{n:,} events took part, of {rows:,} rows, from {first} to {last}."), values)]
    if tally.kinds and len(tally.kinds) > 1:
        said.append(Sentence(mark("Kinds: {kinds}."), {"kinds": kinds_said(tally.kinds)}))
    if situation.method is Method.HOURS:
        pass
    elif tally.accuracy is None:
        said.append(Sentence(mark("How well positions are known is not said; they count as exact.")))
    else:
        text = mark("Nine of ten positions are known within {accuracy_m:.0f} m.")
        said.append(Sentence(text, {"accuracy_m": rule.accuracy_m}))
    if rule.reporters is None:
        said.append(Sentence(mark("How many different people reported them is not known.")))
    else:
        text = mark("{reporters:,} different people reported them.")
        said.append(Sentence(text, {"reporters": rule.reporters}))
    return tuple(said)


def kinds_said(kinds: Mapping[str, int], most: int = 6) -> tuple[Sentence, ...]:
    """Say the most frequent kinds with their numbers."""
    ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    said = [
        Sentence(mark("{kind} {count:,}"), {"kind": name_of(kind), "count": count}) for kind, count in ordered[:most]
    ]
    if len(ordered) > most:
        said.append(Sentence(mark("{more} others"), {"more": len(ordered) - most}))
    return tuple(said)


def what_is_in_doubt(situation: Situation, repeated: float) -> tuple[Sentence, ...]:
    """Say what limits the result."""
    facts, rule, tally = situation.facts, situation.rule, situation.tally
    values = {
        "kinds": kinds_said(tally.kinds),
        "accuracy_m": rule.accuracy_m,
        "least_m": rule.least_cell_m,
        "repeated": repeated,
        "reporters": rule.reporters,
        "outside": rule.outside,
    }
    said = [Sentence(DOUBTS[doubt], values) for doubt in rule.doubts if doubt in _to_be_said(situation, rule)]
    unplaced = facts.events - facts.placed
    if unplaced and situation.method is not Method.HOURS:
        said.append(Sentence(mark("{number:,} events have no position and take no part."), {"number": unplaced}))
    if tally.untimed:
        said.append(Sentence(mark("{number:,} events have no time and take no part."), {"number": tally.untimed}))
    return tuple(said)


def _to_be_said(situation: Situation, rule: MayShow) -> set[Doubt]:
    left_out = {Doubt.TOO_FEW}
    if not situation.ground.studies or not rule.hot_cells:
        left_out |= {Doubt.NOTHING_FINDABLE, Doubt.COARSE}
    return set(Doubt) - left_out


def what_was_read(facts: Facts) -> tuple[Sentence, ...]:
    """Say which columns were read, and what was the matter with rows."""
    by_file: dict[str, dict[str, str]] = {}
    for file, role, column in facts.read:
        by_file.setdefault(file, {})[role] = column
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for file, columns in by_file.items():
        alike.setdefault(tuple(columns.items()), []).append(file)
    said = []
    for pairs, files in alike.items():
        named = tuple(
            Sentence(mark("{role} from column {column}"), {"role": Sentence(ROLE_NAMES[Role(role)]), "column": column})
            for role, column in pairs
        )
        shown = files[0] if len(files) == 1 else Sentence(mark("{files} files"), {"files": len(files)})
        said.append(Sentence(mark("Read from {file}: {columns}."), {"file": shown, "columns": named}))
    return (*said, *(_trouble(trouble) for trouble in facts.troubles))


def _trouble(trouble: Trouble) -> Sentence:
    text = mark("{count:,} rows {outcome}: {reason}; the first is row {row} of {file}, {field} “{value}”. {right}")
    values = {
        "count": trouble.count,
        "outcome": Sentence(OUTCOME_NAMES[trouble.outcome]),
        "reason": trouble.reason,
        "row": trouble.row,
        "file": trouble.file,
        "field": trouble.field,
        "value": trouble.value,
        "right": trouble.right,
    }
    return Sentence(text, values)
