"""The former name of ``copy_database``, for one release."""

from .copy_database import Command

__all__ = ["Command"]
