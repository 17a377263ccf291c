"""What was measured as JSON, as a Markdown table, and as a table on the terminal."""

import platform
import statistics
from pathlib import Path

import torch

_HEADINGS = ('part', 'case', 'side', 'median ms', 'images/s', 'peak MB', 'times faster', 'peak / reference', 'target')


def machine(threads: int) -> dict:
    """What the figures depend on."""
    import mmengine
    import mmpose

    lines = Path('/proc/cpuinfo').read_text().splitlines() if Path('/proc/cpuinfo').exists() else []
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    flags = next((line for line in lines if line.startswith('flags')), '')
    return dict(
        processor=names[0] if names else platform.processor(),
        cores=len(names) or None,
        instructions=[name for name in ('avx2', 'avx512f', 'avx512_bf16', 'amx_bf16') if f' {name}' in flags],
        threads=threads,
        python=platform.python_version(),
        torch=torch.__version__,
        mmengine=mmengine.__version__,
        mmpose=mmpose.__version__,
    )


def rows(results: list[dict]) -> list[tuple[str, ...]]:
    """One row a side, as text, in the order of `_HEADINGS`."""
    table = []
    for result in results:
        reference = result['sides'].get('reference')
        for side, measured in result['sides'].items():
            seconds = statistics.median(measured['seconds'])
            others = reference is not None and side != 'reference'
            faster = statistics.median(reference['seconds']) / seconds if others else None
            memory = measured['peak_bytes'] / reference['peak_bytes'] if others and reference['peak_bytes'] else None
            rate = result['images'] / seconds if result['images'] else None
            table.append(
                (
                    result['part'],
                    result['case'],
                    side,
                    f'{1000 * seconds:.4g}',
                    '' if rate is None else f'{rate:.4g}',
                    f'{measured["peak_bytes"] / 1e6:.1f}' if measured['peak_bytes'] else '',
                    '' if faster is None else f'{faster:.2f}',
                    '' if memory is None else f'{memory:.2f}',
                    _target(result['targets'].get(side, {}), faster, memory, rate),
                )
            )
    return table


def _target(wanted: dict, faster: float | None, memory: float | None, rate: float | None) -> str:
    """What was to be reached, and whether it was."""
    parts = []
    if 'faster' in wanted:
        parts.append(f'{wanted["faster"]:g} x faster: {_verdict(faster >= wanted["faster"])}')
    if 'memory' in wanted:
        parts.append(f'{wanted["memory"]:.2g} of the memory: {_verdict(memory <= wanted["memory"])}')
    if 'rate' in wanted:
        parts.append(f'{wanted["rate"]:g} images/s: {_verdict(rate >= wanted["rate"])}')
    return '; '.join(parts)


def _verdict(reached: bool) -> str:
    return 'reached' if reached else 'missed'


def markdown(report: dict) -> str:
    """The table, with machine and command."""
    about = report['machine']
    lines = [
        f'`{report["command"]}`',
        '',
        f'{about["processor"]}, {about["cores"]} cores ({", ".join(about["instructions"])}), '
        f'{about["threads"]} threads, torch {about["torch"]}, Python {about["python"]}; {report["repeats"]} repeats.',
        '',
        '| ' + ' | '.join(_HEADINGS) + ' |',
        '| ' + ' | '.join('---' for _ in _HEADINGS) + ' |',
        *('| ' + ' | '.join(row) + ' |' for row in rows(report['results'])),
    ]
    return '\n'.join(lines) + '\n'


def show(results: list[dict]) -> None:
    """On the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEADINGS)
    for row in rows(results):
        table.add_row(*row)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)
