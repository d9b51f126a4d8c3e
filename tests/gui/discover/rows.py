"""The rows of the list on the Discover page."""

from __future__ import annotations

from alcove.gui.models.offers import OfferRow, RowRole
from alcove.gui.pages.discover import DiscoverPage


def current(page: DiscoverPage) -> OfferRow:
    """Return the one that is chosen."""
    row: OfferRow = page.list.currentIndex().data(RowRole)
    return row


def all_rows(page: DiscoverPage) -> list[OfferRow]:
    """Return those that are shown, from top to bottom."""
    return [page.offers.index(n, 0).data(RowRole) for n in range(page.offers.rowCount())]
