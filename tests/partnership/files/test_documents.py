"""Documents are opened and judged by what is in them: what no page shows is named, taken out, or argued for."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO

import openpyxl
import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from partnership.files import hidden
from partnership.models import Document, Source
from partnership.models.evidence import Mark
from tests.base import fetch, filled_in, url
from tests.factories import make_document, make_docx, make_pdf, make_source

RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>A. Person</dc:creator></cp:coreProperties>'
)


def changed_pdf(change) -> bytes:
    target = BytesIO()
    with pikepdf.open(BytesIO(make_pdf())) as pdf:
        change(pdf)
        pdf.save(target)
    return target.getvalue()


def action(**values):
    return pikepdf.Dictionary(**{name: pikepdf.String(v) if name in {"JS", "F"} else v for name, v in values.items()})


SCRIPT = {"S": pikepdf.Name.JavaScript, "JS": "app.alert(1)"}


def note(pdf):
    annotation = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents="Not so sure", T="A. Person"
    )
    pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([annotation]))


def link_that_runs(pdf):
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action(**SCRIPT))
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])


def attachment(pdf):
    pdf.attachments["list.csv"] = pikepdf.AttachedFileSpec(pdf, b"name;telephone", filename="list.csv")


def metadata(pdf):
    with pdf.open_metadata() as data:
        data["dc:creator"] = ["A. Person"]


def workbook(**parts: str) -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "Visits"
    book.properties.creator = ""
    book.create_sheet("Old").sheet_state = "hidden"
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def odt(content: str, **parts: str) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    head = " ".join(f'xmlns:{name}="{office}:{name}:1.0"' for name in ("office", "text", "script", "meta"))
    files = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f'<office:document-content {head} xmlns:dc="http://purl.org/dc/elements/1.1/">{content}'
        "</office:document-content>",
        **parts,
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


def relation(kind: str, target: str, mode: str = "") -> str:
    return RELATIONS.format(f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>')


def with_part(content: bytes, name: str, part: bytes | str) -> bytes:
    target = BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, part)
    return target.getvalue()


XMP = b"<x:xmpmeta><dc:creator><rdf:Seq><rdf:li>B. Person</rdf:li></rdf:Seq></dc:creator></x:xmpmeta>"


def taken_somewhere(kind: str = "JPEG") -> bytes:
    """A picture turned by its camera, which wrote where, and by whom it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "A. Person"
    exif.get_ifd(0x8825).update({1: "N", 2: (56.0, 52.0, 44.0)})
    target = BytesIO()
    options = {"xmp": XMP} if kind == "JPEG" else {}
    Image.effect_noise((400, 300), 60).save(target, kind, exif=exif, **options)
    return target.getvalue()


def picture_in_pdf(pdf):
    picture = pdf.make_stream(taken_somewhere())
    size = {"Width": 400, "Height": 300, "BitsPerComponent": 8}
    names = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceGray", "Filter": "DCTDecode"}
    for key, value in {**size, **{key: pikepdf.Name(f"/{name}") for key, name in names.items()}}.items():
        picture[f"/{key}"] = value
    picture.Metadata = pdf.make_stream(XMP)
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))


def hidden_layer(pdf):
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Draft"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))


