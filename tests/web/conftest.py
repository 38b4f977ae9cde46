"""A bank in the middle of its work, made once, that the tests of pages only read."""

from __future__ import annotations

import pytest

from web.answered import answered
from web.drafted import drafted
from web.lively import lively
from web.site import Bank, bank
from web.watched import watched


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank that is read and never written."""
    folder = tmp_path_factory.mktemp("town")
    return bank(folder, drafted(answered(watched(lively(folder)))))
