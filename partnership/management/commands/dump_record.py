"""Writes the record back to its text files."""

from pathlib import Path

from django.core.management.base import BaseCommand

from ...record.schemas import FILE_SCHEMAS
from ...record.yaml_files import DIRECTORY, file_text


class Command(BaseCommand):
    help = "Writes the record to text files, one for each kind; loading them gives the same record again."

    def add_arguments(self, parser):
        parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where to write them")
        parser.add_argument("--dry-run", action="store_true", help="name the files that would change, write none")

    def handle(self, *args, **options):
        directory = options["directory"]
        directory.mkdir(parents=True, exist_ok=True)
        for kind in FILE_SCHEMAS:
            path = directory / f"{kind}.yaml"
            text = file_text(kind)
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            if text == before:
                self.stdout.write(f"{path.name}: unchanged")
                continue
            if not options["dry_run"]:
                path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{path.name}: {'would be written' if options['dry_run'] else 'written'}")
