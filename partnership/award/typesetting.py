"""Typesetting by Typst, in a child process (``partnership.child_process``): the compiler keeps much memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
FONTS = HERE / "fonts"


def typeset(template: str, data: Sequence[str], target: str, timestamp: int) -> None:
    """Writes the PDF of the first of the ``data`` that can be set; each is JSON, and never part of the template."""
    import typst

    for number, text in enumerate(data, 1):
        try:
            content = typst.compile(
                HERE / template,
                root=HERE,
                font_paths=[FONTS],
                ignore_system_fonts=True,
                sys_inputs={"data": text},
                pdf_standards=["ua-1"],
                timestamp=timestamp,
            )
        except typst.TypstError:
            if number == len(data):
                raise
        else:
            Path(target).write_bytes(content)
            return
