"""Data for serving the record: former URLs, the data version, and the search index."""

from __future__ import annotations

from django.db import connection, models


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
