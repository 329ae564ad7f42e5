"""Writes the complete public site as plain files."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ...operations.static_export import ExportError, export


class Command(BaseCommand):
    help = (
        "Writes the complete public site as plain files: pages in all languages, data, editions, PDFs, feeds, "
        "pictures. It can be read from a disk and served by any web server. An earlier copy in the folder is replaced "
        "only when the new one is whole and each of its links leads somewhere."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or one with an earlier copy")

    def handle(self, *args, **options):
        if not settings.SITE_URL_IS_SET:
            self.stderr.write(f"SITE_URL is not set: feeds, the site map and citations will name {settings.SITE_URL}.")
        if isinstance(staticfiles_storage, ManifestFilesMixin):
            # Pages name stylesheets and fonts by the hash of their content, which collectstatic computes.
            call_command("collectstatic", interactive=False, verbosity=0)
        try:
            static_export = export(options["folder"].resolve())
        except ExportError as error:
            for line in error.errors:
                self.stderr.write(line)
            raise CommandError(str(error)) from error
        sizes = [path.stat().st_size for _name, path in static_export.listed()]
        self.stdout.write(f"{len(sizes):,} files, {sum(sizes) / 1_000_000:.1f} MB: {static_export.folder}")
        self.stdout.write("Open index.html there, or let any web server serve the folder.")
