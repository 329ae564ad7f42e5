"""Pages that tell what the record holds in words of their own: questions and answers, and what the press may print."""
