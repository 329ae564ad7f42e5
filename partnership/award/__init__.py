"""Submissions to awards: the dossier, its frozen editions, their differences, and downloads for jurors."""
