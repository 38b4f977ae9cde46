"""Ten journeys and a live run: people of a bank do their work through forms and clicks, each what is theirs to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from bank import BAD, GOOD
from browser.walker import Walker, do, fill, press, tab_to, walking
from portfolios import portfolio
from secondline.ledger.store import Ledger
from secondline.web import passwords
from secondline.web.tokens import invitation
from web.lively import RUN, lively, mended
from web.site import bank

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECRET = "a sentence that is long enough"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash cheaply: what passwords cost is tested elsewhere."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: cheap)
    passwords._nobody.cache_clear()


@pytest.fixture
def walker(tmp_path: Path, browser: Browser) -> Iterator[Walker]:
    """A lively bank of one's own, served."""
    with walking(bank(tmp_path, lively(tmp_path)), browser) as made:
        yield made


def set_password(page: Page, link: str) -> None:
    """Set a password by a one-time link."""
    page.goto(link)
    page.get_by_label("Password").fill(SECRET)
    page.get_by_label("The same again").fill(SECRET)
    page.get_by_role("button", name="Set the password").click()


def test_1_the_first_admin_comes_in_and_adds_people(tmp_path: Path, browser: Browser) -> None:
    """By a one-time link the admin sets a password, adds a validator, and hands them a link of their own."""
    ledger = Ledger.open(tmp_path)
    ledger.act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]}, reason="First start.")
    served = bank(tmp_path, ledger)
    with walking(served, browser) as walker:
        admin = walker.as_("")
        set_password(admin, invitation(ledger, served.site.access, "ada", served.site.now()))
        admin.get_by_role("link", name="Admin", exact=True).click()
        admin.get_by_role("link", name="Add a person").click()
        fill(admin, "person.added", id="vera", name="Vera Example", email="vera@bank.example", roles="validator")
        expect(admin.get_by_role("link", name="vera", exact=True)).to_be_visible()
        admin.get_by_role("link", name="Let somebody set a password").click()
        admin.get_by_label("Person", exact=True).select_option("vera")
        admin.get_by_role("button", name="Make a one-time link").click()
        link = admin.locator(".flash code").inner_text()
        validator = walker.as_("")
        set_password(validator, link)
        expect(validator.get_by_role("heading", name="Where we stand")).to_be_visible()
        validator.goto(link)
        expect(validator.get_by_text("This link is used up")).to_be_visible()
    assert ledger.records.need("person", "vera")["roles"] == ["validator"]


def test_2_an_owner_registers_a_model(walker: Walker) -> None:
    """Model, version and use are registered by forms that come one from the other, and stand on the model's page."""
    page = walker.as_("olga")
    page.goto("/models")
    do(page, "Register a model", "model.registered", id="overdraft", name="Overdraft limits", family="credit",
       owner="olga", developer="dev", description="Sets limits of overdrafts.")  # fmt: skip
    expect(page.get_by_role("heading", name="Overdraft limits")).to_be_visible()
    do(page, "Register a version", "version.registered", id="overdraft@1.0", version="1.0", developers="dev")
    page.goto("/models/overdraft")
    do(page, "Propose a use", "use.proposed", name="Current accounts", decisions_per_year="50000")
    page.goto("/models/overdraft")
    expect(page.get_by_role("cell", name="Current accounts")).to_be_visible()
    expect(page.get_by_role("link", name="overdraft@1.0").first).to_be_visible()
    page.goto("/models?name=overdraft")
    expect(page.get_by_role("row")).to_have_count(2)


def rate(page: Page, answers: dict[str, object]) -> None:
    """Answer the questions of the rating on its page."""
    for name, answer in answers.items():
        place = page.locator(f'[name="{name}"]')
        if isinstance(answer, list):
            for one in answer:
                page.locator(f'[name="{name}-{one}"]').check()
        elif isinstance(answer, bool):
            place.set_checked(answer)
        elif place.evaluate("e => e.tagName") == "SELECT":
            place.select_option(str(answer))
        else:
            place.fill(str(answer))
    page.get_by_role("button", name="Record the rating").click()


