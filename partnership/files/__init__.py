"""Uploaded files: validation, storage, photographs without metadata, downloads."""
