"""Server: the application on an address, until it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger
    from secondline.web.settings import Settings

KEPT_ALIVE, LONGEST_HEAD = 15, 64_000


def serve(ledger: Ledger, settings: Settings) -> None:
    """Serve *ledger* until interrupted. Headers of a proxy are not believed, and the server does not name itself."""
    import os

    import uvicorn

    from secondline.web.app import create_app
    from secondline.web.telling import channels, sinks, tell

    tell(ledger, channels(os.environ), sinks(os.environ))
    get_ready(ledger)

    uvicorn.run(
        create_app(ledger, settings), host=settings.host, port=settings.port, log_level="warning", server_header=False,
        proxy_headers=False, timeout_keep_alive=KEPT_ALIVE, h11_max_incomplete_event_size=LONGEST_HEAD,
    )  # fmt: skip


def get_ready(ledger: Ledger) -> None:
    """Do beforehand what the first visitors would wait for: read the catalogue, see how the rows are spread."""
    import gc

    from secondline.ledger.projection import look_over
    from secondline.policy.catalogue import controls
    from secondline.policy.coverage import demands, whole_catalogue
    from secondline.policy.packs import pack_names, read_pack

    controls()
    for name in pack_names():
        read_pack(name)
    demands([whole_catalogue()], ledger.today)
    with ledger.database.writing() as connection:
        look_over(connection)
    ledger.records.find("person")
    gc.collect()
    gc.freeze()  # what stays for good need not be looked through again and again while somebody waits
