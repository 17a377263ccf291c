"""The published evaluation protocols that fit a linear map with labels, as data: one definition each, with its source.

A least-squares map does not change when all coordinates are scaled or their order is changed, so whether a paper took
pixels of a 128-pixel picture, [0, 1] or [-1, 1], (x, y) or (y, x) matters by the place of (0, 0) alone, and only where
there is no intercept. That is :attr:`Protocol.origin`.
"""

from dataclasses import dataclass

# How the distances to the labels become one number, and what a sentence calls it.
SCORES = {
    'image_mean': 'mean over images',
    'activity_mean': 'unweighted mean over activities',
    'joint_mean': 'mean over all labelled joints of all images',
    'summed_absolute': 'sum over all coordinates of their mean absolute error',
    'within_6': 'share of joints nearer than 6, in %',
}


@dataclass(frozen=True)
class Protocol:
    """How labels are used to map predicted to labelled keypoints, and how the result is scored.

    Attributes:
        name (str): stands before every figure.
        source (str): paper, and the released code where the paper is silent.
        origin (str): what is at (0, 0) on both sides of the fit: ``'corner'`` or ``'centre'`` of the box.
        intercept (bool): whether the map has one.
        unit (str): of the error, see :data:`kpgan_mm.evaluation.units.UNITS`.
        score (str): one of ``SCORES``.
        fit_sides (str | None): how left and right of the labels are treated in fitting. None: as labelled;
            ``'facing'``: exchanged in images where less than 9 of 13 left joints are right of their counterpart, i.e.
            as if all figures faced the camera; ``'alternating'``: fitting, and exchanging where that is nearer to the
            fitted prediction, in turns.
        nearest_sides (bool): whether each test image is compared with the nearer of the label and the label with left
            and right exchanged.
        outlier_deviations (float | None): training images whose error exceeds the mean by so many standard deviations
            are dropped, and the map is fitted again.
        drop_unlabelled (bool): whether images all of whose labels are at the corner, (0, 0), count as unlabelled.
        visible_only (bool): whether hidden joints are left out, in fitting (joint by joint) and in the score.
        exchanged_pairs (tuple | None): joints to exchange, in the order in which the released code enters them into
            its permutation; None for those of the metainfo.
    """

    name: str
    source: str
    origin: str = 'corner'
    intercept: bool = False
    unit: str = 'percent'
    score: str = 'image_mean'
    fit_sides: str | None = None
    nearest_sides: bool = False
    outlier_deviations: float | None = None
    drop_unlabelled: bool = False
    visible_only: bool = False
    exchanged_pairs: tuple[tuple[int, int], ...] | None = None

    def flip_indices(self, of_metainfo: list[int]) -> list[int]:
        """For each joint the one whose label it takes when left and right are exchanged.

        Args:
            of_metainfo (list[int]): K indices.

        Raises:
            ValueError: if the protocol has pairs of its own and the data set fewer joints.
        """
        if self.exchanged_pairs is None:
            return list(of_metainfo)
        indices = list(range(len(of_metainfo)))
        for first, second in self.exchanged_pairs:
            if max(first, second) >= len(indices):
                raise ValueError(f'protocol {self.name} exchanges joints of the 32 of Human3.6M, got {len(indices)}')
            indices[first], indices[second] = second, first
        return indices


_AUTOLINK = 'He et al. 2022 (AutoLink), released '
_AUTOLINK_HUMANS = dict(fit_sides='alternating', nearest_sides=True, outlier_deviations=3.0)

PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name='keypointgan_regression',
            # Whether there is an intercept is not stated; with one the result does not depend on the origin.
            source='Jakab et al. 2020 (KeypointGAN), section 5.2 and table 3, "with post-processing"',
            intercept=True,
            score='activity_mean',
        ),
        Protocol(
            name='imm',
            # The released script takes ridge regression with alpha 0.
            source='Jakab, Gupta et al. 2018 (IMM), released scripts/test.py',
            unit='inter_ocular',
        ),
        Protocol(
            name='lmdis',
            source='Zhang et al. 2018 (landmark discovery), released evaluation/*.m',
            origin='centre',
            drop_unlabelled=True,
        ),
        Protocol(
            name='bkind',
            source='Sun et al. 2022 (BKinD), released test_simplehuman36m.py',
            origin='centre',
            score='activity_mean',
            fit_sides='facing',
            nearest_sides=True,
        ),
        Protocol(name='autolink', source=_AUTOLINK + 'datasets/h36m.py, pairs corrected', **_AUTOLINK_HUMANS),
        Protocol(
            name='autolink_released',
            source=_AUTOLINK + 'datasets/h36m.py as it is: joint 28 stands in two pairs, 29, 16 and 24 in none',
            **_AUTOLINK_HUMANS,
            exchanged_pairs=(
                (1, 6),
                (2, 7),
                (3, 8),
                (4, 9),
                (5, 10),
                (17, 25),
                (18, 26),
                (19, 27),
                (20, 28),
                (21, 28),
                (22, 30),
                (23, 31),
            ),  # fmt: skip
        ),
        Protocol(name='autolink_celeba', source=_AUTOLINK + 'datasets/celeba_wild.py', unit='inter_ocular'),
        Protocol(name='autolink_cub', source=_AUTOLINK + 'datasets/cub.py', score='joint_mean', visible_only=True),
        Protocol(
            name='autolink_taichi',
            source=_AUTOLINK + 'datasets/taichi.py',
            intercept=True,
            unit='side_255',
            score='summed_absolute',
            visible_only=True,
        ),
        Protocol(
            name='autolink_deepfashion', source=_AUTOLINK + 'datasets/deepfashion.py', unit='side_255', score='within_6'
        ),
    )
}


def find_protocol(name: str) -> Protocol:
    """A protocol by its name.

    Raises:
        ValueError: if there is none.
    """
    if name not in PROTOCOLS:
        raise ValueError(f'there is no regression protocol {name!r}: use one of {", ".join(PROTOCOLS)}')
    return PROTOCOLS[name]
