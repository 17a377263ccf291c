"""Networks that paint an image."""

from .conditional_generator import ConditionalGenerator

__all__ = ['ConditionalGenerator']
