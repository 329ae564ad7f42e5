"""The record of a partnership, each claim beside its evidence."""

from .release import VERSION as __version__

__all__ = ["__version__"]
