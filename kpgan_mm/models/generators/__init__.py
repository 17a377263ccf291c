"""Networks that paint an image."""

from .conditional_generator import ConditionalGenerator
from .unconditional_generator import UnconditionalGenerator

__all__ = ['ConditionalGenerator', 'UnconditionalGenerator']
