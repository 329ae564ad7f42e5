"""A version with a known fault is named; so is what nobody could be asked about."""

from __future__ import annotations

import pytest

from tests.support import audit

UNSAFE = {
    "name": "django",
    "version": "5.2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
SAFE = {"name": "pillow", "version": "12.0", "vulns": []}
UNKNOWN = {"name": "edtf", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("findings", "vulnerabilities", "unasked"),
    [
        ([SAFE], [], []),
        (
            [UNSAFE, SAFE, UNKNOWN],
            ["django 5.2: PYSEC-1, mended in 5.2.1", "django 5.2: PYSEC-2, mended in no version yet"],
            ["edtf"],
        ),
        ([UNKNOWN], [], ["any version: the advisory service knows none of them"]),
        (None, [], ["any version: no advisory service was reached"]),
    ],
)
def test_known_faults_and_what_could_not_be_asked_about(findings, vulnerabilities, unasked):
    assert audit.report(findings) == (vulnerabilities, unasked)


@pytest.mark.parametrize(
    ("findings", "plain", "strict"), [([SAFE], 0, 0), ([UNSAFE], 1, 1), ([SAFE, UNKNOWN], 0, 1), (None, 0, 1)]
)
def test_a_known_fault_fails_and_silence_fails_only_where_an_answer_is_asked_for(
    findings, plain, strict, monkeypatch, capsys
):
    monkeypatch.setattr(audit, "audited", lambda _files: findings)

    assert (audit.main(is_strict=False), audit.main(is_strict=True)) == (plain, strict)
    assert ("Not audited" in capsys.readouterr().err) == (plain != strict)
