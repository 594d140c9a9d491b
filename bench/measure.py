"""Two programs measured alternately, the median of their ratios, and the table of all rows.

A figure is a ratio of two numbers taken one right after the other, so that what else the machine does weighs on both.
"""

import statistics
from dataclasses import asdict, dataclass


@dataclass
class Figure:
    row: str
    what: str
    beside: str
    ratio: float
    goal: float
    at_most: bool  # the goal is an upper bound
    ours: float
    theirs: float
    unit: str
    rounds: list  # of pairs (ours, theirs), in their order

    @property
    def met(self):
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def as_json(self):
        return {**asdict(self), "met": self.met}


def compare(row, what, beside, goal, unit, rounds, ours, theirs, at_most=False):
    """ours and theirs take the number of the round and return what they measured; who begins changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2 == 0:
            mine = ours(number)
            pairs.append((mine, theirs(number)))
        else:
            other = theirs(number)
            pairs.append((ours(number), other))
    return from_pairs(row, what, beside, goal, unit, pairs, at_most)


def from_pairs(row, what, beside, goal, unit, pairs, at_most=False):
    ratios = [mine / other for mine, other in pairs]
    return Figure(
        row=row, what=what, beside=beside, goal=goal, at_most=at_most, unit=unit,
        ratio=rounded(statistics.median(ratios)),
        ours=rounded(statistics.median(mine for mine, _ in pairs)),
        theirs=rounded(statistics.median(other for _, other in pairs)),
        rounds=[(rounded(mine), rounded(other)) for mine, other in pairs],
    )


def rounded(number):
    """Three digits that mean something."""
    return float(f"{number:.3g}") if abs(number) < 1000 else round(number)


def table(figures):
    """Markdown, which is also readable as it is."""
    head = ("what", "beside", "goal", "ratio", "rounds", "ours", "beside it")
    lines = [head, ("---",) * len(head)]
    for figure in figures:
        lines.append((
            figure.what, figure.beside, f"{'≤' if figure.at_most else '≥'} {figure.goal:.2f}",
            f"{figure.ratio:.2f}{'' if figure.met else ' (missed)'}", spread(figure),
            quantity(figure.ours, figure.unit), quantity(figure.theirs, figure.unit),
        ))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(figure):
    ratios = sorted(mine / other for mine, other in figure.rounds)
    return f"{ratios[0]:.2f} to {ratios[-1]:.2f}" if len(ratios) > 1 else "1"


def quantity(number, unit):
    text = f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
    return f"{text} {unit}"
