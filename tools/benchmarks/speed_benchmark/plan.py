"""Which cases a run has: with the sizes of the report, or tiny ones that only show that everything runs."""

from collections.abc import Callable

from .cases import Case

# Against the reference in the same run: times faster, and peak memory over the reference's.
_RENDERER = dict(faster=dict(ours=3.0), memory=dict(ours=1 / 6))
_STEP = dict(faster={'ours': 1.25, 'ours, bfloat16': 1.8}, memory=dict(ours=0.7))


def _renderer(tiny: bool) -> list[Case]:
    from .parts.geometry import edge_map, renderer

    if tiny:
        return [renderer(2, 16, 4, 3), edge_map(2, 16, 4)]
    return [renderer(16, 128, 32, 16, **_RENDERER), edge_map(4, 128, 16)]


def _soft_argmax(tiny: bool) -> list[Case]:
    from .parts.geometry import soft_argmax

    return [soft_argmax(2, 4, 3) if tiny else soft_argmax(16, 16, 32)]


def _thin_plate_spline(tiny: bool) -> list[Case]:
    from .parts.geometry import thin_plate_spline

    return [thin_plate_spline(2, 16) if tiny else thin_plate_spline(16, 128)]


def _perceptual_loss(tiny: bool) -> list[Case]:
    from .parts.training import perceptual_loss

    return [perceptual_loss(2, 32) if tiny else perceptual_loss(16, 128)]


def _step(tiny: bool) -> list[Case]:
    from .parts.training import exact_step, step

    if tiny:
        return [exact_step(2, 96)]
    return [exact_step(2, 128), step(4, 128), step(16, 128, **_STEP)]


def _prediction(tiny: bool) -> list[Case]:
    from .parts.prediction import detector, end_to_end

    if tiny:
        return [detector(1, 32, compiled=False), end_to_end(2, 128, compiled=False)]
    wanted = {'ours, ONNX Runtime': 100.0, 'ours, compiled': 100.0, 'ours, compiled, bfloat16': 100.0}
    networks = [detector(1, 128, True, rate=wanted), detector(32, 128, True)]
    return [*networks, end_to_end(1, 128, True), end_to_end(32, 128, True)]


def _evaluation(tiny: bool) -> list[Case]:
    from .parts.evaluation import metric

    return [metric(4 if tiny else 2000)]


def _startup(tiny: bool) -> list[Case]:
    from .parts.startup import commands

    return commands()[:1] if tiny else commands()


def _growth(tiny: bool) -> list[Case]:
    from .parts.geometry import renderer

    if tiny:
        return [renderer(1, 8, 4, 2, part='growth')]
    sizes = [(b, 128, 32, 16) for b in (1, 4, 16, 64)]
    sizes += [(4, s, 32, 16) for s in (64, 256, 512)]
    sizes += [(4, 128, k, 16) for k in (8, 128)]
    sizes += [(4, 128, 32, e) for e in (4, 64, 256)]
    from .parts.training import step

    return [renderer(*size, part='growth') for size in sizes] + [
        step(batch, size, part='growth', bfloat16=False) for batch, size in ((1, 128), (2, 128), (4, 96), (4, 192))
    ]


PARTS: dict[str, Callable[[bool], list[Case]]] = dict(
    renderer=_renderer,
    soft_argmax=_soft_argmax,
    thin_plate_spline=_thin_plate_spline,
    perceptual_loss=_perceptual_loss,
    step=_step,
    prediction=_prediction,
    evaluation=_evaluation,
    startup=_startup,
    growth=_growth,
)


def plan(parts: list[str], tiny: bool) -> list[Case]:
    """The cases of some parts, in their order; those of the data pipeline have a tool of their own."""
    return [case for part in parts if part in PARTS for case in PARTS[part](tiny)]
