"""CelebA's squashed photos, with the labels as they are or as AutoLink's released code makes them."""

from pathlib import Path

import numpy as np

from kpgan_mm.registry import DATASETS

from .frame_dataset import FrameDataset
from .frame_sources import FrameSource, read_annotations


@DATASETS.register_module()
class CelebAWildDataset(FrameDataset):
    """A :class:`~.frame_dataset.FrameDataset` of annotations by ``tools/dataset_converters/celeba_wild_to_coco.py``.

    AutoLink's preprocessing, since January 2023, takes the width of a photo for its height and the reverse: on photos
    that are not square, labels no longer lie where they should in the squashed picture.

    Args:
        released_labels: Exchange width and height as well, to reproduce figures that were got that way.
        source: Config of ``AnnotatedFrames``, whose images have ``photo_size`` (width, height), that of the photo.
        metainfo, stride, pipeline, test_mode, indices: See :class:`~.frame_dataset.FrameDataset`.

    Raises:
        ValueError: If an image has no ``photo_size`` and ``released_labels`` is set.
    """

    def __init__(self, source: dict, metainfo: dict, released_labels: bool = False, **kwargs) -> None:
        self._photo_sizes = None
        if released_labels:
            path = Path(source.get('data_root', ''), source['ann_file'])
            images = read_annotations(path).get('images', [])
            if not all('photo_size' in image for image in images):
                raise ValueError(f'{path} has images without photo_size: make it with celeba_wild_to_coco.py')
            self._photo_sizes = {str(image['video_id']): image['photo_size'] for image in images}
        super().__init__(source=source, metainfo=metainfo, **kwargs)

    def _sample(self, source: FrameSource, index: int) -> dict:
        """As there, and only then, since labels may come to lie outside the picture, the exchange."""
        sample = super()._sample(source, index)
        if self._photo_sizes is not None:
            width, height = self._photo_sizes[sample['video_id']]
            factors = np.array([width / height, height / width], dtype=np.float32)
            sample['keypoints'] = sample['keypoints'] * factors
        return sample
