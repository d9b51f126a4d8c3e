"""One question at a time, and of those asked meanwhile only the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject

from alcove.errors import AlcoveError
from alcove.gui.tasks import Report, Task, Tasks

T = TypeVar("T")
P = TypeVar("P")


@dataclass(frozen=True, eq=False)
class _Question:
    operation: Callable[[Report[Any]], Any]
    success: Callable[[Any], None]
    failure: Callable[[AlcoveError], None]
    progress: Callable[[list[Any]], None] | None


class Latest(QObject):
    """Runs one operation at a time; what was asked last runs when the one before has ended.

    What becomes of an operation that is no longer the last is dropped.
    """

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._task: Task | None = None
        self._asked: _Question | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asked is not None

    def ask(
        self,
        operation: Callable[[Report[P]], T],
        success: Callable[[T], None],
        failure: Callable[[AlcoveError], None],
        progress: Callable[[list[P]], None] | None = None,
    ) -> None:
        """Run ``operation`` in a task, now or after the one that runs, which is to stop."""
        self._asked = _Question(operation, success, failure, progress)
        if self._task is None:
            self._run(self._asked)
        else:
            self._task.cancel()

    def forget(self) -> None:
        """Drop what is on its way."""
        self._asked = None
        if self._task is not None:
            self._task.cancel()

    def _run(self, question: _Question) -> None:
        self._task = self._tasks.run(
            question.operation,
            partial(self._end, question, question.success),
            partial(self._end, question, question.failure),
            progress=partial(self._report, question),
        )

    def _report(self, question: _Question, values: list[Any]) -> None:
        if self._asked is question and question.progress is not None:
            question.progress(values)

    def _end(self, question: _Question, tell: Callable[[Any], None], outcome: Any) -> None:  # noqa: ANN401 - whatever the work brings
        self._task = None
        if self._asked is question:
            self._asked = None
            tell(outcome)
        elif self._asked is not None:
            self._run(self._asked)
