from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alcove.errors import HubError, OfflineError, Remedy
from alcove.network import Network


def test_the_environment_says_where_the_hub_is() -> None:
    usual = Network.from_environment({"ALCOVE_HOME": "/home"})
    assert (usual.endpoint, usual.offline) == ("https://huggingface.co", False)
    assert usual.journal == Path("/home/alcove.db")
    assert Network.from_environment({"HF_ENDPOINT": "http://h/"}).endpoint == "http://h"
    Network.from_environment({"HF_HUB_OFFLINE": "0"}).require()


def test_a_mirror_in_the_settings() -> None:
    assert Network.from_environment({}, mirror="http://m/").endpoint == "http://m"
    assert Network.from_environment({"HF_ENDPOINT": "http://h"}, mirror="http://m").endpoint == (
        "http://h"
    )
    with pytest.raises(HubError, match="mirror in the settings, nonsense, is not the address"):
        Network.from_environment({}, mirror="nonsense").require()


def test_the_setting_that_shuts_the_door_can_be_taken_back() -> None:
    with pytest.raises(OfflineError, match="settings") as caught:
        Network.from_environment({}, offline=True).require()
    assert caught.value.remedies == (Remedy.GO_ONLINE,)


@pytest.mark.parametrize("offline", [True, False])
def test_no_button_is_offered_against_the_variable(offline: bool) -> None:
    network = Network.from_environment({"HF_HUB_OFFLINE": "Yes"}, offline=offline)
    assert network.offline
    with pytest.raises(OfflineError, match="HF_HUB_OFFLINE") as caught:
        network.require()
    assert caught.value.remedies == ()


@pytest.mark.parametrize("endpoint", ["http://[", "http://host:99999"])
def test_an_endpoint_that_is_no_address_matters_only_when_it_is_used(endpoint: str) -> None:
    code = (
        "from alcove.errors import HubError\n"
        "from alcove.hub.repository import Hub\n"
        "from alcove.network import Network\n"
        "try: Hub(Network.from_environment()).list_ggufs('a/b')\n"
        "except HubError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_ENDPOINT": endpoint},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith(f"HF_ENDPOINT is {endpoint}, which is not the address")


@pytest.mark.parametrize("url", ["http://[bad/v1", "http://host:99999/v1"])
def test_an_address_that_is_none_does_not_lead_to_this_computer(url: str) -> None:
    Network.from_environment({}).require_host(url)
    with pytest.raises(OfflineError, match="is on another computer"):
        Network.from_environment({}, offline=True).require_host(url)