def test_3_two_lines_rate_and_the_head_decides(walker: Walker) -> None:
    """Owner and validator rate apart and differ; the head decides with a reason; the tier follows."""
    owner, validator, head = (walker.as_(p) for p in ("olga", "vera", "mira"))
    owner.goto("/models/churn")
    press(owner, "Rate it")
    rate(owner, GOOD)
    validator.goto("/models/churn/rating")
    rate(validator, BAD)
    expect(validator.get_by_text("The lines differ")).to_be_visible()
    expect(validator.get_by_role("button", name="Decide the tier")).to_have_count(0)
    head.goto("/models/churn/rating")
    head.get_by_label("Reason").fill("It decides more than its owner thinks.")
    head.get_by_role("button", name="Decide the tier").click()
    expect(head.get_by_text("The lines differ")).to_have_count(0)
    head.goto("/models/churn")
    expect(head.locator(".subtitle .tier")).to_contain_text("Tier 1")
    expect(head.get_by_text("It decides more than its owner thinks.").first).to_be_visible()


def test_4_a_validator_plans_and_challenges(walker: Walker) -> None:
    """A validation is planned, independence declared and fieldwork begun; the developer provides and answers."""
    validator, second, developer = (walker.as_(p) for p in ("vera", "vito", "dev"))
    validator.goto("/models/ifrs-ecl")
    do(validator, "Plan a validation", "validation.planned", version="1", kind="initial", due="2026-12-01",
       lead="vera", team="vito", scope="All of it.")  # fmt: skip
    project = validator.url.rpartition("/")[2].partition("?")[0]
    for page in (second, validator):
        page.goto(f"/validations/{project}")
        do(page, "Declare independence", "validation.declared", statement="I neither built nor own any of it.")
    do(validator, "Start the fieldwork", "validation.started")
    expect(validator.locator(".steps [aria-current=step]")).to_have_text("fieldwork")
    do(validator, "Request something", "request.made", what="The sample.", to="dev", due="2026-10-01")
    validator.goto(f"/validations/{project}")
    do(validator, "Challenge", "challenge.asked", question="Why this horizon?", to="dev")
    request, challenge = (
        walker.bank.ledger.records.find(k, validation=project)[0]["id"] for k in ("request", "challenge")
    )
    developer.goto("/inbox")
    developer.get_by_role("row", name=request).get_by_role("link").first.click()
    do(developer, "Hand over what was requested", "request.provided", note="In the data room.")
    developer.goto(f"/records/challenge/{challenge}")
    do(developer, "Answer the challenge", "challenge.answered", answer="The book turns over in a year.",
       changed="yes", outcome="The document says so now.")  # fmt: skip
    validator.goto(f"/records/request/{request}")
    do(validator, "Accept what was handed over", "request.accepted")
    validator.goto(f"/records/challenge/{challenge}")
    do(validator, "Settle the challenge", "challenge.settled")
    validator.goto(f"/validations/{project}")
    expect(validator.get_by_text("The book turns over in a year.")).to_be_visible()
    expect(validator.get_by_text("open requests")).to_have_count(0)


def test_5_a_run_raises_findings_and_a_retest_closes_one(tmp_path: Path, browser: Browser) -> None:
    """Attaching the run raises drafts; one is issued, agreed, mended, tested again by a later run, and closed."""
    ledger = lively(tmp_path, attached=False)
    with walking(bank(tmp_path, ledger), browser) as walker:
        validator, owner = walker.as_("vera"), walker.as_("olga")
        validator.goto("/validations/V-2")
        validator.get_by_label("Run", exact=True).select_option(RUN.id)
        validator.get_by_role("button", name="Attach the run and raise what it breaches").click()
        expect(validator.get_by_text("Findings raised here 6")).to_be_visible()
        finding = next(f["id"] for f in ledger.records.find("finding") if f["code"] == "data.rules")
        validator.get_by_role("link", name=finding, exact=True).click()
        do(validator, "Issue the finding", "finding.issued")
        owner.goto("/inbox")
        owner.get_by_role("row", name=re.compile(finding)).get_by_role("link").first.click()
        do(owner, "Agree to the finding", "finding.agreed", answer="It is so.", action="Mend the feed.")
        do(owner, "Start mending", "finding.started")
        do(owner, "Say it is mended", "finding.ready", done="The feed is mended at its source.")
        ledger.record_run(mended("data.rules"), "vera")
        validator.goto(f"/findings/{finding}")
        do(validator, "Close the finding", "finding.closed", run="20260809-second", reason="It passes everywhere.")
        expect(validator.locator(".subtitle .badge").nth(1)).to_have_text("closed")
    assert ledger.records.need("finding", finding)["closure"]["run"] == "20260809-second"


