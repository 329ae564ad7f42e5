"""The record of a partnership, each claim beside its evidence."""

from . import release

#: The release, as in pyproject.toml and CHANGELOG.md.
__version__ = release.VERSION