MACRO_TYPE = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    "<!-- wordprocessingml.document.main+xml -->"
)
#: What is hidden, by what the file is; those with a kind in capitals cannot be taken out.
HIDDEN = [
    ("pdf", make_pdf(Author="A. Person"), {"author"}),
    ("pdf", changed_pdf(metadata), {"author"}),
    ("pdf", changed_pdf(lambda pdf: pdf.Root.update({"/OpenAction": action(**SCRIPT)})), {"script"}),
    ("pdf", changed_pdf(link_that_runs), {"script"}),
    (
        "pdf",
        changed_pdf(lambda pdf: pdf.Root.update({"/OpenAction": action(S=pikepdf.Name.Launch, F="x")})),
        {"launch"},
    ),
    ("pdf", changed_pdf(attachment), {"attachment"}),
    ("pdf", changed_pdf(note), {"comment", "author"}),
    ("pdf", changed_pdf(picture_in_pdf), {"picture"}),
    ("pdf", changed_pdf(hidden_layer), {"layer"}),
    ("docx", with_part(make_docx(), "word/media/image1.jpeg", taken_somewhere()), {"picture"}),
    ("docx", with_part(make_docx(), "word/media/image1.tiff", taken_somewhere("TIFF")), {"picture"}),
    ("xlsx", with_part(workbook(), "xl/media/image1.png", taken_somewhere("PNG")), {"picture", "sheet"}),
    ("odt", odt("", **{"Pictures/1.jpg": taken_somewhere()}), {"picture"}),
    ("docx", make_docx('<w:p><w:del w:author="A"><w:r><w:delText>850101</w:delText></w:r></w:del></w:p>'), {"tracked"}),
    ("docx", make_docx("<w:p><w:ins><w:r><w:t>Hello</w:t></w:r></w:ins></w:p>"), {"tracked"}),
    ("docx", make_docx("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Hello</w:t></w:r></w:p>"), {"text"}),
    ("docx", make_docx('<w:p><w:r><w:instrText>DDEAUTO c:\\cmd "x"</w:instrText></w:r></w:p>'), {"external"}),
    (
        "docx",
        make_docx(word__comments=f"<w:comments {WORD}><w:comment w:author='B. Person'>No!</w:comment></w:comments>"),
        {"comment", "author"},
    ),
    ("docx", make_docx(docProps__core=CORE), {"author"}),
    (
        "docx",
        with_part(
            make_docx(), "word/_rels/settings.xml.rels", relation("attachedTemplate", "http://x/evil.dotm", "External")
        ),
        {"template"},
    ),
    (
        "docx",
        with_part(make_docx(), "word/_rels/document.xml.rels", relation("image", "http://x/seen.png", "External")),
        {"external"},
    ),
    ("docx", with_part(make_docx(), "word/vbaProject.bin", b"\xd0\xcf\x11\xe0"), {"macros"}),
    (
        "docx",
        with_part(make_docx(), "word/media.bin", b"\xd0\xcf\x11\xe0" + "_VBA_PROJECT".encode("utf-16-le")),
        {"macros"},
    ),
    ("docx", make_docx(**{"[Content_Types]": MACRO_TYPE}), {"macros"}),
    ("xlsx", with_part(workbook(), "xl/macrosheets/sheet1.xml", "<x/>"), {"macros", "sheet"}),
    (
        "xlsx",
        with_part(
            with_part(workbook(), "xl/comments1.xml", "<comments><text>850101</text></comments>"),
            "xl/drawings/vmlDrawing1.vml",
            "<xml>850101</xml>",
        ),
        {"comment", "sheet"},
    ),
    ("odt", odt("<office:scripts><script:event-listener/></office:scripts>"), {"macros"}),
    ("odt", odt("", **{"Basic/Standard/Module1.xml": "<x/>"}), {"macros"}),
    ("odt", odt("<office:annotation><dc:creator>A</dc:creator>No!</office:annotation>"), {"comment"}),
    (
        "odt",
        odt("<text:tracked-changes><text:changed-region>No!</text:changed-region></text:tracked-changes>"),
        {"tracked"},
    ),
]


def unpacked(file) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return b"".join(map(archive.read, archive.namelist()))


