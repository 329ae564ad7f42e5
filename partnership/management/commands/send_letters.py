"""The former name of ``send_mail_queue``; it works until the next release."""

from .send_mail_queue import Command

__all__ = ["Command"]
