"""The PDF of dossiers and reading sheets: complete, tagged, in both languages, reproducible."""

from __future__ import annotations

import datetime
import io
import re

import pikepdf
import pytest
from django.test import Client

from partnership.award import dossier, editions, pdf
from partnership.award.record_references import errors_in
from partnership.coverage import count_projects
from partnership.models import Partner, Section, Statement, Submission
from tests.support.pdf import printed

pytestmark = [pytest.mark.django_db, pytest.mark.pdf]

ABOUT = pdf.About(2, datetime.date(2026, 5, 3), "ab" * 32, "https://example.org/e/2")


@pytest.fixture
def submission() -> Submission:
    return Submission.objects.get(code="platforma-2018")


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def pdfs_of(submission: Submission, language: str) -> list[bytes]:
    data = editions.data_of(submission)
    return [pdf.dossier_pdf(data["dossier"][language], language, ABOUT), pdf.reading_sheet(data, language, ABOUT)]


def roles(element, kinds: set[str] | None = None) -> set[str]:
    """The kinds of element in the structure of a document, such as /H1, /L and /Table."""
    kinds = set() if kinds is None else kinds
    if isinstance(element, pikepdf.Array):
        for child in element:
            roles(child, kinds)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            kinds.add(str(element["/S"]))
        if "/K" in element:
            roles(element["/K"], kinds)
    return kinds


@pytest.mark.parametrize(("language", "titles"), [("en", ("Dossier", "Reading")), ("sv", ("Underlag", "Läsblad"))])
def test_a_paper_says_its_language_and_title_and_is_tagged(language, titles, submission):
    for content, title in zip(pdfs_of(submission, language), titles, strict=True):
        with opened(content) as pdf:
            assert str(pdf.Root.Lang) == language
            assert pdf.Root.MarkInfo.Marked
            assert pdf.Root.ViewerPreferences.DisplayDocTitle
            with pdf.open_metadata() as metadata:
                assert str(metadata["dc:title"]).startswith(title)
                assert str(metadata["pdfuaid:part"]) == "1"
            assert {"/P", "/H1", "/H2"} <= roles(pdf.Root.StructTreeRoot.K)


def test_the_dossier_has_bookmarks_lists_a_table_and_links(submission):
    with opened(pdfs_of(submission, "en")[0]) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root][:3] == [
            "Dossier for the jury",
            "In pictures",
            "The partnership in brief",
        ]
        assert {"/L", "/LI", "/Table", "/TH", "/Link"} <= roles(pdf.Root.StructTreeRoot.K)
        assert [round(float(side)) for side in pdf.pages[0].MediaBox[2:]] == [595, 842]


def figures(element) -> list[str]:
    """The alternative texts of all pictures."""
    if isinstance(element, pikepdf.Array):
        return [text for child in element for text in figures(child)]
    if not isinstance(element, pikepdf.Dictionary):
        return []
    own = [str(element.get("/Alt"))] if element.get("/S") == "/Figure" else []
    return own + (figures(element["/K"]) if "/K" in element else [])


def test_a_picture_has_its_words(submission):
    with opened(pdfs_of(submission, "en")[0]) as pdf:
        content = dossier.with_pictures({}, "en")["pictures"]
        assert figures(pdf.Root.StructTreeRoot.K) == [
            *(picture["title"] for picture in content),
            f"{count_projects().documented} of 38 projects and pre-studies are named.",
        ]
        text = "".join(printed(page) for page in pdf.pages)
        assert len(content) == 3
        for name in (name for picture in content for name in picture["marks"]):
            assert name.replace(" ", "")[:30] in text, name


def test_an_edition_that_was_frozen_without_pictures_is_typeset(submission):
    content = dossier.content_of(submission, "en")

    assert "pictures" not in content
    assert pdf.dossier_pdf(content, "en", ABOUT).startswith(b"%PDF")


def test_the_footer_says_edition_day_and_checksum_on_every_page(submission):
    with opened(pdfs_of(submission, "en")[0]) as pdf:
        pages = [printed(page) for page in pdf.pages]

    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Edition2,3May2026.SHA-256{'ab' * 32}{number}/{len(pages)}" in page


