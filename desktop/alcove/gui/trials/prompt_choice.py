"""What is asked: a set that comes with Alcove, a file, prompts of one's own, or a benchmark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QStackedWidget, QWidget

from alcove.errors import TrialError
from alcove.gui.theme import Theme
from alcove.gui.widgets.elided_label import ElidedLabel
from alcove.gui.widgets.parts import button, column, frame, label, row
from alcove.gui.widgets.select import Select
from alcove.i18n import _, ngettext
from alcove.trials.asking import BENCH_REPEATS, BENCH_SIZES, BENCH_TOKENS, bench_trial
from alcove.trials.read import find_trial, parse_trial, read_trial, shipped_trials
from alcove.trials.run import Kind
from alcove.trials.trial import Trial

_OWN, _FILE, _BENCH = "own", "file", "bench"


class PromptChoice(QWidget):
    """``trial`` is what was chosen; ``obstacle`` says why there is none yet."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._read: Trial | None = None
        self._trouble = ""
        self.sets = Select(_("Prompts"), theme)
        for name in shipped_trials():
            self.sets.addItem(find_trial(name).name, name)
        self.sets.addItem(_("My own prompts"), _OWN)
        self.sets.addItem(_("A trial file"), _FILE)
        self.sets.addItem(_("Speed benchmark"), _BENCH)
        self.sets.currentIndexChanged.connect(self._choose)
        self.own = QPlainTextEdit()
        self.own.setPlaceholderText(
            _("One prompt, or several with a line that is just --- between them.")
        )
        self.own.setAccessibleName(_("Own prompts"))
        self.own.setTabChangesFocus(True)
        self.own.textChanged.connect(self._choose)
        self.about = label(role="muted", wrap=True)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setAccessibleName(_("Prompts of this set"))
        self.preview.setTabChangesFocus(True)
        self.path = ElidedLabel(role="muted")
        self.browse = button(_("Choose file…"))
        self.browse.clicked.connect(self._choose_file)
        self._lay_out()
        self._choose()

    def _lay_out(self) -> None:
        file = QWidget()
        ways = row(self.browse, spacing=8)
        ways.addWidget(self.path, 1)
        file.setLayout(column(ways, None))
        self._parts = QStackedWidget()
        for part in (self.preview, frame("card", column(self.own)), file):
            self._parts.addWidget(part)
        layout = column(self.sets, self.about, spacing=10)
        layout.addWidget(self._parts, 1)
        self.setLayout(layout)

    @property
    def kind(self) -> Kind:
        """Whether it is a benchmark."""
        return "bench" if self.sets.currentData() == _BENCH else "trial"

    @property
    def repeats(self) -> int:
        """How often each prompt is asked."""
        return BENCH_REPEATS if self.kind == "bench" else 1

    @property
    def trial(self) -> Trial | None:
        """What is to be asked; None if there is nothing yet."""
        return self._read

    @property
    def obstacle(self) -> str:
        """Why there is nothing to ask."""
        return "" if self._read else self._trouble

    def open_file(self, path: Path) -> None:
        """Take a trial file."""
        self._file = path
        self.path.setText(str(path))
        self.sets.setCurrentIndex(self.sets.findData(_FILE))
        self._choose()

    def _choose(self) -> None:
        chosen = str(self.sets.currentData())
        self._parts.setCurrentIndex({_OWN: 1, _FILE: 2}.get(chosen, 0))
        self._read, self._trouble = None, ""
        try:
            self._read = self._chosen(chosen)
        except TrialError as error:
            self._trouble = str(error)
        self.about.setText(self._trouble or (_about(self._read, self.kind) if self._read else ""))
        self.about.setVisible(bool(self.about.text()))
        prompts = self._read.prompts if self._read and self.kind == "trial" else ()
        self.preview.setPlainText("\n\n".join(f"{one.name}\n{one.text}" for one in prompts))
        self.preview.setVisible(bool(prompts))
        self.changed.emit()

    def _chosen(self, chosen: str) -> Trial | None:
        if chosen == _BENCH:
            return bench_trial(_("Speed benchmark"), BENCH_SIZES, BENCH_TOKENS)
        if chosen == _OWN:
            return _own(self.own.toPlainText())
        if chosen == _FILE:
            return read_trial(self._file) if self._file else None
        return find_trial(chosen)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, _("Choose a trial file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([_("Trials (*.json *.toml)")])
        dialog.fileSelected.connect(lambda name: self.open_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _own(text: str) -> Trial | None:
    parts = "\n".join("\0" if line.strip() == "---" else line for line in text.splitlines()).split(
        "\0"
    )
    prompts = [part.strip() for part in parts if part.strip()]
    if not prompts:
        return None
    trial = parse_trial({"name": _("Own prompts"), "prompts": prompts})
    named = [replace(one, name=f"{one.name}. {_title(one.text)}") for one in trial.prompts]
    return replace(trial, prompts=tuple(named))


def _title(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= 40 else first[:39].rstrip() + "…"


def _about(trial: Trial, kind: Kind) -> str:
    count = len(trial.prompts)
    if kind == "bench":
        return _(
            "Prompts of {sizes} tokens, {tokens} tokens of answer after each, {repeats} times."
        ).format(
            sizes=_(" and ").join(f"{size:,}" for size in BENCH_SIZES),
            tokens=BENCH_TOKENS,
            repeats=BENCH_REPEATS,
        )
    parts = [ngettext("{count} prompt", "{count} prompts", count).format(count=count)]
    if checked := sum(bool(prompt.checks) for prompt in trial.prompts):
        parts.append(_("{count} checked by Alcove").format(count=checked))
    topics = list(dict.fromkeys(prompt.topic for prompt in trial.prompts if prompt.topic))
    if topics:
        parts.append(", ".join(topics))
    return " · ".join(parts)
