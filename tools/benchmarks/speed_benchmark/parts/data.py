"""The loader's rows of the table, from `tools/benchmarks/data_pipeline.py`, which has sides of its own."""

import data_pipeline

# Sides of that tool, as rows of ours: the first of a case is what others are compared with.
_CASES = {
    'Simplified H36M, one worker': dict(originals='reference', packed='packed', plain='plain data set'),
    'mp4, one worker': {'mp4': 'reference', 'mp4 packed': 'packed'},
}
_TARGETS = dict(packed=dict(faster=5.0))


def measure(repeats: int, **sizes) -> list[dict]:
    """Results like those of other parts: seconds of processor time a frame, medians over the repeats."""
    rates = data_pipeline.measure(repeats=repeats, **sizes)['frames_per_second']
    return [
        dict(
            part='data',
            case=case,
            images=1,
            sides={name: dict(seconds=[1 / rates[side]], peak_bytes=0) for side, name in sides.items()},
            targets=_TARGETS if 'originals' in sides else {},
        )
        for case, sides in _CASES.items()
    ]
