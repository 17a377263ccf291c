"""The newest checkpoint of a work directory, wherever the directory is now."""

from pathlib import Path


def newest_checkpoint(folder: str | Path) -> str | None:
    """Path of the newest checkpoint in a folder.

    MMEngine notes it in `last_checkpoint` with its whole path, which after a move leads nowhere and after a copy to the
    original: of the note only the file's name is used.

    Args:
        folder: The work directory of a training.

    Returns:
        The file that `last_checkpoint` names, if the folder has it, else the `iter_*.pth` of most iterations; None
        if there is neither.
    """
    folder = Path(folder)
    note = folder / 'last_checkpoint'
    if note.is_file():
        name = Path(note.read_text().strip()).name
        if name and (folder / name).is_file():
            return str(folder / name)
    numbered = [file for file in folder.glob('iter_*.pth') if file.stem.removeprefix('iter_').isdecimal()]
    return str(max(numbered, key=lambda file: int(file.stem.removeprefix('iter_')))) if numbered else None
