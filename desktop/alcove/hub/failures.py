"""Where the failures of huggingface_hub and its HTTP client become errors with sentences."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

import httpx2
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from alcove.errors import AlcoveError, BusyError, GatedError, HubError, OfflineError, Remedy, reason
from alcove.i18n import _
from alcove.network import Network

FAILURES = (
    HfHubHTTPError,
    HFValidationError,
    FileMetadataError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    httpx2.HTTPError,
    httpx2.InvalidURL,
)
"""What a request to the hub can raise."""


@contextmanager
def hub_failures(network: Network, repository: str) -> Iterator[None]:
    """Turn what a request about ``repository`` raises into a HubError, once."""
    try:
        yield
    except FAILURES as error:
        raise _translated(error, network, repository) from error


def no_hub(endpoint: str) -> HubError:
    """Return the error for an endpoint that answers, but not as the hub does."""
    return HubError(
        _("{endpoint} does not answer the way the Hugging Face hub does.").format(
            endpoint=endpoint
        ),
        _(
            "Check HF_ENDPOINT or the mirror in the settings, and whether the network asks you to "
            "sign in first."
        ),
        Remedy.RETRY,
    )


def _translated(error: Exception, network: Network, repository: str) -> AlcoveError:
    endpoint = network.endpoint
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, GatedRepoError):
        return _gated(network, repository)
    if isinstance(error, RepositoryNotFoundError | HFValidationError):
        return HubError(
            _("The hub has no repository {repository}, or you may not see it.").format(
                repository=repository
            ),
            _("Check its name. A private one needs a token, in HF_TOKEN or by `hf auth login`."),
            Remedy.CHOOSE_MODEL,
            Remedy.SIGN_IN,
        )
    if isinstance(error, RevisionNotFoundError | EntryNotFoundError):
        return HubError(
            _("{repository} does not have this file any more.").format(repository=repository),
            _("Its publisher may have replaced it: look at what the repository has now."),
            Remedy.RETRY,
            Remedy.CHOOSE_MODEL,
        )
    if isinstance(error, HfHubHTTPError):
        return _refused(error.response, endpoint, repository)
    if isinstance(error, FileMetadataError | httpx2.DecodingError | httpx2.TooManyRedirects):
        return no_hub(endpoint)
    return _unreachable(error, endpoint)


def _gated(network: Network, repository: str) -> GatedError:
    cause = _("The publisher of {repository} wants its licence accepted first.").format(
        repository=repository
    )
    if network.mirrored:
        return GatedError(
            cause,
            _(
                "A mirror of the settings is not sent your token, which would tell that you did: "
                "take the mirror out of the settings for this model."
            ),
        )
    return GatedError(
        cause,
        _(
            "Accept it at {endpoint}/{repository}, then put a token of your account into HF_TOKEN "
            "or run `hf auth login`."
        ).format(endpoint=network.endpoint, repository=repository),
        Remedy.SIGN_IN,
    )


def _refused(response: httpx2.Response, endpoint: str, repository: str) -> HubError:
    status = response.status_code
    if status in (401, 403):
        return HubError(
            _("The hub did not accept your token for {repository}.").format(repository=repository),
            _("Put a valid token into HF_TOKEN, run `hf auth login`, or unset it."),
            Remedy.SIGN_IN,
        )
    if status == 429:
        return _busy(
            response,
            _("The hub gets too many requests from here."),
            _("Wait a few minutes, then try again; a token in HF_TOKEN raises the limit."),
        )
    cause = _("{endpoint} failed with status {status}.").format(endpoint=endpoint, status=status)
    if status == 408 or status >= 500:
        return _busy(response, cause, _("Try again in a few minutes."))
    return HubError(cause, _("Try again in a few minutes."), Remedy.RETRY)


def _busy(response: httpx2.Response, cause: str, advice: str) -> BusyError:
    error = BusyError(cause, advice, Remedy.RETRY)
    error.retry_after_s = retry_after(response.headers.get("Retry-After"))
    return error


def retry_after(header: str | None) -> float | None:
    """Return how many seconds a Retry-After header asks for, an hour at most."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), 3600.0) if isfinite(seconds) else None


def _unreachable(error: Exception, endpoint: str) -> OfflineError:
    if isinstance(error, OfflineModeIsEnabled):
        return OfflineError(
            _("HF_HUB_OFFLINE is set, so nothing was asked of {endpoint}.").format(
                endpoint=endpoint
            ),
            _("Unset it, then start Alcove again."),
        )
    if (distrust := _distrust(error)) is not None:
        return OfflineError(
            _(
                "{endpoint} showed a certificate that this computer does not trust: {reason}."
            ).format(endpoint=endpoint, reason=distrust.verify_message),
            _(
                "If your company looks into connections, install its certificate in the system, or "
                "set SSL_CERT_FILE to its file."
            ),
            Remedy.RETRY,
        )
    if isinstance(error, httpx2.TimeoutException):
        cause = _("{endpoint} did not answer in time.").format(endpoint=endpoint)
    elif isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        cause = _("The connection to {endpoint} broke off.").format(endpoint=endpoint)
    else:
        cause = _("{endpoint} cannot be reached: {reason}.").format(
            endpoint=endpoint, reason=reason(error)
        )
    return OfflineError(
        cause,
        _("Check the network connection and the proxy; models that are installed work without."),
        Remedy.RETRY,
    )


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Return the refusal of a certificate among the causes of ``error``."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
