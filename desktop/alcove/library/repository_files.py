"""Every model file of a repository of the hub, each with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from alcove.errors import HubError, ModelFileError
from alcove.fit.insight import Insight
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.gguf.sibling import sibling
from alcove.gguf.skeleton import Skeleton
from alcove.hardware.machine import Machine
from alcove.hub.remote import RemoteModel
from alcove.library.appraisal import Appraiser
from alcove.library.skeletons import Skeletons

_MOST = 60
"""Files that are judged by what they should have; of more, nobody waits for the verdicts."""

Report = Callable[[RemoteModel], None]
"""Called with each model before its header is fetched; may raise Cancelled."""


@dataclass(frozen=True)
class JudgedFile:
    """One model of a repository. ``problem`` says why there is no verdict, where there is none.

    ``own_header``: the verdict is that of the file itself, not of one that is like it.
    """

    model: RemoteModel
    fit: Fit | None
    problem: str = ""
    own_header: bool = False


class RepositoryJudge:
    """Judges the models of a repository: one by its own header, which is fetched, or all of them.

    The others of the same tensors are judged by the header that they should have.
    """

    def __init__(
        self,
        skeletons: Skeletons,
        appraiser: Appraiser,
        machine: Machine,
        wish: Wish,
        insight: Insight,
    ) -> None:
        self._skeletons = skeletons
        self._appraiser = appraiser
        self._conditions = machine, wish, insight

    def judge(
        self,
        models: tuple[RemoteModel, ...],
        chosen: RemoteModel,
        report: Report = lambda _model: None,
        *,
        exact: bool = False,
    ) -> tuple[JudgedFile, ...]:
        """Judge ``models``, all of one repository, in their order; ``exact`` fetches all headers.

        What is wrong with one file is said there. Raises HubError where ``chosen`` cannot be
        fetched.
        """
        report(chosen)
        first = self._by_header(chosen)
        rest = (model for model in models if model != chosen)
        if exact:
            others = {model: self._fetched(model, report) for model in rest}
        else:
            others = dict(self._alike(chosen, islice(rest, _MOST)))
        judged = {chosen: first} | others
        return tuple(judged.get(model) or JudgedFile(model, None) for model in models)

    def _by_header(self, model: RemoteModel) -> JudgedFile:
        try:
            fit = self._appraiser.remote(model, *self._conditions)
            return JudgedFile(model, fit, own_header=True)
        except ModelFileError as error:
            return JudgedFile(model, None, str(error))

    def _fetched(self, model: RemoteModel, report: Report) -> JudgedFile:
        report(model)
        try:
            return self._by_header(model)
        except HubError as error:
            return JudgedFile(model, None, str(error))

    def _alike(
        self, chosen: RemoteModel, others: Iterator[RemoteModel]
    ) -> Iterator[tuple[RemoteModel, JudgedFile]]:
        skeleton = self._skeletons.known(chosen)
        for model in others:
            try:
                if known := self._appraiser.known(model, *self._conditions):
                    yield model, JudgedFile(model, known, own_header=True)
                elif skeleton:
                    yield model, JudgedFile(model, self._expected(chosen, skeleton, model))
            except ModelFileError as error:
                yield model, JudgedFile(model, None, str(error))

    def _expected(self, chosen: RemoteModel, skeleton: Skeleton, model: RemoteModel) -> Fit | None:
        weights = sum(tensor.size_bytes for tensor in skeleton.header.tensors)
        before = max(chosen.size_bytes - weights, 0)
        if not model.quantization:
            return None
        like = sibling(skeleton, before, model.quantization, model.size_bytes)
        return self._appraiser.expected(like, *self._conditions) if like else None
