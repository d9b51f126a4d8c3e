"""What a repository of the hub holds that llama.cpp can run."""

from __future__ import annotations

import re
from dataclasses import replace
from json import JSONDecodeError

from huggingface_hub.hf_api import ModelInfo, RepoSibling

from alcove.errors import Remedy, TargetError
from alcove.gguf.names import (
    grouped,
    is_companion,
    is_gguf,
    is_projector,
    missing_parts,
    preferred,
    projector_rank,
    quantization_of,
)
from alcove.hub.client import api
from alcove.hub.counts import count
from alcove.hub.failures import hub_failures, no_hub
from alcove.hub.remote import RemoteFile, RemoteModel, RemoteRepository, stays_inside
from alcove.i18n import _
from alcove.network import Network

_TIMEOUT_S = 15.0
_COMMIT = re.compile("[0-9a-f]{40}")
_SHA256 = re.compile("[0-9a-f]{64}")


class Hub:
    """Asks the hub about repositories; every method raises HubError or one of its kinds."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def list_ggufs(self, repository: str, revision: str | None = None) -> tuple[RemoteModel, ...]:
        """Return the models of ``repository``, smallest first; projectors are not among them.

        ``revision`` is a branch, a tag or a commit; what is returned is pinned to its commit.
        """
        return models_in(self.contents(repository, revision), revision)

    def contents(self, repository: str, revision: str | None = None) -> RemoteRepository:
        """Return all that ``repository`` holds, pinned to its commit."""
        info = self._info(repository, revision)
        commit = info.sha or ""
        if not _COMMIT.fullmatch(commit):
            raise no_hub(self.network.endpoint)
        files = tuple(map(_file, info.siblings or ()))
        return RemoteRepository(
            repository, commit, bool(info.gated), files, count(info.downloads), count(info.likes)
        )

    def resolve(
        self, repository: str, wanted: str | None = None, revision: str | None = None
    ) -> RemoteModel:
        """Return the model that ``wanted`` names: a quantization, or the path of a file.

        Without it: Q4_K_M, or what comes nearest. Raises TargetError if there is no such model.
        """
        return pick(repository, self.list_ggufs(repository, revision), wanted)

    def with_projector(self, model: RemoteModel) -> RemoteModel:
        """Return ``model`` with its repository's projector for images (mmproj) as its last file.

        F16 is preferred. Raises TargetError if there is none.
        """
        found = [
            file
            for file in self.contents(model.repository, model.revision).files
            if is_projector(file.path) and stays_inside(file.path)
        ]
        if not found:
            raise TargetError(
                _("{repository} has no projector for images.").format(repository=model.repository),
                _("Download the model without it, or choose one that takes images."),
                Remedy.CHOOSE_MODEL,
            )
        best = min(found, key=lambda file: (projector_rank(file.path), file.size_bytes))
        return replace(model, files=(*model.files, best))

    def _info(self, repository: str, revision: str | None) -> ModelInfo:
        endpoint = self.network.endpoint
        why = _("details of {repository}").format(repository=repository)
        with hub_failures(self.network, repository):
            try:
                with api(self.network, why) as hub:
                    return hub.model_info(
                        repository, revision=revision, files_metadata=True, timeout=_TIMEOUT_S
                    )
            except (JSONDecodeError, TypeError, KeyError) as error:
                raise no_hub(endpoint) from error


def models_in(found: RemoteRepository, revision: str | None = None) -> tuple[RemoteModel, ...]:
    """Return the models of a repository, smallest first; ``revision`` is what was asked for."""
    files = {file.path: file for file in found.files if _is_model(file)}
    models = (
        RemoteModel(
            repository=found.name,
            revision=found.revision,
            files=tuple(files[path] for path in paths),
            quantization=quantization_of(paths[0]) or "",
            branch=None if revision == found.revision else revision or "main",
        )
        for paths in grouped(path for path in files if is_gguf(path) and not is_companion(path))
        if not missing_parts(paths)
    )
    return tuple(sorted(models, key=lambda model: model.size_bytes))


def pick(repository: str, models: tuple[RemoteModel, ...], wanted: str | None) -> RemoteModel:
    """Return the one of a repository's ``models`` that ``wanted`` names, as ``resolve`` does."""
    if not models:
        raise TargetError(
            _("{repository} holds no GGUF model.").format(repository=repository),
            _("Look for a repository whose name ends in -GGUF."),
            Remedy.CHOOSE_MODEL,
        )
    name = wanted or preferred(model.quantization for model in models)
    matches = [model for model in models if _is_named(model, name)]
    if not matches:
        raise _no_such_model(repository, name, models)
    return min(matches, key=lambda model: len(model.files[0].path))


def _file(sibling: RepoSibling) -> RemoteFile:
    sha256 = sibling.lfs.sha256 if sibling.lfs else None
    known = sha256 is not None and _SHA256.fullmatch(sha256) is not None
    return RemoteFile(sibling.rfilename, sibling.size or 0, sha256 if known else None)


def _is_model(file: RemoteFile) -> bool:
    return stays_inside(file.path) and is_gguf(file.path) and not is_companion(file.path)


def _is_named(model: RemoteModel, name: str) -> bool:
    wanted = name.casefold()
    return model.quantization.casefold() == wanted or any(
        file.path.casefold() == wanted for file in model.files
    )


def _no_such_model(repository: str, name: str, models: tuple[RemoteModel, ...]) -> TargetError:
    there = sorted({model.quantization or model.files[0].path for model in models})
    return TargetError(
        _("{repository} has no {name}.").format(repository=repository, name=name),
        _("It has: {names}.").format(names=", ".join(there)),
        Remedy.CHOOSE_MODEL,
    )