@pytest.mark.parametrize(("suffix", "content", "kinds"), HIDDEN)
def test_what_is_hidden_is_found_and_taken_out(suffix, content, kinds):
    file, finds = hidden.examined(ContentFile(content, name=f"x.{suffix}"))

    assert set(finds) == kinds
    clean, left = hidden.cleaned(file)
    # A hidden sheet may be what the others count with; of a layer and a TIFF nothing can be taken out.
    stays = {"sheet", "layer"} | ({"picture"} if b"image1.tiff" in content else set())
    assert set(left) == kinds & stays
    assert b"850101" not in (clean.read() if suffix == "pdf" else unpacked(clean))


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG"])
def test_a_picture_in_a_document_loses_what_the_camera_wrote_and_nothing_else(kind):
    content = taken_somewhere(kind)
    if kind == "MPO":
        target = BytesIO()
        with Image.open(BytesIO(content)) as image:
            second = Image.new("L", (40, 30))
            image.save(target, "MPO", save_all=True, append_images=[second], exif=image.info["exif"])
        content = target.getvalue()
    file, finds = hidden.examined(ContentFile(with_part(make_docx(), "word/media/image1.jpg", content), name="x.docx"))
    assert finds["picture"][:2] == ["GPS", "A. Person"]

    clean, _left = hidden.cleaned(file)

    with zipfile.ZipFile(clean) as archive:
        part = archive.read("word/media/image1.jpg")
    with Image.open(BytesIO(part)) as after, Image.open(BytesIO(content)) as before:
        assert after.tobytes() == before.tobytes()
        assert dict(after.getexif()) == ({} if kind == "PNG" else {0x0112: 6})
        assert "xmp" not in after.info
    assert b"Person" not in part


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("a.pdf", changed_pdf(hidden_layer), "hidden layers"), ("a.xlsx", workbook(), "hidden sheets (Old)")],
)
def test_what_cannot_be_taken_out_may_stay_for_a_reason(name, content, words, staff_client):
    client = staff_client("Publisher")

    for answer in ({}, {"take_out": "on"}):
        assert words in upload(client, content, name, state="published", **answer).content.decode()

    sent = upload(client, content, name, state="published", hidden_reason="It is what the others count with.")
    assert sent.status_code == 302
    assert Document.objects.get().hidden_reason == "It is what the others count with."


def test_names_and_words_are_shown_as_they_stand():
    _file, finds = hidden.examined(ContentFile(changed_pdf(note), name="x.pdf"))

    assert hidden.in_words(finds) == "comments (Not so sure); names of authors (A. Person)"


def test_cleaning_leaves_the_words_of_a_document_where_they_were():
    text = "<w:p><w:r><w:t>One </w:t></w:r><w:ins><w:r><w:t>two </w:t></w:r></w:ins><w:r><w:t>three</w:t></w:r></w:p>"

    clean, _left = hidden.cleaned(ContentFile(make_docx(text, docProps__core=CORE), name="x.docx"))

    with zipfile.ZipFile(clean) as archive:
        xml = archive.read("word/document.xml").decode()
    assert [part.partition("<")[0] for part in xml.split("<w:t>")[1:]] == ["One ", "two ", "three"]


