"""Django’s check, which can also try the mail server."""

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import CommandError
from django.core.management.commands import check


class Command(check.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--test-mail", metavar="ADDRESS", help="sends one e-mail there and says what came of it")

    def handle(self, *app_labels, **options):
        super().handle(*app_labels, **options)
        if address := options["test_mail"]:
            self._send(address)

    def _send(self, address: str) -> None:
        if not settings.MAIL_IS_CONFIGURED:
            raise CommandError("EMAIL_URL is not set: there is no mail server to try.")
        try:
            send_mail("A test of the mail server", f"Sent by {settings.SITE_URL}.", None, [address])
        except (OSError, SMTPException, ValueError) as error:
            raise CommandError(f"The mail server did not take it: {type(error).__name__}: {error}") from error
        self.stdout.write(f"The mail server took an e-mail to {address}. Look whether it arrives.")
