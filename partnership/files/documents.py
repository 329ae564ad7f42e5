"""What a document holds beside what its pages show, and the same document without that.

The functions run in a child process (``partnership.child_process``): they open what somebody sent.
"""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from ..child_process import Refused
from . import embedded

#: The unpacked bytes of an office document, of one part that is read as a tree, and the number of its parts.
LARGEST_UNPACKED, LARGEST_TREE, MOST_PARTS = 400 * 1024 * 1024, 60 * 1024 * 1024, 5000
#: So many examples of each kind are shown, of so many letters.
_EXAMPLES, _LETTERS = 5, 80
#: The main part of each office format: where its content type or its mimetype stands, and text in it.
_OFFICE = {
    "docx": ("[Content_Types].xml", b"wordprocessingml"),
    "xlsx": ("[Content_Types].xml", b"spreadsheetml"),
    "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
    "ods": ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
}


class Finds(dict[str, list[str]]):
    """What was come upon: examples by kind."""

    def add(self, kind: str, example: Any = "") -> None:
        text = " ".join(str(example or "").split())[:_LETTERS]
        examples = self.setdefault(kind, [])
        if text and text not in examples and len(examples) < _EXAMPLES:
            examples.append(text)

    def add_statements(self, statements: Iterable[tuple[str, str]]) -> None:
        """What a picture says of where and by whom it was taken."""
        for _kind, words in statements:
            self.add("picture", words)


def examine(source: str, suffix: str) -> dict[str, list[str]]:
    """Examples of hidden content by its kind (``partnership.files.hidden.KINDS``).

    Raises Refused with “password”, “damaged”, “content” (it is not what its suffix says) or “bomb”.
    """
    finds = Finds()
    if suffix == "pdf":
        with _opened_pdf(source) as pdf:
            _look_through_pdf(pdf, finds, remove=False)
    elif suffix == "csv":
        _check_csv(source)
    elif suffix == "wacz":
        _check_wacz(source)
    elif suffix in {"warc", "gz"}:
        _check_warc(source)
    else:
        with _opened_office(source, suffix) as archive:
            for _name, _content in _Office(archive, finds).parts():
                pass
    return dict(finds)


def clean(source: str, target: str, suffix: str) -> dict[str, list[str]]:
    """Writes the document without what can be taken out of it, and returns what is left as ``examine`` does."""
    if suffix == "pdf":
        with _opened_pdf(source) as pdf:
            _look_through_pdf(pdf, Finds(), remove=True)
            pdf.remove_unreferenced_resources()
            pdf.save(target)
    elif suffix in {"csv", "wacz", "warc", "gz"}:
        shutil.copyfile(source, target)
    else:
        with _opened_office(source, suffix) as archive:
            _Office(archive, Finds()).write(target)
    return examine(target, suffix)


def _check_csv(source: str) -> None:
    with open(source, "rb") as file:
        content = file.read()
    if b"\0" in content:
        raise Refused("content", name="CSV")
    try:
        content.decode()
    except UnicodeDecodeError:
        try:
            content.decode("windows-1252")
        except UnicodeDecodeError:
            raise Refused("content", name="CSV") from None


# Web archives: pages as they were read, which nobody opens here. Only their beginnings are unpacked.


def _check_warc(source: str) -> None:
    with open(source, "rb") as file:
        head = file.read(4)
    opener: Callable[..., Any] = gzip.open if head.startswith(b"\x1f\x8b") else open
    try:
        with opener(source, "rb") as file:
            head = file.read(7)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused("damaged", name="WARC") from error
    if head != b"WARC/1.":
        raise Refused("content", name="WARC")


