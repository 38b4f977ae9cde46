"""Pages: one file for each topic, its templates in ``templates/<topic>/``. A file dropped here is a page.

A page is a function from :class:`~secondline.web.seen.Seen` to :class:`~secondline.web.views.View`::

    @page("/models", may=SIGNED_IN)                       # also /models.csv and /models.json
    def models(seen: Seen) -> View:
        table = listed(seen, "model", COLUMNS, filters=("state", "tier", "owner"))
        return View("models/list.html", {"note": "..."}, table)

    @page("/models/{id}", may=SIGNED_IN, shows="model")   # every link to a model now leads here
    def model(seen: Seen) -> View:
        doc = seen.need("model", seen.path["id"])
        return View("models/one.html", {"doc": doc, **about(seen, "model", doc["id"])}, history(...), data=doc)

    @deed("/models/{id}/tidy", may=frozenset({"owner"}))  # a form whose deed is more than one act
    def tidy(seen: Seen, typed: dict[str, str]) -> str:
        seen.ledger.acts([...])                           # errors of the ledger show as pages by themselves
        return seen.href("model", seen.path["id"])        # where to go next

``seen.look`` are the records today or on the past day chosen; never ask ``seen.ledger.records`` for what is shown.
A template begins with ``{% extends "base.html" %}{% import "ui.html" as ui with context %}`` and fills the blocks
``title``, ``main`` and ``formats`` (``{{ ui.formats() }}``). No style, no script and no handler goes inside a page:
the policy forbids them. Classes there are: panels, panel (wide), figures, facts, columns, tabs, lead, note, eyebrow.
"""
