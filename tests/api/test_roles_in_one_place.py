"""The claim that makes an owner has one name, and nothing else grants an owner's rights."""

from pathlib import Path

from emulator.rules import RULES
from service.callers.claims import ADMIN_CLAIM, ADMIN_CLAIM_TEXT, is_admin

ROOT = Path(__file__).parents[2]


def test_the_documentation_names_the_claim_as_the_code_does() -> None:
    for page in ("integration.md", "architecture.md", "glossary.md", "configuration.md"):
        assert ADMIN_CLAIM_TEXT in (ROOT / "docs" / page).read_text(), page


def test_no_other_module_spells_the_claim() -> None:
    spelled = [
        str(path.relative_to(ROOT))
        for folder in ("service", "pipeline", "workers", "emulator")
        for path in (ROOT / folder).rglob("*.py")
        if f'"{ADMIN_CLAIM}"' in path.read_text() or f"{ADMIN_CLAIM}: true" in path.read_text()
    ]
    assert spelled == ["service/callers/claims.py"]


def test_the_rules_of_firestore_grant_nothing_by_a_claim() -> None:
    assert "auth.token" not in RULES.read_text()


def test_only_the_value_true_makes_an_owner() -> None:
    assert is_admin({ADMIN_CLAIM: True})
    assert not any(is_admin({ADMIN_CLAIM: value}) for value in ("true", 1, [True], None, False))
    assert not is_admin({})
