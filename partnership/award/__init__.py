"""Submissions to awards: the dossier, its frozen editions, what differs between them, and what a juror takes away."""
