"""What the site keeps for serving the record: old addresses, the number of its version, and the search index."""

from __future__ import annotations

from django.db import connection, models


class FormerAddress(models.Model):
    """An address that a record once had. It redirects for ever, unless another record takes it."""

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
    """One row whose number grows with every write to the record, whoever writes: triggers in the database do it."""

    number = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """Asked several times for each page, and so in SQL: the query would take longer to write than to run."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM partnership_dataversion")
            row = cursor.fetchone()
        return row[0] if row else 0


class PendingIndexing(models.Model):
    """A record that was written to and is not yet in the search index anew. Triggers in the database write these."""

    kind = models.CharField(max_length=20)
    record = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"


class SearchEntry(models.Model):
    """What is found of a record in one language. ``also`` is its text in the others, which is found and marked."""

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
