"""The docs pages in a real browser that can reach nothing but the server."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, Request, sync_playwright

from tests.conftest import CHROMIUM

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECOND = 1000


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(30 * SECOND)
        yield page
        browser.close()


@pytest.fixture(scope="session")
def client(loaded: Callable[[str], str], clients: Callable[[str], httpx.Client]) -> httpx.Client:
    """Over one engine: pages are the same over any."""
    return clients(loaded("sqlite"))


@pytest.fixture
def page(browser_page: Page, client: httpx.Client) -> Iterator[Page]:
    """A page that fails its test where anything is asked of another host, or a script complains."""
    elsewhere: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        if httpx.URL(request.url).scheme in ("http", "https") and not request.url.startswith(str(client.base_url)):
            elsewhere.append(request.url)

    browser_page.on("request", note)
    browser_page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    browser_page.on("pageerror", lambda error: complaints.append(str(error)))
    yield browser_page
    assert elsewhere == []
    assert complaints == []


def test_try_it_out_on_the_mission_list_returns_data(page: Page, client: httpx.Client) -> None:
    page.goto(f"{client.base_url}/docs")
    page.get_by_text("Questions, and the requests that answer them").wait_for()
    page.locator("#operations-missions-list_missions .opblock-summary-control").click()
    page.locator("#operations-missions-list_missions .execute").click()
    body = page.locator("#operations-missions-list_missions .live-responses-table .highlight-code").first
    body.wait_for()
    assert "mission:isaf" in body.inner_text()
    status = page.locator("#operations-missions-list_missions .live-responses-table tbody .response-col_status").first
    assert status.inner_text().startswith("200")


def test_the_docs_page_lists_every_tag_in_the_order_of_the_catalogue(page: Page, client: httpx.Client) -> None:
    page.goto(f"{client.base_url}/docs")
    page.locator(".opblock-tag").first.wait_for()
    names = [resource["name"] for resource in client.get("/v1").json()["resources"]]
    assert page.locator(".opblock-tag").evaluate_all("tags => tags.map(tag => tag.dataset.tag)") == [
        *names,
        "questions",
        "service",
    ]


def test_the_reference_page_shows(page: Page, client: httpx.Client) -> None:
    page.goto(f"{client.base_url}/redoc")
    page.locator("h2", has_text="List missions").first.wait_for()


def test_the_front_page_is_for_people_in_a_browser(page: Page, client: httpx.Client) -> None:
    page.goto(f"{client.base_url}/")
    page.get_by_role("link", name="Ask it").click()
    page.wait_for_url("**/docs")


def test_a_page_of_another_origin_may_ask_whether_what_it_has_still_holds(browser_page: Page, client: httpx.Client) -> None:
    """As Fetch has it: a browser first asks whether it may send `If-None-Match`."""
    etag = client.get("/v1/missions/isaf").headers["etag"]
    browser_page.goto(f"http://localhost:{client.base_url.port}/v1")
    asked = "([url, etag]) => fetch(url, {headers: {'If-None-Match': etag}}).then(answer => answer.status)"
    assert browser_page.evaluate(asked, [f"{client.base_url}/v1/missions/isaf", etag]) == 304