def _check_wacz(source: str) -> None:
    """WACZ 1.1.1: a zip file with a description of its parts and WARC files in archive/."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused("damaged", name="WACZ") from error
    parts = [name for name in names if name.startswith("archive/") and name.endswith((".warc", ".warc.gz"))]
    if "datapackage.json" not in names or not parts:
        raise Refused("content", name="WACZ")


# PDF


def trim_pdf(source: str, target: str) -> bool:
    """Writes a PDF without the bytes before its head and behind its end; False where there are none.

    Programs that send letters and scans add them, and a few readers stop at them.
    """
    with open(source, "rb") as file:
        content = file.read()
    start, end = content.find(b"%PDF-", 0, 4096), content.rfind(b"%%EOF")
    if start < 0 or end < 0:
        return False
    end += 5
    if start == 0 and not content[end:].strip(b"\r\n"):
        return False
    with open(target, "wb") as file:
        file.write(content[start:end] + b"\n")
    return True


def pdf_text(source: str, target: str) -> None:
    """Writes the words of a PDF, its pages and its properties, as text. Raises Refused for one that cannot be read."""
    import pypdf

    try:
        reader = pypdf.PdfReader(source)
        texts = [*map(str, (reader.metadata or {}).values()), *(page.extract_text() for page in reader.pages)]
    except (pypdf.errors.PyPdfError, OSError, ValueError, KeyError, TypeError) as error:
        raise Refused("damaged", name="PDF") from error
    with open(target, "w", encoding="utf-8", errors="replace") as file:
        file.write("\n".join(texts))


def _opened_pdf(source: str) -> Any:
    import pikepdf

    try:
        pdf = pikepdf.open(source)
    except pikepdf.PasswordError as error:
        raise Refused("password") from error
    except (pikepdf.PdfError, OSError, ValueError) as error:
        raise Refused("damaged", name="PDF") from error
    try:
        pages = len(pdf.pages)
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        pages = 0
    if not pages:
        pdf.close()
        raise Refused("damaged", name="PDF")
    return pdf


#: Actions that run a program, fetch, or send; and what plays.
_ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "launch",
    "/ImportData": "launch",
    "/SubmitForm": "launch",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/GoToE": "attachment",
}
_NOTES = {
    *("/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret", "/Ink", "/Stamp"),
    *("/Square", "/Circle", "/Line", "/Polygon", "/PolyLine", "/Popup"),
}
_MEDIA = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


def _look_through_pdf(pdf: Any, finds: Finds, *, remove: bool) -> None:
    """Every object of the file, whatever leads to it: what no page reaches any more is in the file all the same."""
    import pikepdf

    for entry in pdf.objects:
        if isinstance(entry, pikepdf.Dictionary | pikepdf.Stream):
            _look_at_dictionary(entry, finds, remove)
    for name in list(pdf.attachments):
        finds.add("attachment", name)
        if remove:
            del pdf.attachments[name]
    names = pdf.Root.get("/Names", {})
    if "/JavaScript" in names:
        finds.add("script")
        if remove:
            del names["/JavaScript"]
    properties = pdf.Root.get("/OCProperties", {})
    if properties.get("/D", {}).get("/OFF"):
        finds.add("layer")
    for key in ("/Author", "/Company", "/Manager"):
        if key in pdf.docinfo and (text := str(pdf.docinfo[key]).strip()):
            finds.add("author", text)
            if remove:
                del pdf.docinfo[key]
    _look_at_metadata(pdf, finds, remove)


def _look_at_dictionary(entry: Any, finds: Finds, remove: bool) -> None:
    """One dictionary and, since those inside of it are no objects of their own, its direct ones."""
    import pikepdf

    if isinstance(entry, pikepdf.Stream) and entry.get("/Subtype") == "/Image":
        _look_at_picture(entry, finds, remove)
    for key in ("/OpenAction", "/A", "/AA", "/Next", "/PA"):
        action = entry.get(key)
        if isinstance(action, pikepdf.Dictionary) and (kind := _kind_of(action)):
            finds.add(kind)
            if remove:
                del entry[key]
    if kind := _kind_of(entry):
        finds.add(kind)
        if remove:
            for key in ("/JS", "/F", "/Win"):
                if key in entry:
                    del entry[key]
            entry["/S"] = pikepdf.Name("/Named")
            entry["/N"] = pikepdf.Name("/FirstPage")
    if entry.get("/Type") == "/Filespec" and "/EF" in entry:
        finds.add("attachment", entry.get("/UF") or entry.get("/F"))
        if remove:
            del entry["/EF"]
    if "/XFA" in entry:
        finds.add("script")
        if remove:
            del entry["/XFA"]
    if isinstance(entry.get("/Annots"), pikepdf.Array):
        _look_at_annotations(entry, finds, remove)


def _look_at_picture(picture: Any, finds: Finds, remove: bool) -> None:
    """A picture of which the PDF keeps the JPEG as it was, or what was said beside it."""
    if "/Metadata" in picture:
        finds.add_statements(embedded.statements_of_xmp(picture.Metadata.read_bytes()))
        if remove:
            del picture["/Metadata"]
    # Of several filters the first one packs the bytes.
    if picture.get("/Filter") not in ("/DCTDecode", ["/DCTDecode"]):
        return
    content = picture.read_raw_bytes()
    statements = embedded.statements(content)
    finds.add_statements(statements)
    if statements and remove:
        picture.write(embedded.without(content), filter=picture["/Filter"], decode_parms=picture.get("/DecodeParms"))


def _kind_of(action: Any) -> str:
    """What an action, or one of those on which it depends, does."""
    import pikepdf

    actions = [action, *(value for value in action.values() if isinstance(value, pikepdf.Dictionary))]
    kinds = (_ACTIONS.get(str(part.get("/S", ""))) for part in actions if not isinstance(part, pikepdf.Stream))
    return next((kind for kind in kinds if kind), "")


def _look_at_annotations(page: Any, finds: Finds, remove: bool) -> None:
    import pikepdf

    left = []
    for note in page["/Annots"]:
        subtype = str(note.get("/Subtype", "")) if isinstance(note, pikepdf.Dictionary) else ""
        kind = "attachment" if subtype == "/FileAttachment" else "media" if subtype in _MEDIA else ""
        if subtype in _NOTES:
            kind = "comment"
        if kind:
            finds.add(kind, note.get("/Contents"))
            if isinstance(note, pikepdf.Dictionary) and note.get("/T"):
                finds.add("author", note.get("/T"))
        else:
            if isinstance(note, pikepdf.Dictionary):
                _look_at_dictionary(note, finds, remove)
            left.append(note)
    if remove:
        page["/Annots"] = pikepdf.Array(left)


def _look_at_metadata(pdf: Any, finds: Finds, remove: bool) -> None:
    if "/Metadata" not in pdf.Root:
        return
    text = pdf.Root.Metadata.read_bytes().decode("utf-8", "replace")
    creators = re.search(r"<dc:creator>(.{0,2000}?)</dc:creator>", text, re.DOTALL)
    names = [re.sub(r"<[^>]{0,200}>", " ", creators[1]).strip()] if creators else []
    names = [name for name in names if name]
    for name in names:
        finds.add("author", name)
    if remove and names:
        del pdf.Root["/Metadata"]


# Office documents


def _opened_office(source: str, suffix: str) -> zipfile.ZipFile:
    with open(source, "rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0") and suffix in {"docx", "xlsx"}:
        # What is encrypted lies in a container of the older format.
        with open(source, "rb") as file:
            is_encrypted = "EncryptedPackage".encode("utf-16-le") in file.read()
        raise Refused("password") if is_encrypted else Refused("old", suffix=suffix)
    try:
        archive = zipfile.ZipFile(source)
        members = archive.infolist()
        if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise Refused("bomb")
        part, signature = _OFFICE[suffix]
        if part not in archive.namelist() or signature not in archive.read(part):
            raise Refused("content", name=suffix)
        manifest = "META-INF/manifest.xml"
        if _has(archive, manifest) and b"encryption-data" in archive.read(manifest):
            raise Refused("password")
        if damaged := archive.testzip():
            raise Refused("damaged", name=PurePosixPath(damaged).name)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise Refused("content", name=suffix) from error
    return archive


def _has(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.NameToInfo


#: What a relationship leads to, by the end of its type: the kind, and whether the part itself is hidden content.
_RELATIONS = {
    "vbaProject": "macros",
    "wordVbaData": "macros",
    "xlMacrosheet": "macros",
    "xlIntlMacrosheet": "macros",
    "control": "macros",
    "activeXControlBinary": "macros",
    "attachedTemplate": "template",
    "comments": "comment",
    "commentsExtended": "comment",
    "commentsIds": "comment",
    "commentsExtensible": "comment",
    "threadedComment": "comment",
    "person": "comment",
    "people": "comment",
    "revisionHeaders": "tracked",
    "usernames": "tracked",
    "oleObject": "embedded",
    "package": "embedded",
    "externalLink": "external",
    "thumbnail": "",
}
_NOWHERE = "about:blank"
_MACRO_TYPE = re.compile(rb"macroEnabled(?:Template)?\.(?:main|12)", re.IGNORECASE)
_VBA = "_VBA_PROJECT".encode("utf-16-le")
_COMMENT_PARTS = re.compile(r"word/(?:comments\w{0,20}|people)\.xml|xl/(?:comments|threadedComments|persons)")
_COMMENT_SHAPES = re.compile(r"xl/drawings/vmlDrawing\d{1,6}\.vml")
_AUTHORS = {"creator", "lastModifiedBy", "initial-creator", "printed-by", "Manager", "Company", "person-name"}
#: In Word: what was taken out, what was put in, and how it looked before.
_DELETED, _INSERTED = {"del", "moveFrom"}, {"ins", "moveTo"}
_CHANGES = {
    *("rPrChange", "pPrChange", "tblPrChange", "tblGridChange", "trPrChange", "tcPrChange", "sectPrChange"),
    *("tblPrExChange", "numberingChange", "cellIns", "cellDel", "cellMerge"),
    *("moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd"),
}
_COMMENT_MARKS = {"commentRangeStart", "commentRangeEnd", "commentReference", "annotation", "annotation-end"}
_TRACKED_ODF = {"tracked-changes", "change", "change-start", "change-end"}


class _Office:
    """A package of parts, by Microsoft’s or OASIS’s standard. What is hidden is taken out of each part on reading."""

    def __init__(self, archive: zipfile.ZipFile, finds: Finds):
        self.archive, self.finds = archive, finds
        self.dropped: set[str] = set()
        for name in archive.namelist():
            self._look_at_name(name)
        for name in [name for name in archive.namelist() if name.endswith(".rels")]:
            self._look_at_relations(name, self._tree(archive.read(name)))
        if any(_COMMENT_SHAPES.fullmatch(name) for name in archive.namelist()) and "comment" in finds:
            self.dropped |= {name for name in archive.namelist() if _COMMENT_SHAPES.fullmatch(name)}

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Each part that is left, as it is left."""
        for member in self.archive.infolist():
            if member.filename in self.dropped or member.is_dir():
                continue
            yield member.filename, self._part(member.filename, self.archive.read(member))

    def write(self, target: str) -> None:
        with zipfile.ZipFile(target, "w") as written:
            for name, content in self.parts():
                info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                # The type of an OASIS document is not compressed.
                info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                written.writestr(info, content)

    # What hangs together

    def _look_at_name(self, name: str) -> None:
        if name.startswith(("Basic/", "Scripts/", "Dialogs/")) or "vbaProject" in name or "macrosheets/" in name:
            self._drop(name, "macros")
        elif _COMMENT_PARTS.match(name):
            self._drop(name, "comment")
        elif name.startswith("xl/revisions/"):
            self._drop(name, "tracked")
        elif name in {"docProps/custom.xml"}:
            self._drop(name, "properties")
        elif PurePosixPath(name).name.startswith("thumbnail."):
            self.dropped.add(name)
        elif self._head(name) == b"\xd0\xcf\x11\xe0":
            self._drop(name, "macros" if _VBA in self.archive.read(name) else "embedded")

    def _head(self, name: str) -> bytes:
        with self.archive.open(name) as part:
            return part.read(4)

    def _drop(self, name: str, kind: str) -> None:
        self.finds.add(kind, "" if kind in {"properties", "comment"} else PurePosixPath(name).name)
        if kind == "comment":
            self._comments(self._tree(self.archive.read(name)))
        if kind != "embedded":
            self.dropped.add(name)

    def _look_at_relations(self, name: str, relations: Any) -> None:
        folder = PurePosixPath(name).parent.parent
        for relation in relations:
            kind = _RELATIONS.get(str(relation.get("Type", "")).rpartition("/")[2])
            is_external = relation.get("TargetMode") == "External" and relation.get("Target") != _NOWHERE
            if is_external and kind != "template" and not str(relation.get("Type", "")).endswith("/hyperlink"):
                kind = "external"
            if kind is None:
                continue
            target = str(relation.get("Target", ""))
            path = _joined(folder, target)
            if kind == "external" and not is_external:
                # Values of another workbook, kept with its address.
                self.finds.add(kind)
            elif kind and path not in self.dropped:
                self.finds.add(kind, "" if kind == "comment" else target.rpartition("/")[2])
            if not is_external and kind in {"macros", "comment", "tracked"}:
                if kind == "comment" and path not in self.dropped and _has(self.archive, path):
                    self._comments(self._tree(self.archive.read(path)))
                self.dropped.add(path)

    def _comments(self, root: Any) -> None:
        for comment in root.iter():
            if _local(comment) == "author" and comment.text:
                self.finds.add("author", comment.text)
            elif _local(comment) in {"comment", "threadedComment"}:
                self.finds.add("comment", "".join(comment.itertext()))
                if author := next((value for key, value in comment.attrib.items() if key.endswith("}author")), ""):
                    self.finds.add("author", author)

    # One part

    def _part(self, name: str, content: bytes) -> bytes:
        if name == "[Content_Types].xml":
            return self._content_types(content)
        if name.endswith(".rels"):
            return self._relations(name, content)
        if name == "META-INF/manifest.xml":
            return self._manifest(content)
        if name in {"docProps/core.xml", "docProps/app.xml", "meta.xml"}:
            return self._edited(content, self._look_at_authors)
        if name == "xl/workbook.xml":
            return self._edited(content, self._look_at_sheets)
        if statements := embedded.statements(content):
            self.finds.add_statements(statements)
            return embedded.without(content)
        if name.startswith("xl/worksheets/") and self.dropped:
            return re.sub(rb"<legacyDrawing [^>]{0,200}/>", b"", content) if "comment" in self.finds else content
        is_text = name.startswith("word/") and PurePosixPath(name).parent.name == "word"
        if (is_text and name.endswith(".xml")) or PurePosixPath(name).name in {"content.xml", "styles.xml"}:
            return self._edited(content, self._look_at_text)
        return content

    def _content_types(self, content: bytes) -> bytes:
        if _MACRO_TYPE.search(content):
            self.finds.add("macros")

        def look(root: Any) -> None:
            for entry in list(root):
                if str(entry.get("PartName", "")).lstrip("/") in self.dropped:
                    root.remove(entry)
                elif "macroEnabled" in (kind := str(entry.get("ContentType", ""))):
                    plain = {"word": "wordprocessingml.document", "excel": "spreadsheetml.sheet"}
                    name = next((value for key, value in plain.items() if key in kind.lower()), "")
                    entry.set("ContentType", f"application/vnd.openxmlformats-officedocument.{name}.main+xml")

        return self._edited(content, look)

    def _relations(self, name: str, content: bytes) -> bytes:
        folder = PurePosixPath(name).parent.parent

        def look(root: Any) -> None:
            for relation in list(root):
                kind = _RELATIONS.get(str(relation.get("Type", "")).rpartition("/")[2])
                is_link = str(relation.get("Type", "")).endswith("/hyperlink")
                is_external = relation.get("TargetMode") == "External" and not is_link
                if kind == "template" or _joined(folder, str(relation.get("Target", ""))) in self.dropped:
                    root.remove(relation)
                elif is_external:
                    # What refers to it stays whole and finds nothing.
                    relation.set("Target", _NOWHERE)

        return self._edited(content, look)

    def _manifest(self, content: bytes) -> bytes:
        def look(root: Any) -> None:
            for entry in list(root):
                path = next((value for key, value in entry.attrib.items() if key.endswith("}full-path")), "")
                if path in self.dropped or path.startswith(("Basic/", "Scripts/", "Dialogs/")):
                    root.remove(entry)

        return self._edited(content, look)

    def _look_at_authors(self, root: Any) -> None:
        for entry in root.iter():
            if _local(entry) in _AUTHORS and (entry.text or "").strip():
                self.finds.add("author", entry.text)
                entry.text = ""

    def _look_at_sheets(self, root: Any) -> None:
        for entry in root.iter():
            if _local(entry) == "sheet" and entry.get("state") in {"hidden", "veryHidden"}:
                self.finds.add("sheet", entry.get("name"))
            if _local(entry) == "definedName" and entry.get("xlm") in {"1", "true"}:
                self.finds.add("macros", entry.get("name"))

    def _look_at_text(self, root: Any) -> None:
        hidden_styles = set()
        for entry in list(root.iter()):
            name = _local(entry)
            if name in _DELETED | _TRACKED_ODF:
                words = "".join(entry.itertext())
                self.finds.add("tracked", words)
                if name in _DELETED and entry.getparent() is not None and _local(entry.getparent()) == "trPr":
                    entry = entry.getparent().getparent()
                _remove(entry)
            elif name in _INSERTED:
                self.finds.add("tracked", "".join(entry.itertext()))
                _unwrap(entry)
            elif name in _CHANGES:
                self.finds.add("tracked")
                _remove(entry)
            elif name in _COMMENT_MARKS:
                self.finds.add("comment", "".join(entry.itertext()))
                _remove(entry)
            elif name == "vanish" and _local(entry.getparent()) == "rPr":
                run = entry.getparent().getparent()
                if _local(run) == "r":
                    self.finds.add("text", "".join(run.itertext()))
                    _remove(run)
            elif name in {"hidden-text", "hidden-paragraph"}:
                self.finds.add("text", "".join(entry.itertext()))
            elif name == "event-listener":
                self.finds.add("macros")
                _remove(entry)
            elif name == "dde-source" or (name in {"instrText", "fldSimple"} and _is_fetching(entry)):
                self.finds.add("external")
                _remove(entry)
            elif name == "table-properties" and entry.get(f"{{{entry.nsmap.get('table', '')}}}display") == "false":
                style = entry.getparent()
                hidden_styles |= {value for key, value in style.attrib.items() if key.endswith("}name")}
            elif name == "table" and any(
                key.endswith("}style-name") and value in hidden_styles for key, value in entry.attrib.items()
            ):
                self.finds.add("sheet", next((v for key, v in entry.attrib.items() if key.endswith("}name")), ""))
            for key, value in list(entry.attrib.items()):
                if key.endswith("}href") and value.lower().startswith(
                    ("vnd.sun.star.script:", "macro:", "javascript:")
                ):
                    self.finds.add("macros")
                    entry.set(key, "#")

    def _edited(self, content: bytes, look: Callable[[Any], None]) -> bytes:
        from lxml import etree

        if len(content) > LARGEST_TREE:
            raise Refused("bomb")
        root = self._tree(content)
        before = etree.tostring(root)
        look(root)
        if etree.tostring(root) == before:
            return content
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    @staticmethod
    def _tree(content: bytes) -> Any:
        from lxml import etree

        try:
            return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        except etree.XMLSyntaxError as error:
            raise Refused("damaged", name="XML") from error


def _local(entry: Any) -> str:
    return entry.tag.rpartition("}")[2] if entry is not None and isinstance(entry.tag, str) else ""


def _is_fetching(entry: Any) -> bool:
    """Whether a field of Word asks another program or file when it is updated."""
    words = f"{entry.text or ''} {' '.join(entry.attrib.values())}".upper().split()
    return bool(words) and words[0] in {"DDE", "DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "LINK", "IMPORT", "DATABASE"}


def _remove(entry: Any) -> None:
    """Takes an element out; what follows it stays."""
    parent = entry.getparent()
    if parent is None:
        return
    if entry.tail:
        before = entry.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + entry.tail
        else:
            parent.text = (parent.text or "") + entry.tail
    parent.remove(entry)


def _unwrap(entry: Any) -> None:
    """Puts what an element holds in its place."""
    parent = entry.getparent()
    if parent is None:
        return
    for child in list(entry):
        entry.addprevious(child)
    _remove(entry)


def _joined(folder: PurePosixPath, target: str) -> str:
    """The part that a relationship leads to."""
    if target.startswith("/"):
        return target[1:]
    parts: list[str] = []
    for part in [*folder.parts, *PurePosixPath(target).parts]:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)
