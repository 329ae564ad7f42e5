"""The former name of ``copy_database``; it works until the next release."""

from .copy_database import Command

__all__ = ["Command"]
