"""Former names of commands work for one release, and the operating guide says so."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

OPERATING = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
FORMER_NAMES = {"send_letters": "send_mail_queue", "move_record": "copy_database"}


@pytest.mark.django_db
def test_send_letters_sends_the_mail_queue():
    output = StringIO()
    call_command("send_letters", stdout=output)

    assert output.getvalue() == "0 sent, 0 still waiting.\n"


@pytest.mark.filterwarnings("ignore:Engine not recognized")
def test_move_record_copies_the_database():
    with pytest.raises(CommandError, match="The address of the database begins with postgres:// or sqlite:///"):
        call_command("move_record", "--to", "record")


@pytest.mark.parametrize(("former", "present"), FORMER_NAMES.items())
def test_the_guide_starts_commands_by_their_present_names(former, present):
    text = OPERATING.read_text(encoding="utf-8")

    assert f"record {present}" in text
    assert f"record {former}" not in text
    assert f"`{former}` for `{present}`" in text