def test_6_nobody_approves_their_own_work(walker: Walker) -> None:
    """Who built or owns a version is refused as its approver, with the reason, and the refusal is on record."""
    ledger = walker.bank.ledger
    roles = {"dora": ["developer", "approver"], "vic": ["validator", "approver"]}
    for person, held in roles.items():
        ledger.act("person.added", "ada", person, {"name": person, "roles": held, "email": f"{person}@b.example"})
    ledger.act("version.registered", "dora", "card-fraud@3.0.0",
               {"model": "card-fraud", "version": "3.0.0", "developers": ["dora"], "digest": "0" * 64})  # fmt: skip
    asked = ledger.act("approval.requested", "olga", "", {"model": "card-fraud", "version": "3.0.0", "uses": ["U-3"],
                       "expires": "2027-01-01", "residual": "Low."}).id  # fmt: skip
    for person, why in (("dora", "they developed card-fraud"), ("olga", "")):
        page = walker.as_(person)
        page.goto(f"/approvals/{asked}")
        page.get_by_role("link", name="Sign what is shown below").click()
        page.get_by_role("button", name="Sign the approval").click()
        expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
        expect(page.locator("main")).to_contain_text(why)
    auditor = walker.as_("aud")
    auditor.goto("/audit?kind=act.refused")
    expect(auditor.get_by_role("row", name=re.compile("dora"))).to_contain_text("they developed card-fraud")
    assert not ledger.records.need("approval", asked)["signatures"]


def test_7_an_approval_opens_the_gate(walker: Walker) -> None:
    """Asked by the owner, signed at the level of the tier, decided, the pass issued: the gate is open for that use."""
    owner, head, auditor = (walker.as_(p) for p in ("olga", "mira", "aud"))
    auditor.goto("/gate?version=card-fraud@1.4.0&use=U-3")
    expect(auditor.locator(".lead b")).not_to_contain_text("open")
    owner.goto("/approvals")
    do(owner, "Request approval", "approval.requested", model="card-fraud", version="1.4.0", uses="U-3",
       seeks="conditional", expires="2027-02-01", residual="Low: watched daily.", mitigants="Daily watch.",
       justification="The weaknesses are minor.",
       conditions='{"kind": "monitoring", "metric": "bad rate", "frequency": "daily"}')  # fmt: skip
    head.goto(owner.url)
    head.get_by_role("link", name="Sign what is shown below").click()
    fill(head, "approval.signed", affirms="yes")
    expect(head.get_by_text("All that are needed are there.")).to_be_visible()
    head.get_by_label("Decision").select_option("conditional")
    head.get_by_label("Rationale").fill("As the validation advises.")
    head.get_by_role("button", name="Record the decision").click()
    head.get_by_role("button", name="Issue the pass").click()
    expect(head.locator(".badge").first).to_have_text("active")
    auditor.reload()
    expect(auditor.locator(".lead b")).to_contain_text("open until 2027-02-01")


