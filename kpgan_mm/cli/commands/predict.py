"""`kpgan predict`: tools/predict.py with a project's newest checkpoint and crop."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from kpgan_mm.utils.config import ConfigError, load_config

from ..locate import PROJECT_HELP, checkpoint_of, config_of
from ..output import console, finish, one_sentence
from ..tools import load_tool


@one_sentence
def predict(
    source: Annotated[str, typer.Argument(help='An image, a video, a folder of both, or webcam:0.')],
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    checkpoint: Annotated[Path | None, typer.Option(help='By default the newest of the project.')] = None,
    out_dir: Annotated[Path | None, typer.Option(help='By default predictions/NAME in the project.')] = None,
    box: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(metavar='X1 Y1 X2 Y2', help="Where the figure is; by default the project's crop."),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(
            help="Where it is in each frame, a CSV table: video,frame,x,y,width,height; by default the project's."
        ),
    ] = None,
    smooth: Annotated[int | None, typer.Option(help='Smooth over so many frames, an odd number from 5 on.')] = None,
    kpt_thr: Annotated[float, typer.Option(help='Do not draw keypoints of a lower confidence; all are written.')] = 0.0,
    max_frames: Annotated[int | None, typer.Option(help='Stop after so many.')] = None,
    device: Annotated[str, typer.Option(help='cpu, cuda:0 ...')] = 'cpu',
    amp: Annotated[
        bool, typer.Option('--amp', help='Networks in bfloat16: faster on new processors, a little off.')
    ] = False,
    compile: Annotated[
        bool, typer.Option('--compile', help='Compile the networks first, which pays for thousands of frames.')
    ] = False,
    work_dir: Annotated[Path | None, typer.Option(help='Folder of the training, where it is not runs/.')] = None,
    trust_checkpoint: Annotated[
        bool,
        typer.Option('--trust-checkpoint', help='Load a checkpoint that could run code; from trusted sources only.'),
    ] = False,
) -> None:
    """Predict keypoints: COCO json, CSV in DeepLabCut's layout, npz, pictures and an overlay video."""
    from ..predict_progress import init_showing_progress

    camera = source.startswith('webcam:')
    if not camera and not Path(source).exists():
        raise ConfigError(f'There is no image, video or folder {source}.')
    config = config_of(project)
    weights = str(checkpoint or checkpoint_of(config, work_dir))
    if box and boxes:
        raise ConfigError('--box is one box for all frames and --boxes a table with one for each: give one of them.')
    if not (box or boxes):
        box, boxes = _place_of(config, source)
    folder = out_dir
    if folder is None:
        name = source.replace(':', '_') if camera else Path(source).resolve().stem
        folder = _free_folder((project if project.is_dir() else Path()) / 'predictions' / name, source)
    flags = ['--out-dir', str(folder), '--device', device, '--kpt-thr', str(kpt_thr)]
    for flag, values in (
        ('--box', box),
        ('--boxes', boxes and [boxes]),
        ('--smooth', None if smooth is None else [smooth]),
        ('--max-frames', None if max_frames is None else [max_frames]),
    ):
        flags += [flag, *map(str, values)] if values else []
    switches = (('--amp', amp), ('--compile', compile), ('--trust-checkpoint', trust_checkpoint))
    flags += [flag for flag, wanted in switches if wanted]
    initialise, bar = init_showing_progress(source, max_frames, boxed=boxes is not None)
    tool = load_tool('predict', init_keypoint_model=initialise)
    try:
        tool.main([source, str(config), weights, *flags])
    finally:
        bar.close()
    written = sorted(path.name + '/' * path.is_dir() for path in folder.iterdir() if not path.name.startswith('.'))
    overlay = next(name for name in ('overlay.mp4', 'per_video/', 'contact_sheet.jpg') if name in written)
    finish(
        [f'{folder}: {", ".join(written)}'],
        [
            (str(folder / overlay), 'look whether the skeleton lies on the figure'),
            (str(folder / 'predictions.csv'), "open it wherever DeepLabCut's tables are read"),
        ],
    )


def _place_of(config: Path, source: str) -> tuple[tuple[float, ...] | None, str | None]:
    """Where a project looks for the figure: its crop as corners, or its table of boxes; neither where it sees all.

    Raises:
        ConfigError: If the table would be taken for other files than the project's, such as one of the same name.
    """
    settings = load_config(config)
    if settings.get('boxes'):
        _check_own_videos(settings, source)
        return None, settings.boxes
    crop = settings.get('crop')
    # In other configurations the name stands for other things, as a list of transforms.
    if isinstance(crop, (list, tuple)) and len(crop) == 4 and all(isinstance(side, (int, float)) for side in crop):
        return (crop[0], crop[1], crop[0] + crop[2], crop[1] + crop[3]), None
    return None, None


def _check_own_videos(settings: Mapping, source: str) -> None:
    from kpgan_mm.apis.own_frames import OwnFrames
    from kpgan_mm.datasets.boxed_video_files import BoxTable, video_name
    from kpgan_mm.datasets.video_files import video_paths

    if not (settings.get('videos') and Path(source).exists()):
        return
    own = {path.resolve(): video_name(path) for path in video_paths(settings.videos)}
    try:
        table, files = BoxTable(settings.boxes), OwnFrames(source).files
    except (FileNotFoundError, ValueError) as error:
        raise ConfigError(f'{error}.') from None
    for file in files:
        if table.names(file) and file.resolve() not in own:
            theirs = next((path for path, name in own.items() if name == video_name(file)), "the project's videos")
            raise ConfigError(
                f"The boxes {settings.boxes} are those of {theirs}, and {file} is another video: give this one's with "
                '--boxes TABLE.csv, or one box for all frames with --box X1 Y1 X2 Y2.'
            )


def _free_folder(folder: Path, source: str) -> Path:
    """The folder, or with _2, _3 ... after it where another source of the same name has it."""
    from kpgan_mm.apis.own_frames import UNFINISHED
    from kpgan_mm.apis.prediction_record import source_name, source_of

    name, number, candidate = source_name(source), 1, folder
    # What a killed run has left there is nobody's.
    while (
        candidate.exists()
        and source_of(candidate) != name
        and not all(path.name.startswith(UNFINISHED) for path in candidate.iterdir())
    ):
        number += 1
        candidate = folder.with_name(f'{folder.name}_{number}')
    if number > 1:
        console().print(f'{folder} has the keypoints of another source, so these go to {candidate}', soft_wrap=True)
    return candidate
