"""Uploaded files: judged, kept whole, made anew without metadata, sent."""
