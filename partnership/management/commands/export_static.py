"""Write the complete public site as plain files."""

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
            # Pages name stylesheets and fonts by what is in them, which is known once they are collected.
            call_command("collectstatic", interactive=False, verbosity=0)
        try:
            copy = export(options["folder"].resolve())
        except ExportError as error:
            for fault in error.faults:
                self.stderr.write(fault)
            raise CommandError(str(error)) from error
        files = [path.stat().st_size for _name, path in copy.listed()]
        self.stdout.write(f"{len(files):,} files, {sum(files) / 1_000_000:.1f} MB: {copy.folder}")
        self.stdout.write("Open index.html there, or let any web server serve the folder.")
