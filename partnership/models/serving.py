"""Data for serving the record: former URLs, data version, releases, search index, and what went well when."""

from __future__ import annotations

import datetime
import time
from typing import Self

from django.db import connection, models, transaction
from django.utils import timezone


class FormerAddress(models.Model):
    """A former slug of a record. Its URL redirects permanently, unless another record takes the slug."""

    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=80)
    code = models.CharField(max_length=80)

    class Meta:
        default_permissions = ()
        ordering = ["kind", "slug"]
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="partnership_formeraddress_once")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}"


class DataVersion(models.Model):
    """A single row whose number database triggers increase with every write to the record, whoever writes."""

    number = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """In SQL: each page reads it several times, and the ORM would take longer to build the query than it runs."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM partnership_dataversion")
            row = cursor.fetchone()
        return row[0] if row else 0

    @classmethod
    def skip_ahead(cls) -> None:
        """Sets a number that no copy of this record has had: milliseconds since 1970, or more.

        A restored backup goes back to an earlier number. Counting on from there, a number, and each ETag made of it,
        would stand for other contents than before.
        """
        cls.objects.update(number=models.functions.Greatest(models.F("number") + 1, time.time_ns() // 1_000_000))


class TableVersion(models.Model):
    """The data version that the last write to a table made, set by its triggers; a table without them has no row."""

    name = models.CharField(max_length=63, primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"

    @classmethod
    def all(cls) -> dict[str, int]:
        """In SQL, as the number of the data version."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, number FROM partnership_tableversion")
            return dict(cursor.fetchall())


class DataReleaseQuerySet(models.QuerySet["DataRelease"]):
    def named(self, sha256: str) -> DataRelease:
        """The newest release if its contents have this checksum, else a new one of today, without its archive."""
        newest = self.order_by("-pk").defer("archive").first()
        if newest is not None and newest.sha256 == sha256:
            return newest
        today = timezone.localdate()
        # Two workers may come here at once: one number belongs to one release.
        with transaction.atomic():
            last = self.filter(date=today).aggregate(last=models.Max("number"))["last"] or 0
            release, _created = self.get_or_create(date=today, number=last + 1, defaults={"sha256": sha256})
        return release if release.sha256 == sha256 else self.named(sha256)

    def superseded(self, today: datetime.date) -> Self:
        """Those that are neither the last of their day nor of today, and belong to no edition."""
        last_of_days = self.order_by().values("date").annotate(last=models.Max("pk")).values("last")
        return self.exclude(pk__in=last_of_days).exclude(date=today).filter(editions=None)


class DataRelease(models.Model):
    """The public data at one moment, as one archive whose address names its bytes.

    ``sha256`` is that of the tables. A release is made when they change, never by a change that is not public.
    """

    date = models.DateField()
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    archive = models.BinaryField(default=bytes)
    made_at = models.DateTimeField(default=timezone.now)
    redacted_on = models.DateField(null=True)
    redacted_sha256 = models.CharField(max_length=64, blank=True)

    objects = DataReleaseQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["date", "number"], name="partnership_datarelease_once")]

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """Date, running number of the day and beginning of the checksum: ``2026-11-27.2-0a1b2c3d4e5f``."""
        return f"{self.date}.{self.number}-{self.sha256[:12]}"

    @classmethod
    def of_version(cls, version: str) -> DataRelease | None:
        """The release of a version, with its archive; None where there is none."""
        date, _dot, rest = version.partition(".")
        number, _dash, digest = rest.partition("-")
        try:
            day = datetime.date.fromisoformat(date)
        except ValueError:
            return None
        if not number.isdecimal() or len(number) > 6 or len(digest) != 12:
            return None
        return cls.objects.filter(date=day, number=int(number), sha256__startswith=digest).exclude(archive=b"").first()


class PendingIndexing(models.Model):
    """A record that waits for indexing since its last write. Database triggers insert these rows."""

    kind = models.CharField(max_length=20)
    record = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"


class SearchEntry(models.Model):
    """A record in the search index, in one language. ``also`` is its text in others, whose matches are marked."""

    kind = models.CharField(max_length=20)
    record = models.BigIntegerField()
    language = models.CharField(max_length=10)
    url = models.CharField(max_length=300)
    title = models.TextField()
    title_language = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    also = models.TextField(blank=True)
    also_language = models.CharField(max_length=10, blank=True)
    sorted_by = models.DateField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "record", "language"], name="partnership_searchentry_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class SearchWord(models.Model):
    """A word of the search index, without its marks: what a compound ends in, and what a misspelling may have meant."""

    word = models.CharField(max_length=60, unique=True)
    written = models.CharField(max_length=60)
    is_swedish = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        ordering = ["word"]

    def __str__(self) -> str:
        return self.written


class Heartbeat(models.Model):
    """When a regular task last went well, for whoever would miss it."""

    BACKUP, DRILL, WORK, RELEASE = "backup", "drill", "work", "release"
    #: What a release brings and nobody has taken yet: “3 2” for three new and two changed records.
    OFFER = "offer"
    #: A backup is missed when the last is older: one each night, and two hours to spare.
    OLDEST_BACKUP = datetime.timedelta(hours=26)

    task = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["task"]

    def __str__(self) -> str:
        return f"{self.task}: {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def beat(cls, task: str, detail: str = "") -> None:
        cls.objects.update_or_create(task=task, defaults={"at": timezone.now(), "detail": detail[:200]})

    @classmethod
    def age(cls, task: str) -> datetime.timedelta | None:
        """Since the task last went well; None where it never did."""
        at = cls.objects.filter(task=task).values_list("at", flat=True).first()
        return timezone.now() - at if at else None
