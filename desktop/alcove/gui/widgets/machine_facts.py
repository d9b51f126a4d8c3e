"""Facts and findings about a machine, as rows of the System page."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from alcove.gui.icons import Icons
from alcove.gui.widgets.copy_field import CopyField
from alcove.gui.widgets.parts import column, label, row, selectable
from alcove.hardware.machine import Gpu, Machine
from alcove.hardware.report import Finding
from alcove.i18n import _
from alcove.words import decimal, gigabytes

_ICONS = {
    "ok": ("check-circle", "good"),
    "note": ("info", "muted"),
    "problem": ("warning", "fair"),
}
_NAME_WIDTH = 150


class FindingRow(QWidget):
    """One finding; where a command helps, it stands below and can be copied."""

    def __init__(self, finding: Finding, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon, colour = _ICONS[finding.kind]
        mark = QToolButton()
        mark.setFixedSize(20, 20)
        mark.setAccessibleName(_kinds()[finding.kind])
        mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        icons.put(mark, icon, colour)
        sentence = selectable(label(finding.sentence, wrap=True))
        words = column(sentence, spacing=6)
        if finding.remedy:
            words.addWidget(CopyField(finding.remedy, icons))
        layout = row(spacing=8)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setLayout(layout)


def _kinds() -> dict[str, str]:
    """Return what the icons of findings say to those who do not see them."""
    return {"ok": _("Good"), "note": _("Note"), "problem": _("Problem")}


def fact(name: str, value: str) -> QWidget:
    """Make a row of a name and a value that can be copied."""
    made = QWidget()
    left = label(name, "muted")
    left.setFixedWidth(_NAME_WIDTH)
    layout = row(spacing=12)
    layout.addWidget(left, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(selectable(label(value, wrap=True)), 1)
    made.setLayout(layout)
    return made


def facts_of(machine: Machine) -> Iterator[tuple[str, str]]:
    """Name and word what was measured."""
    cpu = machine.cpu
    yield _("System"), machine.system
    yield _("Processor"), cpu.name
    cores = _("{physical} cores, {logical} threads")
    yield _("Cores"), cores.format(physical=cpu.physical_cores, logical=cpu.logical_cores)
    if cpu.features:
        yield _("Instructions"), ", ".join(cpu.features)
    if machine.bandwidth is not None:
        yield _("Memory speed"), f"{decimal(machine.bandwidth / 1e9)} GB/s"
    for gpu in machine.gpus:
        yield _("Graphics"), _gpu(gpu)
    if machine.llama is not None:
        backends = ", ".join(machine.llama.backends)
        yield "llama.cpp", f"{machine.llama.version} ({backends})"


def _gpu(gpu: Gpu) -> str:
    backend = gpu.backend or _("not used by llama.cpp")
    memory = _("{free} of {total} free").format(
        free=gigabytes(gpu.free_bytes), total=gigabytes(gpu.total_bytes)
    )
    return f"{gpu.name} · {memory} · {backend}"
