"""Staff accounts: invitations, passwords, second factor, lockout, and what was typed when a session ended."""
