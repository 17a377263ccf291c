"""What a case is: the same work on several sides."""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

# A call does the work once and returns what must be equal on all sides: values and gradients by name.
Call = Callable[[], dict[str, Tensor]]


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes:
        part: Which part of the benchmark it belongs to.
        name: What is measured, with its sizes.
        sides: Side to the function that prepares a call. `reference` is what others are compared with, if there.
        images: Worked on by a call, for images a second; 0 where that says nothing.
        tolerance: Side to the largest difference allowed, relative to the largest value of a result; 1e-3 by default.
        faster: Side to the wanted ratio of times, reference over this side.
        memory: Side to the wanted ratio of peak memories, this side over reference.
        rate: Side to the wanted number of images a second.
        in_children: Whether child processes do the work, so that the memory of this one says nothing.
    """

    part: str
    name: str
    sides: dict[str, Callable[[], Call]]
    images: int = 0
    tolerance: dict[str, float] = field(default_factory=dict)
    faster: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    rate: dict[str, float] = field(default_factory=dict)
    in_children: bool = False


class UnequalError(AssertionError):
    """Two sides do not compute the same."""


def check_equal(case: Case, side: str, ours: dict[str, Tensor], reference: dict[str, Tensor]) -> float:
    """Compare what a side computed with the reference.

    Returns:
        The largest difference, relative to the largest value of the result.

    Raises:
        UnequalError: If it is beyond the case's tolerance, or the results have other names or shapes.
    """
    if ours.keys() != reference.keys():
        raise UnequalError(f'{case.part}, {case.name}: {side} computes {sorted(ours)}, not {sorted(reference)}')
    worst = 0.0
    tolerance = case.tolerance.get(side, 1e-3)
    for name, expected in reference.items():
        value, expected = ours[name].double(), expected.double()
        if value.shape != expected.shape:
            raise UnequalError(f'{case.part}, {case.name}: {name} of {side} has shape {tuple(value.shape)}')
        difference = float((value - expected).abs().max() / expected.abs().max().clamp(min=1e-30))
        if not difference <= tolerance:
            raise UnequalError(
                f'{case.part}, {case.name}: {name} of {side} differs from the reference by {difference:.1e} of its '
                f'largest value; {tolerance:.0e} is allowed'
            )
        worst = max(worst, difference)
    return worst
