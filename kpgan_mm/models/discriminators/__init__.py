"""Networks that tell rendered skeletons from predicted ones."""

from .history_pool import HistoryPool
from .pose_discriminator import PoseDiscriminator

__all__ = ['HistoryPool', 'PoseDiscriminator']
