"""What all estimators share that explain an image by painting it again."""

from torch import Tensor, nn


def check_image_size(images: Tensor, size: tuple[int, int]) -> None:
    """Make sure that images ``(B, 3, H, W)`` have the head's (height, width).

    Raises:
        ValueError: if not.
    """
    if tuple(images.shape[-2:]) != size:
        raise ValueError(
            f'images have {tuple(images.shape[-2:])} pixels (height, width), and the head expects '
            f"{size}: TopdownAffine's input_size must be model.head.input_size"
        )


def to_pictures(images: Tensor, data_preprocessor: nn.Module) -> Tensor:
    """Pixels again, nominally in [-1, 1], whatever the preprocessor made of them; ``(B, 3, H, W)`` both."""
    return (images * data_preprocessor.std + data_preprocessor.mean) / 127.5 - 1


def add_reconstruction_errors(samples: list, visuals: dict[str, Tensor]) -> None:
    """Write into each sample how well its image is explained, and how well by its neighbour in the batch.

    ``reconstruction_error`` and ``copy_reference_error`` are mean absolute differences to the image in units of the
    full range of a pixel.

    Args:
        samples (list[PoseDataSample]): of one batch.
        visuals (dict[str, Tensor]): ``images`` and ``reconstructions`` ``(B, 3, H, W)`` in [-1, 1].
    """
    images = visuals['images']
    guesses = dict(reconstruction_error=visuals['reconstructions'], copy_reference_error=images.roll(1, dims=0))
    for field, guess in guesses.items():
        errors = (guess - images).abs().mean(dim=(1, 2, 3)) / 2
        for sample, error in zip(samples, errors.tolist(), strict=True):
            sample.set_field(error, field)