def test_8_a_pack_is_tried_and_adopted(walker: Walker) -> None:
    """The head sees what OSFI E-23 would change, adopts SS1/23, and coverage asks for more."""
    page = walker.as_("mira")
    page.goto("/policy/coverage")
    before = page.locator(".matrix tbody tr").count()
    page.goto("/policy/impact")
    page.get_by_label("Adopt").select_option("ca-osfi-e23")
    expect(page.get_by_text(re.compile("Controls would stand otherwise for 3 of 3 models"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("card-fraud"))).to_contain_text("blocked")
    page.goto("/policy")
    page.get_by_role("row", name=re.compile("uk-ss1-23")).get_by_role("link", name="no: try it").click()
    page.get_by_label("Reason").fill("We opened in London.")
    page.get_by_role("button", name="Adopt the pack").click()
    expect(page.get_by_role("row", name=re.compile("uk-ss1-23"))).to_contain_text("since 2026-08-10")
    page.get_by_role("link", name="Coverage").click()
    assert page.locator(".matrix tbody tr").count() > before


def test_9_an_auditor_goes_back_in_time_and_recomputes(walker: Walker, tmp_path: Path) -> None:
    """A past day shows what stood then; an event proves itself; the chain is recomputed; the CSV is saved."""
    page = walker.as_("aud", accept_downloads=True)
    page.goto("/findings")
    page.get_by_label("As of").fill("2026-06-10")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("You are looking at 2026-06-10")).to_be_visible()
    expect(page.locator("td .badge", has_text="draft")).to_have_count(6)
    page.get_by_role("link", name="Back to today").click()
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("What").select_option("finding.disputed")
    page.locator("tbody tr td a").first.click()
    expect(page.get_by_text("Its content matches its seal.")).to_be_visible()
    page.goto("/audit/verify")
    page.get_by_role("button", name=re.compile("Recompute|recompute")).click()
    expect(page.get_by_text(re.compile("0 problems"))).to_be_visible(timeout=30_000)
    page.goto("/audit?actor=olga")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert saved.startswith("seq,at,actor,act,record,reason,via,seal")
    assert "olga" in saved


def test_10_the_keyboard_is_enough_and_scripts_are_not_needed(walker: Walker) -> None:
    """Without JavaScript and without a mouse: sign in, narrow the inventory, answer a finding."""
    from secondline.web.passwords import hashed

    walker.bank.site.access.set_password("olga", hashed(SECRET), walker.bank.site.now())
    page = walker.as_("", java_script_enabled=False)
    page.goto("/login")
    tab_to(page, page.get_by_label("Name"))
    page.keyboard.type("olga")
    page.keyboard.press("Tab")
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where we stand")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Models", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("fraud")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/findings/F-3")
    tab_to(page, page.get_by_role("link", name="Agree to the finding"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label(re.compile("^Answer")))
    page.keyboard.type("It is so.")
    tab_to(page, page.get_by_label(re.compile("^Action")))
    page.keyboard.type("Reconcile by month.")
    tab_to(page, page.get_by_role("button", name="Agree to the finding"))
    page.keyboard.press("Enter")
    expect(page.locator(".flash")).to_contain_text("done (F-3)")
    assert walker.bank.ledger.records.need("finding", "F-3")["state"] == "agreed"


STUDY = """
model: retail-pd
version: 2.3.0
title: Retail PD
owner: olga
populations:
  dev: {data: dev.parquet, role: reference}
  cur: {data: cur.parquet}
columns: {score: pd, label: y, entity: id, segments: [region], ignore: [w]}
checks: [discrimination.auc, calibration.actual_expected]
"""


def test_11_a_study_is_run_from_the_page_and_watched_to_its_end(tmp_path: Path, browser: Browser) -> None:
    """The validator begins a run of a model's study; the page refreshes itself until the run is attached."""
    studies = tmp_path / "studies" / "retail"
    studies.mkdir(parents=True)
    (studies / "model.yaml").write_text(STUDY, encoding="utf-8")
    for name, table in (("dev", portfolio(3_000)), ("cur", portfolio(2_000, 1))):
        pq.write_table(table, studies / f"{name}.parquet")
    ledger = lively(tmp_path / "runs", attached=False)
    served = bank(tmp_path / "runs", ledger, studies=str(tmp_path / "studies"))
    with walking(served, browser) as walker:
        page = walker.as_("vera")
        page.goto("/validations/V-2")
        page.get_by_label("Study").select_option("retail/model.yaml")
        page.get_by_role("button", name="Run the study").click()
        expect(page.locator("#live .good")).to_contain_text("ended and is attached", timeout=120_000)
        page.get_by_role("link", name="Show the project").click()
        expect(page.get_by_role("heading", name="Plan and runs")).to_be_visible()
    assert len(ledger.records.need("validation", "V-2")["runs"]) == 1
