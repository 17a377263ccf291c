"""Problems found in data, one row each."""

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from kpgan_mm.datasets.bad_data import BadDataError, collect_bad_data

from .kinds import KINDS

SEVERITIES = ('config', 'error', 'warning')


@dataclass(frozen=True)
class Problem:
    """One problem: where it is, what it is, how to mend it."""

    severity: str
    kind: str
    where: str
    file: str
    line: str
    what: str
    mend: str


@dataclass
class Report:
    """What a check found.

    Attributes:
        problems: In the order of finding; the same problem of the same place is kept once.
        looked_at: Numbers of what was looked at, by name, e.g. ``{'frames': 994}``.
        progress: Called with a name, how much of it is done, and the total.
    """

    problems: list[Problem] = field(default_factory=list)
    looked_at: Counter = field(default_factory=Counter)
    progress: Callable[[str, int, int], None] = lambda name, done, total: None
    _known: set = field(default_factory=set)

    def add(self, kind: str, what: str, where: str = '', file: str = '', line: str = '', mend: str = '') -> None:
        """Adds a problem of a kind of :data:`~.kinds.KINDS`."""
        key = (kind, str(file), str(line), '' if file else where, '' if file and line else what)
        if key not in self._known:
            self._known.add(key)
            severity = KINDS[kind].severity
            self.problems.append(Problem(severity, kind, where, str(file), str(line), what, mend or KINDS[kind].mend))

    def extend(self, other: 'Report') -> None:
        """Adds the problems of another report."""
        for one in other.problems:
            self.add(one.kind, one.what, one.where, one.file, one.line, one.mend)

    def add_error(self, error: Exception, where: str, kind: str) -> None:
        """Adds what an exception says; ``kind`` is for those that do not know their own."""
        if isinstance(error, BadDataError):
            self.add(error.kind, one_line(error), where, error.file, error.line)
        else:
            self.add(kind, one_line(error) or type(error).__name__, where)

    @contextmanager
    def collecting(self, where: str):
        """Within it, bad data that sources and data sets meet become problems of this report."""
        with collect_bad_data(lambda error: self.add_error(error, where, 'unreadable')):
            yield

    def count(self, severity: str) -> int:
        """Number of problems of a severity."""
        return sum(problem.severity == severity for problem in self.problems)

    @property
    def exit_code(self) -> int:
        """0 if nothing but warnings was found, 1 if there are errors, 2 if the configuration itself cannot work."""
        return 2 if self.count('config') else 1 if self.count('error') else 0

    def to_dict(self) -> dict:
        """For JSON."""
        return dict(
            problems=[asdict(problem) for problem in self.problems],
            summary={severity: self.count(severity) for severity in SEVERITIES},
            looked_at=dict(self.looked_at),
            exit_code=self.exit_code,
        )


def one_line(error: Exception) -> str:
    """Message of an exception, without line breaks."""
    return ' '.join(str(error).split())
