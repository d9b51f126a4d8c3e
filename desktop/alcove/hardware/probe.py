"""The child process that asks native code about the hardware: ``python -m alcove.hardware.probe``.

After each stage it sends the machine as far as it is known, so that a driver which hangs or
crashes takes away no more than its own stage and those behind it.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from alcove import children
from alcove.hardware import bandwidth, wire
from alcove.hardware.adapter import Adapter, Vendor, merge
from alcove.hardware.gpus import merge_backends, to_gpus
from alcove.hardware.machine import LlamaBuild, Machine
from alcove.hardware.remedy import hiding_variable, install_command, is_built_for
from alcove.hardware.survey import survey
from alcove.hardware.vendors.sources import Source, sources
from alcove.i18n import _

if TYPE_CHECKING:
    from alcove.llama.devices import Device

_BACKENDS = {"MTL": "Metal"}
_WORDS: dict[Vendor, tuple[str, ...]] = {
    "nvidia": ("nvidia", "geforce"),
    "amd": ("amd", "radeon"),
    "intel": ("intel",),
    "apple": ("apple",),
}


def main() -> None:
    """Answer the one request there is."""
    children.read_request()
    children.end_with_parent()
    send = children.claim_stdout()
    for machine in stages(survey(), sources(platform.system())):
        send(wire.to_json(machine))
    # What a broken driver does when the process ends in good order is nothing to wait for.
    os._exit(0)


def stages(machine: Machine, vendors: Iterable[Source]) -> Iterator[Machine]:
    """Yield the machine with llama.cpp's devices, then its bandwidth, then each vendor's GPUs."""
    machine, known = _with_llama(machine)
    yield machine
    machine = _with_bandwidth(machine)
    yield machine
    for source in vendors:
        try:
            known = merge(known, source.adapters())
        except Exception as error:
            # Whatever a driver's library throws costs one sentence.
            machine = _warned(machine, f"{source.name}: {error}")
        machine = _with_gpus(machine, known)
        yield machine


def _with_bandwidth(machine: Machine) -> Machine:
    size = bandwidth.buffer_size(machine.memory.available_bytes)
    if size is None:
        return _warned(machine, _("The speed of the RAM was not measured: too little is free."))
    speed = bandwidth.read_bandwidth(machine.cpu.physical_cores, size)
    return replace(machine, bandwidth=speed)


def _with_llama(machine: Machine) -> tuple[Machine, tuple[Adapter, ...]]:
    try:
        from alcove.llama import devices as llama
    except (ImportError, OSError, RuntimeError) as error:
        sentence = _("llama.cpp could not be loaded: {reason}").format(reason=error)
        return _warned(machine, sentence), ()
    found = llama.devices()
    build = LlamaBuild(
        version=llama.build_version(),
        backends=tuple(_BACKENDS.get(name, name) for name in llama.backends()),
        system_info=llama.system_info(),
    )
    processor = next((device.description for device in found if device.kind == "cpu"), "")
    cpu = replace(machine.cpu, name=processor or machine.cpu.name, features=llama.cpu_features())
    known = merge_backends(
        to_adapter(device) for device in found if device.kind in ("gpu", "integrated")
    )
    return _with_gpus(replace(machine, llama=build, cpu=cpu), known), known


def to_adapter(device: Device) -> Adapter:
    """Turn a ggml device into a GPU; one that tells of no memory counts as not usable."""
    vendor = _vendor(device.description)
    shared = device.kind == "integrated" or vendor == "apple"
    usable = device.total_bytes > 0
    return Adapter(
        name=device.description,
        vendor=vendor if usable else None,
        kind="integrated" if shared else "discrete",
        total_bytes=device.total_bytes,
        free_bytes=device.free_bytes,
        address=device.identity,
        backend=_BACKENDS.get(device.backend, device.backend) if usable else None,
    )


def _vendor(description: str) -> Vendor | None:
    text = description.casefold()
    return next((v for v, words in _WORDS.items() if any(word in text for word in words)), None)


def _with_gpus(machine: Machine, known: tuple[Adapter, ...]) -> Machine:
    build = machine.llama

    def remedy(vendor: Vendor) -> str | None:
        if build is not None and is_built_for(vendor, build.backends):
            return None
        version = build.version if build else None
        return install_command(vendor, system=machine.system, version=version)

    hiding = partial(hiding_variable, environment=os.environ)
    return replace(machine, gpus=to_gpus(known, machine.memory, remedy, hiding))


def _warned(machine: Machine, sentence: str) -> Machine:
    return replace(machine, warnings=(*machine.warnings, sentence))


if __name__ == "__main__":
    main()
