"""The record of a partnership, each claim beside its evidence."""

#: The release, as in CHANGELOG.md.
__version__ = "0.2.0"
