"""What is new goes out by e-mail: following, digests, leaving."""
