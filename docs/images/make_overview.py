"""Draw docs/images/overview.png: the data flow of KeypointGAN, illustrated with generated puppets and their true poses.

python docs/images/make_overview.py
"""

from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)
import numpy as np  # noqa: E402
import torch  # noqa: E402
from matplotlib.patches import FancyBboxPatch  # noqa: E402

from kpgan_mm.datasets.metainfo.puppets import dataset_info  # noqa: E402
from kpgan_mm.datasets.puppets import make_puppet_poses, make_puppet_videos  # noqa: E402
from kpgan_mm.geometry import Skeleton, pixels_to_normalized, render_skeleton  # noqa: E402
from kpgan_mm.visualization import draw_pose_tile, to_uint8  # noqa: E402

SIZE = 128
TILE = 1.5
INK, NETWORK, LOSS = '#333333', '#dce9f7', '#fbe3d0'


def skeleton_picture(keypoints: np.ndarray) -> np.ndarray:
    """Keypoints (K, 2) in pixels to the image that beta draws, (H, W, 3) uint8."""
    normalized = torch.from_numpy(pixels_to_normalized(keypoints, size=(SIZE, SIZE)))[None]
    return to_uint8(render_skeleton(normalized, Skeleton.from_metainfo(dataset_info).links, (SIZE, SIZE)))[0]


def draw(path: Path) -> None:
    """Draw the picture and write it."""
    videos = make_puppet_videos(num_videos=4, num_frames=20, seed=3, image_size=SIZE)
    skeleton = Skeleton.from_metainfo(dataset_info)
    colors = [dataset_info['keypoint_info'][k]['color'] for k in range(skeleton.num_keypoints)]
    video, target, reference = 1, 2, 14
    image, other = (np.ascontiguousarray(videos.frames[video, frame, ..., ::-1]) for frame in (target, reference))
    pose = videos.keypoints[video, target]
    overlay = draw_pose_tile(image, pose, skeleton.links, colors)
    drawn = skeleton_picture(pose)
    priors = [skeleton_picture(prior) for prior in make_puppet_poses(3, seed=5, image_size=SIZE)]

    figure, axes = plt.subplots(figsize=(12.4, 6.0))
    axes.set(xlim=(0, 15.5), ylim=(0, 7.5), aspect='equal')
    axes.axis('off')

    def tile(picture: np.ndarray, x: float, y: float, caption: str, above: bool = False, side: float = TILE) -> None:
        axes.imshow(picture, extent=(x, x + side, y, y + side), interpolation='bilinear', zorder=2)
        place = (y + side + 0.12, 'bottom') if above else (y - 0.12, 'top')
        axes.text(x + side / 2, place[0], caption, ha='center', va=place[1], fontsize=9.5, color=INK)

    def box(text: str, x: float, y: float, color: str, width: float = 1.0, height: float = 0.8) -> None:
        shape = FancyBboxPatch(
            (x, y), width, height, boxstyle='round,pad=0,rounding_size=0.12', facecolor=color, edgecolor=INK
        )
        axes.add_patch(shape)
        axes.text(x + width / 2, y + height / 2, text, ha='center', va='center', fontsize=10.5, color=INK)

    def arrow(*points: tuple[float, float]) -> None:
        xs, ys = zip(*points[:-1], strict=True)
        axes.plot(xs, ys, color=INK, linewidth=1.3, solid_joinstyle='round')
        style = dict(arrowstyle='-|>', color=INK, linewidth=1.3, shrinkA=0, shrinkB=0)
        axes.annotate('', points[-1], points[-2], arrowprops=style)

    middle = 3.75
    tile(image, 0.2, 3.0, 'image')
    box('Φ\nbackbone', 2.2, 3.25, NETWORK, 1.3, 1.0)
    tile(drawn, 4.0, 3.0, 'skeleton')
    box('η\nregressor', 6.0, 3.25, NETWORK, 1.3, 1.0)
    tile(overlay, 7.8, 3.0, 'keypoints  (what is predicted)')
    box('β\nrender', 9.8, 3.25, NETWORK, 1.2, 1.0)
    tile(drawn, 11.5, 3.0, 'clean skeleton')
    for start, end in ((1.7, 2.2), (3.5, 4.0), (5.5, 6.0), (7.3, 7.8), (9.3, 9.8), (11.0, 11.5)):
        arrow((start, middle), (end, middle))

    # above: the prior and the discriminator
    for number, prior in enumerate(priors):
        tile(prior, 8.05 + 1.35 * number, 5.75, '', side=1.25)
    axes.text(10.0, 7.12, 'unpaired poses, drawn by β', ha='center', va='bottom', fontsize=9.5, color=INK)
    box('D  discriminator', 3.6, 5.95, LOSS, 2.3, 0.8)
    arrow((8.05, 6.35), (5.9, 6.35))
    axes.text(7.0, 6.45, 'real', ha='center', va='bottom', fontsize=9.5, color=INK, style='italic')
    arrow((4.75, 4.5), (4.75, 5.95))
    axes.text(4.85, 5.2, 'fake', ha='left', va='center', fontsize=9.5, color=INK, style='italic')

    # below: reconstruction
    tile(other, 6.0, 0.45, 'reference: another frame of the video')
    box('Ψ  generator', 11.2, 0.8, NETWORK, 2.1, 0.8)
    arrow((7.5, 1.2), (11.2, 1.2))
    arrow((12.25, 2.55), (12.25, 1.6))
    arrow((13.3, 1.2), (13.75, 1.2))
    axes.text(14.6, 1.2, 'reconstruction', ha='center', va='center', fontsize=9.5, color=INK)
    arrow((14.6, 1.0), (14.6, 0.05), (4.6, 0.05), (4.6, 0.8))
    box('perceptual loss\nimage / reconstruction', 0.9, 0.8, LOSS, 3.9, 0.8)
    arrow((0.95, 2.6), (0.95, 1.6))

    axes.text(0.2, 7.35, 'Training uses everything;\nprediction uses Φ and η only.', va='top', fontsize=9.5, color=INK)
    axes.text(
        15.4, 2.6, 'Illustration: generated\npuppets, true poses,\nno predictions.', ha='right', va='bottom',
        fontsize=8, color='#777777',
    )  # fmt: skip
    figure.savefig(path, dpi=110, bbox_inches='tight', pad_inches=0.1, facecolor='white')
    plt.close(figure)


if __name__ == '__main__':
    draw(Path(__file__).with_name('overview.png'))
