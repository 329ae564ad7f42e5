"""The former name of ``send_mail_queue``, for one release."""

from .send_mail_queue import Command

__all__ = ["Command"]
