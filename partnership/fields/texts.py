"""People’s words in columns and forms: cleaned of what nobody sees, whatever writes them.

Word, PowerPoint, Excel and web pages hand over control characters, hidden signs and letters in two parts with what is
copied from them. What cannot be seen is taken out; what says something is kept, or refused with its place.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

#: A longer word is no word: a picture or a file that was pasted.
LONGEST_WORD = 2000

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_NOT_IN_XML = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff{_NONCHARACTERS}]")
#: Signs that Excel writes as text: “_x000D_” is a return.
_ESCAPED = re.compile(r"_x00([01][0-9A-Fa-f])_")
_BREAKS = re.compile("\r\n|[\r\v\f\u2028\u2029]")
_HIDDEN = re.compile(
    f"[\0-\x08\x0e-\x1f\x7f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    f"\ud800-\udfff\U000e0001{_NONCHARACTERS}]"
    # Joiners say something in other scripts and between the parts of an emoji, tags in a few flags.
    "|(?<![^\0-\u02ff])[\u200c\u200d]|[\u200c\u200d](?![^\0-\u02ff])"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]"
)
#: Windows signs that were taken for Latin-1, and the bullets and arrow that Word takes from its own fonts.
_MISREAD = {
    **{code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},
    0xF076: "❖",
    0xF0A7: "▪",
    0xF0B7: "•",
    0xF0D8: "➢",
    0xF0E0: "→",
    0xF0FC: "✓",
}
_SUSPECT = re.compile(f"{_HIDDEN.pattern}|[\x80-\x9f\r\v\f\u2028\u2029\ue000-\uf8ff]|_x00")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_JOINERS = dict.fromkeys((0x200C, 0x200D, *range(0xFE00, 0xFE10)))


def clean(text: str) -> str:
    """The text in composed letters (NFC), with plain line ends and nothing invisible."""
    if _SUSPECT.search(text):
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        text = _HIDDEN.sub("", _BREAKS.sub("\n", text).translate(_MISREAD))
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """The same on one line."""
    text = clean(text)
    return re.sub(r" *[\n\t]\s*", " ", text.strip("\n\t")) if "\n" in text or "\t" in text else text


def clean_name(text: str) -> str:
    """A code or an address, without what would make it another one unseen."""
    return clean_line(text).translate(_JOINERS).strip()


def xml_safe(text: str) -> str:
    """The text without what XML 1.0 cannot hold, whatever the database has; other formats are safe then as well."""
    return _NOT_IN_XML.sub("", text)


def validate_words(text: str) -> None:
    """Refuses what no reader could read, and names it. Raises ValidationError."""
    for word in text.split():
        if len(word) > LONGEST_WORD:
            message = _(
                "“%(start)s…” is one word of %(number)s characters, perhaps a picture that was pasted. Take it out."
            )
            raise ValidationError(message % {"start": word[:20], "number": len(word)}, code="long_word")
        if sign := _PRIVATE.search(word):
            message = _("A sign in “%(word)s” exists in one font only (U+%(code)04X). Write what it stands for.")
            raise ValidationError(message % {"word": word[:40], "code": ord(sign[0])}, code="private_sign")
        if "\ufffd" in word:
            message = _("A letter of “%(word)s” was lost on its way here. Write the word again.")
            raise ValidationError(message % {"word": word[:40]}, code="lost_letter")


# Form fields


class _CleanFormField:
    default_validators: Any = [validate_words]
    clean_text = staticmethod(clean_line)

    def to_python(self, value: Any) -> Any:
        return super().to_python(self.clean_text(value) if isinstance(value, str) else value)  # type: ignore[misc]


class CharFormField(_CleanFormField, forms.CharField):
    pass


class TextFormField(_CleanFormField, forms.CharField):
    clean_text = staticmethod(clean)


class SlugFormField(_CleanFormField, forms.SlugField):
    default_validators = forms.SlugField.default_validators
    clean_text = staticmethod(clean_name)


class URLFormField(_CleanFormField, forms.URLField):
    default_validators = forms.URLField.default_validators
    clean_text = staticmethod(clean_name)

    def __init__(self, **kwargs: Any):
        super().__init__(**{"assume_scheme": "https", **kwargs})


# Columns


class _CleanColumn:
    """Migrations know it as the Django field that it is."""

    form_field: type[forms.Field]

    def to_python(self, value: Any) -> Any:
        """Every value on its way into the database comes through here."""
        value = super().to_python(value)  # type: ignore[misc]
        return self.form_field.clean_text(value) if isinstance(value, str) else value  # type: ignore[attr-defined]

    def formfield(self, **kwargs: Any) -> Any:
        own = {} if self.choices else {"form_class": self.form_field}  # type: ignore[attr-defined]
        return super().formfield(**{**own, **kwargs})  # type: ignore[misc]

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{type(self).__name__}", args, kwargs


class CharField(_CleanColumn, models.CharField):
    default_validators = [validate_words]
    form_field = CharFormField


class TextField(_CleanColumn, models.TextField):
    default_validators = [validate_words]
    form_field = TextFormField


class SlugField(_CleanColumn, models.SlugField):
    form_field = SlugFormField


class URLField(_CleanColumn, models.URLField):
    form_field = URLFormField
