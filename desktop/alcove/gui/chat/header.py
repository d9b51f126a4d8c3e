"""The head of the conversation: the model, how full its context is, and a menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QProgressBar, QToolButton, QWidget

from alcove.engine.elsewhere import EngineModel
from alcove.gui.chat.elided_button import ElidedPicker
from alcove.gui.icons import Icons
from alcove.gui.session import ChatModel
from alcove.gui.widgets.parts import icon_button, label, row
from alcove.i18n import _
from alcove.library.installed import InstalledModel
from alcove.words import gigabytes


class ChatHeader(QFrame):
    """Shows and chooses the model."""

    model_chosen = Signal(object)
    connect_requested = Signal()
    unload_requested = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chatHeader")
        self.picker = ElidedPicker()
        self.picker.setObjectName("modelPicker")
        self.picker.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.picker.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        icons.put(self.picker, "caret-down", size=12)
        self.models = QMenu(self.picker)
        self.models.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.picker.setMenu(self.models)
        self.detail = label(role="caption")
        self.used = label(role="caption")
        self._meter = QProgressBar()
        self._meter.setTextVisible(False)
        self._meter.setFixedWidth(72)
        self._meter.setAccessibleName(_("Context used"))
        self._icons = icons
        self.drawer = icon_button(icons, "sliders-horizontal", _("System prompt and sampling"))
        self.drawer.setCheckable(True)
        self.more = icon_button(icons, "dots-three", _("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.more)
        self.more.setMenu(self.menu)
        layout = row(self.picker, self.detail, None, self.used, self._meter, spacing=10)
        layout.addWidget(self.drawer)
        layout.addWidget(self.more)
        layout.setContentsMargins(14, 8, 12, 8)
        self.setLayout(layout)
        self.setMinimumHeight(54)  # with or without the menu
        self.show_context(0, None)

    def show_model(self, model: ChatModel | None, *, loaded: bool) -> None:
        """Show which model answers."""
        name = model.name if model else _("Choose a model")
        self.picker.setText(name)
        self.picker.setToolTip(name)
        self.picker.setAccessibleName(_("Model: {name}").format(name=name))
        self.detail.setText(_detail(model) if model and loaded else "")

    def show_models(
        self,
        installed: Sequence[InstalledModel],
        engines: Sequence[EngineModel],
        current: ChatModel | None,
    ) -> None:
        """Offer the installed models, and engines elsewhere; ``current`` is the one in use."""
        self.models.clear()
        for model in installed:
            text = f"{model.name}   {model.quantization} · {gigabytes(model.size_bytes)}"
            action = self.models.addAction(text, partial(self.model_chosen.emit, model))
            action.setCheckable(True)
            loaded = isinstance(current, InstalledModel) and model.path == current.path
            action.setChecked(loaded)
            action.setEnabled(model.damage is None)
            action.setToolTip(model.damage or "")
        self._add_engines(engines, current)
        if current is not None:
            self.models.addSeparator()
            elsewhere = isinstance(current, EngineModel)
            leave = _("Disconnect") if elsewhere else _("Unload the model")
            self.models.addAction(leave, self.unload_requested.emit)

    def _add_engines(self, engines: Sequence[EngineModel], current: ChatModel | None) -> None:
        if self.models.actions():
            self.models.addSeparator()
        for engine in engines:
            text = f"{engine.name}   {_detail(engine)}"
            action = self.models.addAction(text, partial(self.model_chosen.emit, engine))
            action.setCheckable(True)
            action.setChecked(engine == current)
        self.models.addAction(_("Connect to an engine…"), self.connect_requested.emit)

    def show_decided(self, decided: bool) -> None:
        """Show whether the conversation has a system prompt or sampling of its own."""
        self._icons.put(self.drawer, "sliders-horizontal", "accent" if decided else "muted")

    def show_context(self, used: int, limit: int | None) -> None:
        """Show how many tokens of the context the conversation takes; None: nothing is known."""
        self.used.setVisible(limit is not None)
        self._meter.setVisible(limit is not None)
        if limit is not None:
            self.used.setText(
                _("{used} of {limit} tokens").format(used=f"{used:,}", limit=f"{limit:,}")
            )
            self.used.setToolTip(_("Context used by this conversation"))
            self._meter.setRange(0, limit)
            self._meter.setValue(min(used, limit))


def _detail(model: ChatModel) -> str:
    """Say which file of a model it is, or where it answers: what is written is sent there."""
    if isinstance(model, EngineModel):
        return _("at {place}").format(place=model.place)
    return model.quantization
