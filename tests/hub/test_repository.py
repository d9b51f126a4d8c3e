from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _detect_agent

from alcove.errors import GatedError, HubError, OfflineError, Remedy, TargetError
from alcove.hub.client import api
from alcove.hub.repository import Hub
from alcove.network import Network
from local_hub import LocalHub

REPOSITORY = "some/Model-GGUF"


@pytest.fixture
def network(local_hub: LocalHub) -> Network:
    return Network(endpoint=local_hub.endpoint)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"content")
    return path


def serve(hub: LocalHub, content: Path, *names: str) -> None:
    for name in names:
        hub.add(REPOSITORY, name, content)


def test_lists_models_with_parts_together_and_companions_left_out(
    local_hub: LocalHub, network: Network, small: Path
) -> None:
    serve(
        local_hub,
        small,
        "Q8_0/m-Q8_0-00002-of-00002.gguf",
        "Q8_0/m-Q8_0-00001-of-00002.gguf",
        "m-Q4_K_M.gguf",
        "mmproj-F16.gguf",
        "imatrix_unsloth.gguf",
        "m-Q2_K-00001-of-00002.gguf",  # its second part is missing
        "README.md",
    )
    models = Hub(network).list_ggufs(REPOSITORY)
    assert [(model.quantization, [file.path for file in model.files]) for model in models] == [
        ("Q4_K_M", ["m-Q4_K_M.gguf"]),
        ("Q8_0", ["Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"]),
    ]
    served = local_hub.repositories[REPOSITORY]
    assert models[0].revision == served.commit
    assert models[0].branch == "main"
    assert models[0].files[0].sha256 == served.files["m-Q4_K_M.gguf"].sha256
    assert models[1].size_bytes == 2 * len(b"content")


OUTSIDE = (
    "../../escape-Q4_0.gguf",
    "/etc/absolute.gguf",
    "C:/Users/x.gguf",
    "C:x.gguf",
    "a/..\\..\\x.gguf",
    "a//x.gguf",
    "./x.gguf",
)


def test_a_path_that_leads_out_of_the_repository_is_no_model(
    local_hub: LocalHub, network: Network, small: Path
) -> None:
    serve(local_hub, small, *OUTSIDE, "inside-Q4_0.gguf")
    models = Hub(network).list_ggufs(REPOSITORY)
    assert [model.files[0].path for model in models] == ["inside-Q4_0.gguf"]


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-Q2_K.gguf"], None, "m-Q4_K_M.gguf"),
        (["m-Q8_0.gguf", "m-IQ4_XS.gguf", "m-Q2_K.gguf"], None, "m-IQ4_XS.gguf"),
        (["m-Q2_K.gguf", "m-Q5_K_M.gguf"], None, "m-Q5_K_M.gguf"),
        (["model.gguf"], None, "model.gguf"),
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf"], "q8_0", "m-Q8_0.gguf"),
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf"], "m-Q8_0.gguf", "m-Q8_0.gguf"),
        (["m-UD-Q4_K_XL.gguf", "m-Q4_K_M.gguf"], "UD-Q4_K_XL", "m-UD-Q4_K_XL.gguf"),
    ],
)
def test_resolves_to_one_model(
    local_hub: LocalHub,
    network: Network,
    small: Path,
    names: list[str],
    wanted: str | None,
    found: str,
) -> None:
    serve(local_hub, small, *names)
    assert Hub(network).resolve(REPOSITORY, wanted).files[0].path == found


def test_an_unknown_quantization_lists_those_that_exist(
    local_hub: LocalHub, network: Network, small: Path
) -> None:
    serve(local_hub, small, "m-Q8_0.gguf", "m-Q4_K_M.gguf")
    with pytest.raises(TargetError) as caught:
        Hub(network).resolve(REPOSITORY, "Q5_K_M")
    assert "Q5_K_M" in caught.value.cause
    assert "Q4_K_M, Q8_0" in caught.value.advice


def test_a_repository_without_gguf_says_so(
    local_hub: LocalHub, network: Network, small: Path
) -> None:
    serve(local_hub, small, "README.md")
    with pytest.raises(TargetError, match="holds no GGUF"):
        Hub(network).resolve(REPOSITORY)


