"""Measure cases: prepare every side, compare what they compute, then let them work in turns."""

import os

import torch

from .cases import Case, check_equal
from .workers import Bench, Worker


def measure(number: int, case: Case, workers: dict[str, Bench | Worker], repeats: int) -> dict:
    """Everything about one case.

    Args:
        number: Of the case, as the workers count.
        case: The case.
        workers: For each of its sides.
        repeats: Calls of each side that are timed.

    Returns:
        What is written for it.

    Raises:
        UnequalError: If the sides do not compute the same.
    """
    computed = {}
    for side in case.sides:
        file = workers[side].prepare(number)
        computed[side] = torch.load(file)
        os.unlink(file)
    differences = {
        side: check_equal(case, side, computed[side], computed['reference'])
        for side in case.sides
        if 'reference' in computed and side != 'reference'
    }
    del computed
    measured = {side: dict(peak_bytes=workers[side].peak(), seconds=[]) for side in case.sides}
    for _ in range(repeats):
        for side in case.sides:  # in turns, so that whatever slows the machine down slows all
            measured[side]['seconds'].append(workers[side].seconds())
    for side in case.sides:
        workers[side].drop()
        if side in differences:
            measured[side]['largest_difference'] = differences[side]
    targets = {
        side: {kind: getattr(case, kind)[side] for kind in ('faster', 'memory', 'rate') if side in getattr(case, kind)}
        for side in case.sides
    }
    return dict(part=case.part, case=case.name, images=case.images, sides=measured, targets=targets)


def measure_all(cases: list[Case], workers: dict[str, Bench | Worker], repeats: int, report=print) -> list[dict]:
    """All cases, one after the other."""
    results = []
    for number, case in enumerate(cases):
        report(f'[{number + 1}/{len(cases)}] {case.part}: {case.name}')
        results.append(measure(number, case, workers, repeats))
    return results


def sides_of(cases: list[Case]) -> list[str]:
    """All sides, the reference first."""
    return list(dict.fromkeys(side for case in cases for side in case.sides))
