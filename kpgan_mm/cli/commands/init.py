"""`kpgan init`: a project from videos."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from kpgan_mm.utils.config import ConfigError

from ..output import console, finish, one_sentence
from ..project.create import Project, Wishes, create_project, next_steps
from ..project.skeletons import NAMED
from ..project.videos import Survey


class Mirror(str, Enum):
    """How a scene can be mirrored so that it might have been filmed like that."""

    horizontal = 'horizontal'
    vertical = 'vertical'


@one_sentence
def init(
    folder: Annotated[Path, typer.Argument(help='Folder of the new project.')],
    videos: Annotated[Path, typer.Option(help='A video, or a folder of videos.')],
    skeleton: Annotated[str, typer.Option(help=f'{", ".join(NAMED)}; or a YAML file with keypoints, links, mirror.')],
    prior: Annotated[
        Path | None,
        typer.Option(
            help='Unpaired poses: CSV of DeepLabCut, Lightning Pose or SLEAP, .slp and analysis .h5 of SLEAP, COCO '
            '.json, .npz with keypoints or joints_3d. Without it they are placed by hand in the studio.'
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help='Labelled frames that judge the result (CSV of DeepLabCut or Lightning Pose). If it is the file of '
            '--prior, every other frame is the prior and the others judge.'
        ),
    ] = None,
    crop: Annotated[
        tuple[int, int, int, int] | None,
        typer.Option(metavar='X Y WIDTH HEIGHT', help='Where the figure is. By default it is looked for.'),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(help='Where the figure travels: CSV with the columns video, frame, x, y, width, height.'),
    ] = None,
    image_size: Annotated[
        tuple[int, int] | None,
        typer.Option(
            metavar='WIDTH HEIGHT', help="Of the network's input; by default about 64 x 64, of the crop's shape."
        ),
    ] = None,
    fit_prior: Annotated[
        bool,
        typer.Option('--fit-prior', help='The poses belong to other pictures: fit each to the crop, with a margin.'),
    ] = False,
    mirror: Annotated[
        Mirror | None,
        typer.Option(help='Mirror half of the pictures and poses: for scenes that could as well be filmed like that.'),
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(metavar='NAME=NAME_IN_FILE', help='What a keypoint is called in the files.')
    ] = None,
    min_confidence: Annotated[float, typer.Option(help='Predicted points of a prior with less are missing.')] = 0.6,
    iterations: Annotated[int, typer.Option(min=1, help='Of the main training.')] = 2000,
) -> None:
    """Make a project from videos: look at them, find the figure, and write configurations to edit."""
    pairs = [pair.partition('=') for pair in rename or []]
    if any(not (name and sign and theirs) for name, sign, theirs in pairs):
        raise ConfigError('--rename takes NAME=NAME_IN_FILE, such as left_ear=earL.')
    wishes = Wishes(
        folder=folder,
        videos=videos,
        skeleton=skeleton,
        prior=prior,
        labels=labels,
        boxes=boxes,
        crop=crop,
        image_size=image_size,
        fit_prior=fit_prior,
        mirror=mirror and mirror.value,
        rename={name: theirs for name, _, theirs in pairs},
        min_confidence=min_confidence,
        iterations=iterations,
    )
    project = create_project(wishes)
    out = console()
    out.print(_videos_table(project.survey))
    if project.survey.num_deeper:
        deeper = f'in sub-folders of {videos}, not looked at and not used: {project.survey.num_deeper}'
        out.print(f'[bold]videos[/] {escape(deeper)}', soft_wrap=True)
    _print_choices(project)
    shown = [name for name in project.files if not name.startswith('_base_')]
    finish(
        [f'{folder}: {", ".join(shown)}, and copies of the settings that they inherit in _base_'], next_steps(project)
    )


def _videos_table(survey: Survey, most_rows: int = 20) -> Table:
    """Videos that cannot be used first."""
    table = Table(title='videos', title_justify='left')
    for name in ('video', 'size', 'frames', 'frames/s', 'seconds', 'problem'):
        table.add_column(name, justify='left' if name in ('video', 'problem') else 'right', overflow='fold')
    for video in sorted(survey.videos, key=lambda video: not video.problem)[:most_rows]:
        seconds = f'{video.frames / video.rate:.1f}' if video.rate else '?'
        size = '{} x {}'.format(*video.size) if video.frames else ''
        figures = (str(video.frames), f'{video.rate:g}', seconds) if video.frames else ('', '', '')
        problem = Text(video.problem, 'red') if video.problem else Text('none', 'green')
        table.add_row(Text(video.path.name), size, *figures, problem)
    if len(survey.videos) > most_rows:
        table.caption = f'and {len(survey.videos) - most_rows} more; {len(survey.usable)} can be used'
    return table


def _print_choices(project: Project) -> None:
    out, skeleton = console(), project.skeleton
    described = f'{skeleton.name}: {", ".join(skeleton.keypoint_names)}'
    out.print(f'[bold]skeleton[/] {escape(described)}', soft_wrap=True)
    if project.crop is not None:
        box = 'x {}, y {}, width {}, height {}'.format(*project.crop.box)
        picture = project.folder / 'crop.jpg'
        out.print(
            f'[bold]crop[/] {box}, chosen {escape(project.crop.reason)}; look at {escape(str(picture))}', soft_wrap=True
        )
    out.print('[bold]input size[/] {} x {} pixels'.format(*project.input_size))
    out.print(f'[bold]frames[/] {escape(project.frames.note)}', soft_wrap=True)
    about = 'prior and labels' if 'labels.csv' in project.files else 'prior'
    for note in project.notes:
        out.print(f'[bold]{about}[/] {escape(note)}', soft_wrap=True)
    if project.num_poses is not None:
        out.print(f'[bold]prior[/] {project.num_poses} poses in use')
