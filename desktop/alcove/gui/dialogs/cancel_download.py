"""The question before a download is cancelled of which something was received already."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from alcove.gui.dialogs.confirm import ConfirmDialog
from alcove.gui.transfers import Transfers
from alcove.hub.items import Item
from alcove.i18n import _
from alcove.words import gigabytes


def ask_to_cancel(item: Item, transfers: Transfers, parent: QWidget) -> None:
    """Cancel ``item``, at once where nothing is lost by it."""
    if item.state == "done" or not item.received_bytes:
        transfers.cancel(item)
        return
    ConfirmDialog.ask(
        _("Cancel the download of {name}?").format(name=item.name),
        _("What was received, {size}, is deleted. Paused instead, it can go on later.").format(
            size=gigabytes(item.received_bytes)
        ),
        _("Cancel the download"),
        lambda: transfers.cancel(item),
        parent,
        refusal=_("Keep it"),
    )
