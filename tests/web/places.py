"""The pages of a lively bank, one address of each kind."""

from __future__ import annotations

from web.answered import ANSWER, EVALUATION, LABELLED
from web.drafted import PAPER, PASSAGE
from web.lively import RUN

PLACES = (
    "/", "/inbox", "/models", "/models?all=1", "/models?family=credit&tier=1", "/models/retail-pd",
    "/models/card-fraud",
    "/models/retail-pd/card", "/models/retail-pd/policy", "/models/retail-pd/rating", "/models/churn/rating",
    "/findings", "/findings?late=1", "/findings/F-1", "/findings/F-2", "/findings/F-7", "/validations",
    "/validations/V-1", "/validations/V-2", "/validations/V-2/live", "/reviews/RV-1", "/reviews/RV-2", "/approvals",
    "/approvals?all=1", "/approvals/AP-1", "/approvals/AP-2", "/passes", "/gate",
    "/gate?version=card-fraud@1.4.0&use=U-2", "/gate?version=retail-pd@2.3.0&use=U-1", "/policy", "/policy/coverage",
    "/policy/controls", "/policy/controls/MRM-VAL-01", "/policy/compare", "/policy/impact",
    "/policy/impact?adopt=ca-osfi-e23", "/calendar", "/audit", "/audit/20", "/audit/verify", "/runs", f"/runs/{RUN.id}",
    f"/runs/{RUN.id}/{RUN.evidence[0].id}", "/records", "/records/limitation/L-1", "/records/pass/P-1",
    "/records/person/vera", "/search?q=fraud",
    "/monitoring", "/monitoring/card-fraud", "/monitoring/churn", "/alarms", "/alarms?all=1", "/alarms/AL-1",
    f"/runs/{EVALUATION}", f"/evaluations/{EVALUATION}", f"/evaluations/{EVALUATION}/answers",
    f"/evaluations/{EVALUATION}/answers?suite=questions&outcome=fail", f"/evaluations/{EVALUATION}/answers/{ANSWER}",
    f"/evaluations/{EVALUATION}/labels", f"/evaluations/{EVALUATION}/labels/{LABELLED}",
    f"/drafts/{RUN.id}", f"/passages/{PASSAGE}", "/documents", f"/documents/{PAPER}",
    f"/documents/{PAPER}?against=us-sr26-2&tier=1", f"/records/evidence/{PAPER}",
    "/do/finding.raised", "/do/finding.issued?id=F-4", "/account",
)  # fmt: skip
ADMIN = ("/admin", "/admin/law", "/admin/access", "/admin/reads")
EMPTY = ("/", "/inbox", "/models", "/findings", "/validations", "/approvals", "/passes", "/policy", "/policy/coverage",
         "/policy/impact?adopt=uk-ss1-23", "/calendar", "/runs", "/audit", "/gate", "/search?q=nothing",
         "/monitoring", "/alarms", "/documents")  # fmt: skip
