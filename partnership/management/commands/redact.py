"""Erases a passage for good, wherever this site keeps words. For an administrator, with reason and decision.

It is found in any case, with any blanks, hyphens and quotation marks. Passages that are nearly the same are listed;
those that are meant are named with --also.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...fields.passages import Passage
from ...models import User
from ...redaction import backups_until, find, redact


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("passage", help="the words to erase")
        parser.add_argument("--also", action="append", default=[], help="another spelling to erase; may be repeated")
        parser.add_argument("--list", action="store_true", help="say where it stands, and what is near; erase nothing")
        parser.add_argument("--by", default="", help="user name of the administrator who erases")
        parser.add_argument("--reason", default="", help="why, without repeating what is erased")
        parser.add_argument("--decision", default="", help="the number of the decision")
        parser.add_argument(
            "--backups",
            type=Path,
            default=settings.BACKUP_DIR or None,
            help="the folder of the backups, to list those that hold it still (BACKUP_DIR)",
        )
        parser.add_argument("--keep", type=int, default=14, help="how many daily backups are kept there (14)")

    def handle(self, *args, **options) -> None:
        passage = Passage(options["passage"], tuple(options["also"]))
        if options["list"]:
            spelled, near = find(passage)
            self._list("As it is spelled:", spelled)
            self._list("Nearly the same; name with --also what is meant:", near)
            return
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None or not (user.is_superuser or user.groups.filter(name="Administrator").exists()):
            raise CommandError(f"{options['by'] or 'Nobody'} is no administrator of this record.")
        if not options["reason"] or not options["decision"]:
            raise CommandError("Say why with --reason, and name the decision with --decision.")
        try:
            backups = backups_until(options["backups"], options["keep"]) if options["backups"] else []
            redaction = redact(
                passage, by=user, reason=options["reason"], decision=options["decision"], backups=backups
            )
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(["Erased in:", *redaction.places]))
        self.stdout.write(redaction.result["database"])
        _spelled, near = find(passage)
        self._list("Nearly the same, and still there; name with --also what is meant:", near)
        for title, places in (
            ("Damaged, and to be looked at by hand:", redaction.result["damaged"]),
            ("Left, and to be taken out by hand:", redaction.result["left"]),
            ("Backups that hold it until they are deleted:", redaction.result["backups"]),
        ):
            if places:
                self.stdout.write("\n".join([title, *(f"  {place}" for place in places)]))

    def _list(self, title: str, passages: dict[str, list[str]]) -> None:
        if passages:
            self.stdout.write(title)
        for words, places in passages.items():
            self.stdout.write(f"  {words!r}: {', '.join(dict.fromkeys(places))}")
