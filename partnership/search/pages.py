"""The pages about the record, as the search and the parts of the site that name them call them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

#: The pages about the record: what each is called, and what it is about.
PAGES = {
    "home": (gettext_lazy("The partnership"), gettext_lazy("Much to learn, much to win: the partnership at a glance")),
    "projects:list": (gettext_lazy("Projects"), gettext_lazy("All projects and pre-studies, with filters")),
    "visits:list": (gettext_lazy("Visits"), gettext_lazy("Journeys, delegations and delegates in each direction")),
    "themes:list": (gettext_lazy("Themes"), gettext_lazy("What the projects were about, year by year")),
    "partners": (gettext_lazy("Partners"), gettext_lazy("Municipalities, regions, funders and others who took part")),
    "history": (gettext_lazy("History"), gettext_lazy("From the nineteenth century to today")),
    "claims": (gettext_lazy("Claims and evidence"), gettext_lazy("How do we know? Each figure beside its sources")),
    "memorandum": (
        gettext_lazy("Memorandum of Understanding"),
        gettext_lazy("The agreement between the partners, and whether it is on file"),
    ),
    "sources": (gettext_lazy("All sources"), gettext_lazy("Documents, reports, articles and pages that are cited")),
    "searches": (
        gettext_lazy("Where we looked"),
        gettext_lazy("What was searched for, where, in which words, and what was not found"),
    ),
    "data-using": (gettext_lazy("Using the data"), gettext_lazy("CSV, JSON, API, formats, limits, examples in code")),
    "changes": (gettext_lazy("Changes"), gettext_lazy("What changed in the record, when and why")),
    "data": (gettext_lazy("Open data"), gettext_lazy("Download as CSV, JSON, IATI, DCAT; licence and terms of use")),
    "contribute": (
        gettext_lazy("Contribute"),
        gettext_lazy("I know something: send a document, a photograph, a date or a correction"),
    ),
    "newsletters": (gettext_lazy("Newsletters"), gettext_lazy("Letters about the partnership, and all earlier ones")),
    "follow": (gettext_lazy("Follow by e-mail"), gettext_lazy("Get a letter when something changes; subscribe, leave")),
    "questions": (
        gettext_lazy("Ten questions"),
        gettext_lazy(
            "In plain words: what this is, who pays, what each side got, whether it goes on today, who says so"
        ),
    ),
    "stories": (
        gettext_lazy("Stories"),
        gettext_lazy("What happened, told sentence by sentence, each beside the source that says so"),
    ),
    "press": (
        gettext_lazy("For the press"),
        gettext_lazy("Journalists and media: figures to print with their sources, who answers, pictures, how to cite"),
    ),
    "pictures": (
        gettext_lazy("Charts and maps"),
        gettext_lazy("The drawings of the record: what each shows, to be read alone, cited and taken along."),
    ),
    "picture-projects": (
        gettext_lazy("Each square is a project of the partners’ count"),
        gettext_lazy(
            "Of the projects that the partners counted in January 2018. Solid and numbered: named with a source."
        ),
    ),
    "picture-visits": (
        gettext_lazy("Visits by year, to Sweden above the line and to South Africa below it"),
        gettext_lazy(
            "Of all visits with a date. The area of a disc shows the delegates, a ring that no source says "
            "how many; dashed ones were planned, and no source says that they took place."
        ),
    ),
    "picture-balance": (
        gettext_lazy("Who visited whom"),
        gettext_lazy("Of all visits on record, planned ones too. Delegates are those whose number a source states."),
    ),
    "picture-themes": (
        gettext_lazy("Themes by year"),
        gettext_lazy(
            "Of all named projects. A bar is a project whose years are known, a hatched square one without a year."
        ),
    ),
    "picture-delegates": (
        gettext_lazy("Each dot is a delegate of the partners’ count"),
        gettext_lazy(
            "Of the delegates that the partners counted until January 2018. Solid: visit and number are on record."
        ),
    ),
    "picture-history": (
        gettext_lazy("History as a drawing"),
        gettext_lazy(
            "Of all records with a date. Arrowheads are visits, outlined where no source says how many travelled; "
            "bars are projects and the bodies of each coast; numbers are the entries of the history."
        ),
    ),
    "picture-map": (
        gettext_lazy("The map"),
        gettext_lazy("Lambert’s equal-area projection. The arcs say who visits whom, not where anybody flies."),
    ),
    "about": (gettext_lazy("About the record"), gettext_lazy("Who keeps it, how it is made, what its words mean")),
    "accessibility": (gettext_lazy("Accessibility statement"), gettext_lazy("How far everyone can use this site")),
    "privacy": (gettext_lazy("Privacy"), gettext_lazy("Personal data, cookies, names and photographs of people")),
}
