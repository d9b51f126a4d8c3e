"""The child process of the dry run: prices what it is asked for, until its input closes.

A request is one line, {"skeleton": base64, "file_size": bytes, "configurations": [...]}; for each
configuration there is one line of answer, in order. The request {} is answered with the memory of
all devices. What llama.cpp does not survive ends the process, and whoever asked knows by that.
With ``--logged`` it reads the log instead of llama.cpp's exact account.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

from alcove import children
from alcove.fit.configuration import Configuration
from alcove.fit.dryrun.logged import logged_compute, logged_context, logged_weights
from alcove.fit.dryrun.specimen import CONTEXT, CONTEXT_BYTES, WEIGHTS_BYTES, specimen
from alcove.fit.price import Buffers, CannotSay, DeviceBuffers, Price, Refusal, price_to_json
from alcove.fit.result import DeviceKind
from alcove.gguf.read import parse_header
from alcove.i18n import _
from alcove.llama.breakdown import BreakdownUnavailable, DeviceBytes, breakdown
from alcove.llama.devices import Device, devices
from alcove.llama.dryrun import DryModel, Refused, start
from alcove.llama.parameters import ContextOptions, ModelOptions

_KEPT_MODELS = 8


class Pricer:
    """Prices configurations, and keeps the last few planned models for the next question."""

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._transcript = start()
        self._models: OrderedDict[tuple[bytes, ModelOptions], DryModel] = OrderedDict()

    def price(self, data: bytes, file_size: int, configuration: Configuration) -> Price:
        """Price the file of ``file_size`` bytes that begins with ``data``, in one configuration.

        Raises BreakdownUnavailable.
        """
        try:
            model = self._model(data, file_size, _model_options(configuration))
            with model.context(_context_options(configuration)) as context:
                if self._exact:
                    return Buffers(tuple(map(_buffers, breakdown(context))))
                return self._logged(data, model)
        except Refused as refused:
            return Refusal(str(refused))
        except OSError as error:
            return CannotSay(
                _("A file of {size} bytes could not be imitated: {reason}.").format(
                    size=file_size, reason=error.strerror or error
                )
            )

    def is_right(self) -> bool:
        """Whether the price of a model with known sizes comes out right."""
        known = specimen()
        try:
            price = self.price(known.data, known.file_size, Configuration(CONTEXT))
        except BreakdownUnavailable:
            return False
        return (
            isinstance(price, Buffers)
            and price.context_bytes == CONTEXT_BYTES
            and WEIGHTS_BYTES <= price.weights_bytes < 1.1 * WEIGHTS_BYTES  # GPUs may pad
        )

    def _model(self, data: bytes, file_size: int, options: ModelOptions) -> DryModel:
        key = data, options
        if key not in self._models:
            while len(self._models) >= _KEPT_MODELS:
                self._models.popitem(last=False)[1].close()
            self._models[key] = DryModel(data, file_size, options, self._transcript)
        self._models.move_to_end(key)
        return self._models[key]

    def _logged(self, data: bytes, model: DryModel) -> Buffers:
        lines = [line for _level, line in self._transcript.lines]
        return Buffers(
            _logged_devices(
                devices(),
                logged_weights(parse_header(data), model.log),
                logged_context(lines),
                logged_compute(lines),
            )
        )


def _model_options(configuration: Configuration) -> ModelOptions:
    return ModelOptions(
        configuration.gpu_layers, configuration.cpu_moe_layers, configuration.tensor_split
    )


def _context_options(configuration: Configuration) -> ContextOptions:
    return ContextOptions(
        length=configuration.context,
        kv_type=configuration.kv_type,
        batch=configuration.batch,
        flash_attention=configuration.flash_attention,
        sequences=configuration.slots,
    )


def _logged_devices(
    there: Sequence[Device], weights: Counter[str], context: Counter[str], compute: Counter[str]
) -> tuple[DeviceBuffers, ...]:
    """Put together what the log says of each device; what it does not name lies in host memory."""
    cpu = next(device for device in there if device.kind == "cpu")
    names = {device.name for device in there}
    for sizes in (weights, context, compute):
        for name in set(sizes) - names:
            sizes[cpu.name] += sizes.pop(name)
    used = [device for device in there if device != cpu and device.name in weights | compute]
    return tuple(
        _buffers(DeviceBytes(each, weights[each.name], context[each.name], compute[each.name]))
        for each in (*used, cpu)
    )


def _buffers(found: DeviceBytes) -> DeviceBuffers:
    device = found.device
    return DeviceBuffers(
        name=device.name,
        description=device.description,
        kind=_kind(device),
        identity=device.identity,
        weights_bytes=found.weights,
        context_bytes=found.context,
        compute_bytes=found.compute,
    )


def _kind(device: Device) -> DeviceKind:
    return "gpu" if device.kind in ("gpu", "integrated") else "cpu"


def _memory() -> dict[str, Any]:
    """Say what the devices have on which models can lie."""
    return {
        "memory": [
            {
                "name": device.name,
                "description": device.description,
                "kind": _kind(device),
                "identity": device.identity,
                "free_bytes": device.free_bytes,
                "total_bytes": device.total_bytes,
            }
            for device in devices()
            if device.kind in ("cpu", "gpu", "integrated")
        ]
    }


def _requests() -> Iterator[dict[str, Any]]:
    """Yield the requests; the process ends as soon as its input does, whatever it is doing."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def receive() -> None:
        # Not through sys.stdin: its lock, held by this thread, would spoil another exit.
        with os.fdopen(0, "rb", closefd=False) as lines:
            for line in lines:
                waiting.put(line)
        os._exit(0)

    threading.Thread(target=receive, name="requests", daemon=True).start()
    while True:
        yield json.loads(waiting.get())


def main() -> int:
    """Say that the process is ready, then answer; 1 if what it answers would be wrong."""
    send = children.claim_stdout()
    pricer = Pricer(exact="--logged" not in sys.argv)
    if not pricer.is_right():
        return 1
    send({"ready": True})
    for request in _requests():
        if not request:
            send(_memory())
            continue
        data = base64.b64decode(request["skeleton"])
        for each in request["configurations"]:
            configuration = Configuration.from_json(each)
            send(price_to_json(pricer.price(data, request["file_size"], configuration)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
