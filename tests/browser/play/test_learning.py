"""After a retrain the page says what became of its drawings, and what the new version sees."""

import numpy as np
from playwright.sync_api import Page, expect

from pipeline.drawings import normalize_canvas
from pipeline.records.runs import RunState
from pipeline.versions.load import load_version
from tests.browser._project import Project
from tests.browser._seeded import execute_promoted
from tests.browser.play._drawing import SMILE, answer, draw, open_pad, wait_for_guess
from tests.browser.play.test_playing import find_sent


def predict(project: Project, version: str, canvas_path: str) -> str:
    """Return in the page's words what a version sees in a canvas."""
    _, model = load_version(project.ports.models.get(version), project.ports.artefacts)
    drawing = normalize_canvas(project.ports.artefacts.read(canvas_path))
    best = int(np.argmax(model.probabilities(drawing)))
    return project.settings.categories[best].replace("_", " ")


def test_a_corrected_drawing_is_merged_and_the_new_version_looks_at_it(
    own_project: Project, own_page: Page
) -> None:
    open_pad(own_page)
    old = own_page.locator("#version").inner_text().split(",")[0]
    draw(own_page, SMILE)
    guessed = wait_for_guess(own_page)
    answer(own_page, "smiley face" if guessed != "smiley face" else "cat")
    path = find_sent(own_project)["imageStoragePath"]
    own_page.get_by_role("button", name="Retrain now").click()
    expect(own_page.locator("#run")).to_contain_text("A retrain is under way")
    run = own_project.ports.runs.slot().run
    assert run is not None
    assert run.state is RunState.REQUESTED
    execute_promoted(run.id, own_project.settings, own_project.ports)
    new = own_project.ports.runs.get(run.id).version
    assert new is not None
    entry = own_page.locator("#drawn li")
    expect(own_page.locator("#version")).to_contain_text(new)
    expect(entry).to_contain_text(f"{new} now sees: {predict(own_project, new, path)}")
    expect(entry).to_contain_text(f"{old} saw: {guessed}")
    expect(entry).to_contain_text(f"Merged in {new}.")
    expect(own_page.locator("#run")).not_to_contain_text("under way")
