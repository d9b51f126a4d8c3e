"""An engine elsewhere in the place of the window's model process."""

from __future__ import annotations

from alcove.engine.client import Client
from alcove.engine.elsewhere import EngineModel
from alcove.engine.load import ProcessMemory
from alcove.errors import EngineStopped
from alcove.network.door import Door


class Connection:
    """Talks to a model that somebody else runs: nothing of it is held here, or ended."""

    def __init__(self, model: EngineModel, door: Door) -> None:
        self._model = model
        self._door = door

    @property
    def held(self) -> ProcessMemory | None:
        """It takes no memory of this computer that would come back."""
        return None

    def is_alive(self) -> bool:
        """Whether it is worth asking; that it is gone is only learned by asking."""
        return True

    def client(self) -> Client:
        """Return a client of it; raises OfflineError."""
        return self._model.client(self._door)

    def stop(self) -> None:
        """Leave it running: it is not ours."""

    def ended(self) -> EngineStopped | None:
        """Nothing is known of its end."""
        return None