def locked_pdf() -> bytes:
    target = BytesIO()
    with pikepdf.open(BytesIO(make_pdf())) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("suffix", "content", "words"),
    [
        ("pdf", locked_pdf(), "locked with a password"),
        ("pdf", b"%PDF-1.7 nothing %%EOF", "damaged or not whole"),
        ("docx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        ("docx", b"\xd0\xcf\x11\xe0 an old document", "older Word or Excel file"),
        ("docx", make_pdf(), "not what its name says"),
        ("xlsx", make_docx(), "not what its name says"),
        ("docx", make_docx(word__styles="<a"), "damaged"),
        ("csv", b"a;b\0c", "not what its name says"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_its_cause(suffix, content, words):
    with pytest.raises(ValidationError) as refusal:
        hidden.examined(ContentFile(content, name=f"x.{suffix}"))

    assert words in refusal.value.messages[0]


@pytest.mark.parametrize(("before", "after"), [(b"\r\n", b""), (b"", b"\0" * 3000), (b"From: x\n\n", b"--end--")])
def test_bytes_around_a_pdf_are_left_out(before, after):
    file, _finds = hidden.examined(ContentFile(before + make_pdf() + after, name="x.pdf"))

    content = file.read()
    assert content.startswith(b"%PDF-")
    assert content.endswith(b"%%EOF\n")


# In the admin

VALUES = {"state": "draft", "title_en": "A report", "kind": "report"}


def upload(client, content: bytes, name: str = "report.pdf", **values):
    return client.post(url(Document, "add"), {**VALUES, **values, "file": SimpleUploadedFile(name, content)})


@pytest.mark.django_db
def test_a_draft_is_kept_and_asks_before_it_is_published(staff_client):
    client = staff_client("Publisher")
    assert upload(client, make_pdf(Author="A. Person")).status_code == 302
    document = Document.objects.get()
    change = url(Document, "change", document.pk)
    values = filled_in(client.get(change)) | {"state": "published", "reason": ""}

    question = client.post(change, values)

    assert "names of authors" in question.content.decode()
    assert 'name="take_out"' in question.content.decode()
    assert client.post(change, values | {"take_out": "on"}).status_code == 302
    document = Document.objects.get()
    assert (document.state, document.hidden_content) == ("published", "")
    with document.file.open("rb") as file, pikepdf.open(file) as pdf:
        assert "/Author" not in pdf.docinfo


@pytest.mark.django_db
def test_a_reason_lets_harmless_content_stay(staff_client):
    response = upload(
        staff_client("Publisher"), make_pdf(Author="A. Person"), hidden_reason="The author is on the cover."
    )

    assert response.status_code == 302
    document = Document.objects.get()
    document.state = "published"
    document.full_clean()


@pytest.mark.django_db
def test_what_runs_on_the_reader_s_machine_is_not_kept_at_all(staff_client):
    client = staff_client("Editor")
    content = changed_pdf(link_that_runs)

    refused = upload(client, content, hidden_reason="Harmless")

    assert "program code (JavaScript)" in refused.content.decode()
    assert not Document.objects.exists()
    assert upload(client, content, take_out="on").status_code == 302


@pytest.mark.django_db
def test_a_document_may_have_a_name_of_any_length(staff_client):
    assert upload(staff_client("Editor"), make_pdf(), "å" * 120 + ".pdf").status_code == 302
    with Document.objects.get().file.open() as file:
        assert file.read() == make_pdf()


# Stored copies of web pages


def wacz(*names: str) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return target.getvalue()


WACZ = wacz("datapackage.json", "archive/data.warc.gz")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.wacz", WACZ, ""),
        ("page.warc", b"WARC/1.1\r\nWARC-Type: warcinfo\r\n", ""),
        ("page.warc.gz", gzip.compress(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n"), ""),
        ("page.wacz", wacz("index.html"), "content"),
        ("page.wacz", WACZ[:60], "damaged"),
        ("page.warc.gz", gzip.compress(b"<html>"), "content"),
        ("page.warc.gz", gzip.compress(b"WARC/1.0")[:12], "damaged"),
    ],
    # The bytes themselves hold the time at which they were packed.
    ids=["wacz", "warc", "warc.gz", "wacz of pages", "half a wacz", "packed page", "half a warc.gz"],
)
def test_a_stored_copy_is_what_its_name_says(name, content, code):
    file = SimpleUploadedFile(name, content)

    if not code:
        assert hidden.examined(file) == (file, {})
        return
    with pytest.raises(ValidationError) as error:
        hidden.examined(file)
    assert error.value.code == code


@pytest.mark.django_db
def test_a_stored_copy_is_for_staff_until_its_licence_lets_all_read_it():
    source = make_source()
    copy = make_document(state="draft", kind="report", file=ContentFile(WACZ, name="page.wacz"), title_en="The page")
    source.documents.add(copy)

    assert copy.kind == "copy"
    assert "The page" not in fetch(source.get_absolute_url()).text
    copy.state = "published"
    with pytest.raises(ValidationError, match="Name the licence, or keep it as a draft"):
        copy.full_clean()

    copy.licence = "CC BY 4.0"
    copy.full_clean()
    copy.save()

    assert "The page (WACZ, stored copy of a web page, CC BY 4.0)" in fetch(source.get_absolute_url()).text
    (on_page,) = Source.objects.with_files().filter(pk=source.pk)
    assert on_page.mark != Mark.ON_FILE