@pytest.mark.parametrize("token", [None, "hf_something"])
def test_no_such_repository(
    network: Network, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token:
        monkeypatch.setenv("HF_TOKEN", token)  # then the hub answers 404 and not 401
    with pytest.raises(HubError, match="no repository nobody/nothing") as caught:
        Hub(network).resolve("nobody/nothing")
    assert Remedy.CHOOSE_MODEL in caught.value.remedies
    assert not isinstance(caught.value, GatedError)


def test_a_name_that_no_repository_can_have(network: Network) -> None:
    with pytest.raises(HubError, match="no repository"):
        Hub(network).list_ggufs("not/a/name")


def test_no_such_revision(local_hub: LocalHub, network: Network, small: Path) -> None:
    serve(local_hub, small, "m-Q8_0.gguf")
    with pytest.raises(HubError, match="any more"):
        Hub(network).list_ggufs(REPOSITORY, "0" * 40)


@pytest.mark.parametrize(("status", "words"), [(500, "500"), (503, "503"), (429, "too many")])
def test_a_hub_in_trouble(local_hub: LocalHub, network: Network, status: int, words: str) -> None:
    local_hub.faults.status = status
    with pytest.raises(HubError, match=words) as caught:
        Hub(network).list_ggufs(REPOSITORY)
    assert Remedy.RETRY in caught.value.remedies


def test_nothing_listens_at_the_endpoint() -> None:
    with pytest.raises(OfflineError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        Hub(Network(endpoint="http://127.0.0.1:9")).list_ggufs(REPOSITORY)


def test_the_endpoint_has_no_address() -> None:
    with pytest.raises(OfflineError, match=r"nowhere\.invalid"):
        Hub(Network(endpoint="http://nowhere.invalid")).list_ggufs(REPOSITORY)


def test_offline_asks_nothing(local_hub: LocalHub) -> None:
    with pytest.raises(OfflineError):
        Hub(Network(endpoint=local_hub.endpoint, offline=True)).list_ggufs(REPOSITORY)
    assert local_hub.requests == []


def test_only_the_question_itself_is_asked(
    local_hub: LocalHub,
    network: Network,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # as in a new process: by itself, huggingface_hub would now ask for /api/agent-harnesses
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "harnesses.json"))
    monkeypatch.setattr(constants, "ENDPOINT", local_hub.endpoint)
    monkeypatch.setattr(_detect_agent, "_registry", None)
    serve(local_hub, small, "m-Q8_0.gguf")
    Hub(network).list_ggufs(REPOSITORY)
    assert [request.path.partition("?")[0] for request in local_hub.requests] == [
        f"/api/models/{REPOSITORY}"
    ]


@pytest.mark.parametrize(
    "endpoint", ["http://[", "http://[:::]", "http://host:99999", "nonsense", "ftp://host", "http:"]
)
def test_an_endpoint_that_is_no_address(endpoint: str) -> None:
    with pytest.raises(HubError, match=r"HF_ENDPOINT is .* not the address") as caught:
        Hub(Network(endpoint=endpoint)).list_ggufs(REPOSITORY)
    assert ".." not in str(caught.value)


def test_a_token_that_cannot_be_sent(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_tökén")
    with pytest.raises(HubError, match="token for the hub has characters") as caught:
        Hub(Network(endpoint=local_hub.endpoint)).list_ggufs(REPOSITORY)
    assert caught.value.remedies == (Remedy.SIGN_IN,)
    assert local_hub.requests == []


def test_a_token_that_cannot_be_read(
    local_hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "file"
    home.write_text("where HF_HOME should be a folder")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    with pytest.raises(HubError, match=r"cannot be read: Not a directory\. Check that HF_HOME"):
        Hub(Network(endpoint=local_hub.endpoint)).list_ggufs(REPOSITORY)


def test_the_client_itself_keeps_the_door_shut() -> None:
    with pytest.raises(OfflineError):
        Hub(Network(offline=True)).list_ggufs("a/b")
    with pytest.raises(OfflineError), api(Network(offline=True), "a test"):
        pytest.fail("the block was entered")
