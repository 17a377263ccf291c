"""KeypointGAN as an MMPose plugin: keypoints learnt from unlabelled video and unpaired poses (Jakab et al. 2020).

Importing the package makes MMPose importable where some of the packages that it asks for are missing
(`kpgan_mm.utils.compat`), and has MMEngine load checkpoints as data that cannot run code (`kpgan_mm.utils.checkpoint`).
Components are found by the registries of `kpgan_mm.registry` when a configuration names them; nothing else is imported.
"""

from kpgan_mm.utils.compat import ensure_mmpose
from kpgan_mm.version import __version__

ensure_mmpose()

from kpgan_mm.utils.checkpoint import register_plain_loaders  # noqa: E402  (imports MMEngine, looked for just above)

register_plain_loaders()

__all__ = ['__version__']
