"""The skeleton of an object class: which joints there are, which are linked and which mirror each other."""

from __future__ import annotations

from dataclasses import dataclass

Joint = int
LinkEnd = int | tuple[int, ...]


@dataclass(frozen=True)
class Skeleton:
    """Joints and links as indices.

    Attributes:
        keypoint_names (tuple[str, ...]): K names.
        links (tuple[tuple[LinkEnd, LinkEnd], ...]): the E links that are drawn. An end is a joint's index, or a tuple
            of indices that stands for the mean of these joints.
        flip_indices (tuple[int, ...]): K indices; entry k is the joint that mirrors joint k (k itself on the axis).
    """

    keypoint_names: tuple[str, ...]
    links: tuple[tuple[LinkEnd, LinkEnd], ...]
    flip_indices: tuple[int, ...]

    @property
    def num_keypoints(self) -> int:
        """K, the number of joints."""
        return len(self.keypoint_names)

    @classmethod
    def from_metainfo(cls, metainfo: dict) -> Skeleton:
        """Read MMPose's metainfo, raw (``keypoint_info``, ``skeleton_info``) or as its data sets parse it.

        A raw metainfo may hold ``rendered_links``, pairs of joint names or of lists of joint names (their mean), where
        the drawn figure differs from the links that are shown to people.

        Raises:
            ValueError: if a link or a swap names a joint that does not exist, a swap is not mutual, or nothing is
                linked.
        """
        if 'keypoint_info' not in metainfo:
            missing = {'keypoint_id2name', 'skeleton_links', 'flip_indices'} - set(metainfo)
            if missing:
                raise ValueError(
                    f'metainfo has no "keypoint_info" and lacks {sorted(missing)}: '
                    'give the dataset_info of a metainfo file'
                )
            names = tuple(metainfo['keypoint_id2name'][k] for k in range(len(metainfo['keypoint_id2name'])))
            links = tuple((int(a), int(b)) for a, b in metainfo['skeleton_links'])
            return cls(names, links, tuple(int(k) for k in metainfo['flip_indices']))

        infos = sorted(metainfo['keypoint_info'].values(), key=lambda info: info['id'])
        names = tuple(info['name'] for info in infos)
        index = {name: k for k, name in enumerate(names)}

        def find(name: str, where: str) -> int:
            if name not in index:
                raise ValueError(
                    f'{where} names the joint "{name}", which is not in keypoint_info ({", ".join(names)})'
                )
            return index[name]

        def end(names_of_end, where: str) -> LinkEnd:
            if isinstance(names_of_end, str):
                return find(names_of_end, where)
            return tuple(find(name, where) for name in names_of_end)

        key = 'rendered_links' if metainfo.get('rendered_links') else 'skeleton_info'
        pairs = metainfo[key] if key == 'rendered_links' else [i['link'] for i in metainfo['skeleton_info'].values()]
        links = tuple((end(a, key), end(b, key)) for a, b in pairs)
        if not links:
            raise ValueError('metainfo links no joints: a skeleton image needs at least one entry in skeleton_info')
        flip_indices = tuple(find(i['swap'], 'swap') if i.get('swap') else k for k, i in enumerate(infos))
        for k, mirrored in enumerate(flip_indices):
            if flip_indices[mirrored] != k:
                raise ValueError(
                    f'"{names[k]}" swaps with "{names[mirrored]}", but not the other way round: mend "swap"'
                )
        return cls(names, links, flip_indices)
