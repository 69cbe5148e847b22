"""The addresses of pages that `redraw up` and `redraw demo` print."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.settings import Settings
from service.callers.sessions import Sessions
from service.cli.page_addresses import find_pages, let_all_play


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, api_key="an-api-key-for-tests")  # type: ignore[arg-type, call-arg]


def test_they_lead_to_the_service_on_this_machine(settings: Settings) -> None:
    pages = find_pages(settings, 8123)
    assert pages.play == "http://127.0.0.1:8123/play"
    assert pages.dashboard == "http://127.0.0.1:8123/"


def test_the_link_signs_in_at_a_service_with_the_same_key_alone(settings: Settings) -> None:
    [link] = parse_qs(urlsplit(find_pages(settings, 8123).link).query)["link"]
    assert Sessions(settings).is_link(link)
    other = settings.model_copy(update={"api_key": None})
    assert not Sessions(other).is_link(link)


def test_anyone_on_this_machine_may_play_where_the_settings_say_nothing(settings: Settings) -> None:
    assert let_all_play(settings) == {"REDRAW_DASHBOARD_PLAY": "anyone"}


@pytest.mark.parametrize("play", ["owner", "off", "anyone"])
def test_what_the_settings_say_holds(settings: Settings, play: str) -> None:
    assert let_all_play(settings.with_changes(dashboard={"play": play})) == {}