def test_sources_are_notes_with_their_addresses(submission):
    content = pdfs_of(submission, "sv")[0]
    with opened(content) as pdf:
        notes = [note for page in pdf.pages for note in page.get("/Annots", [])]
        linked = {str(note.A.URI) for note in notes if "/URI" in note.get("/A", {})}

    assert "http://platforma-dev.eu/vaxjo-sweden-jb-marks-south-africa/" in linked


def test_every_font_travels_with_the_paper(submission):
    with opened(pdfs_of(submission, "sv")[0]) as pdf:
        names = set()
        for page in pdf.pages:
            for font in page.Resources.Font.values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())
                names.add(re.sub(r"^/[A-Z]{6}\+", "", str(font.BaseFont)).split("-")[0])
    assert names == {"FamiljenGrotesk", "SourceSerif4"}


def test_the_same_edition_gives_the_same_bytes(submission):
    assert pdfs_of(submission, "en") == pdfs_of(submission, "en")


def test_words_that_look_like_markup_are_set_as_words(submission):
    odd = (
        r"#set page(paper: \"a9\") $x$ @label <tag> *bold* _it_ \ `code` // no"
        + "x" * 300
        + " https://example.org/"
        + "y" * 200
    )
    Section.objects.filter(submission=submission, code="in-brief").update(title_en=odd[:100], title_sv="#panic()")
    content = dossier.content_of(submission, "en")
    content["sections"][0]["blocks"][0]["rows"] = [[{"text": odd}, {"text": "[withdrawn]", "absent": True}]]
    content["sections"].append({"code": "x", "title": "Empty", "blocks": [], "words": 0})

    with opened(pdf.dossier_pdf(content, "en", ABOUT)) as file, file.open_outline() as outline:
        assert outline.root[1].title == odd[:100]
        assert round(float(file.pages[0].MediaBox[3])) == 842


@pytest.mark.parametrize("url", ["/en/dossier/platforma-2018.pdf", "/sv/underlag/platforma-2018.pdf"])
def test_the_dossier_of_today_is_there_as_pdf(url):
    response = Client(headers={"host": "localhost"}).get(url)

    assert response["Content-Type"] == "application/pdf"
    with opened(response.content) as pdf:
        assert str(pdf.Root.Lang) == url[1:3]


@pytest.mark.parametrize(
    ("typed", "printed_as"),
    [
        ("🎉 👩\u200d🏫 🇿🇦 here", "🎉"),
        ("中文 Привет مرحبا हिन्दी", "Привет"),
        ("\uf0b7 from Word", "•fromWord"),
        ("1\ufe0f\u20e3 e\u20dd and 𝐁old", "andBold"),
        ("a \u0007 control\uffff character", "acontrolcharacter"),
        ("𠀀 and \ue123", "□and□"),
    ],
)
def test_every_sign_is_set_or_its_place_is_kept(typed, printed_as, submission):
    content = dossier.content_of(submission, "en") | {"lead": typed}

    with opened(pdf.dossier_pdf(content, "en", ABOUT)) as paper:
        assert printed_as in printed(paper.pages[0])


def test_a_sign_that_no_font_holds_is_named_with_its_paragraph(submission):
    assert [str(error) for error in errors_in("A library 🎉.\n\nThe sign 𠀀 is rare.", in_public=True)] == [
        "Paragraph 2: No font of the PDF holds 𠀀. Write it otherwise."
    ]


def test_what_a_partner_answers_to_a_claim_is_in_the_paper(submission):
    statement = Statement.objects.get(code="visits-2018")
    partner = Partner.objects.get(code="vaxjo")
    statement.replies.create(partner=partner, given_on=datetime.date(2026, 3, 5), text_en="We count otherwise.")

    with opened(pdfs_of(submission, "en")[0]) as paper:
        text = "".join(printed(page) for page in paper.pages)

    assert "replies,5March2026:Wecountotherwise." in text.replace("\u00ad", "")
