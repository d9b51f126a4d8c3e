from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alcove.hardware import Finding, findings, folder_findings
from alcove.hardware.machine import Cpu, Gpu, LlamaBuild, Machine, Memory

GIB = 1024**3
BUILD = LlamaBuild("0.3.36", ("CUDA", "CPU"))
CARD = Gpu("RTX 4090", "discrete", 24 * GIB, 22 * GIB, "CUDA", "0000:01:00.0")
IGPU = Gpu("UHD 770", "integrated", 16 * GIB, 8 * GIB, "Vulkan", "0000:00:02.0")
MACHINE = Machine(
    system="Linux",
    memory=Memory(32 * GIB, 20 * GIB),
    cpu=Cpu("Processor", 8, 16, ("SSE3", "AVX2")),
    gpus=(CARD,),
    llama=BUILD,
    bandwidth=4.13e10,
)


def about(machine: Machine, words: str) -> Finding:
    """Return the one finding that speaks of ``words``."""
    (found,) = [finding for finding in findings(machine) if words in finding.sentence]
    return found


def test_a_good_machine_has_nothing_but_good_findings() -> None:
    assert findings(MACHINE) == (
        Finding("ok", "llama.cpp 0.3.36 with CUDA, CPU (AVX2)."),
        Finding("ok", "Processor: 8 cores, 16 threads for Alcove."),
        Finding("ok", "RAM is read at 41.3 GB/s."),
        Finding("ok", "21.5 GB of 34.4 GB RAM are free."),
        Finding("ok", "RTX 4090 through CUDA: 23.6 GB of 25.8 GB are free."),
    )


def test_an_idle_card_is_a_problem_with_a_command_and_idle_graphics_are_a_note() -> None:
    gpus = (
        replace(CARD, backend=None, remedy="the command"),
        replace(IGPU, backend=None, remedy="another command"),
    )
    card, graphics = findings(replace(MACHINE, gpus=gpus))[-2:]
    assert (card.kind, card.remedy) == ("problem", "the command")
    assert (graphics.kind, graphics.remedy) == ("note", "another command")


def test_integrated_graphics_are_left_aside_beside_a_card() -> None:
    assert about(replace(MACHINE, gpus=(CARD, IGPU)), "UHD 770").kind == "note"
    assert about(replace(MACHINE, gpus=(IGPU,)), "UHD 770").kind == "ok"


def test_a_gpu_that_llama_cpp_is_built_for_but_does_not_see_needs_no_other_build() -> None:
    finding = about(replace(MACHINE, gpus=(replace(CARD, backend=None),)), "RTX 4090")
    assert (finding.kind, finding.remedy) == ("problem", None)


def test_a_variable_that_may_hide_a_gpu_is_named() -> None:
    hidden = replace(CARD, backend=None, hidden_by="CUDA_VISIBLE_DEVICES")
    finding = about(replace(MACHINE, gpus=(hidden,)), "RTX 4090")
    assert (finding.kind, finding.remedy) == ("problem", None)
    assert "variable CUDA_VISIBLE_DEVICES is set" in finding.sentence


def test_no_gpu_is_a_note() -> None:
    assert about(replace(MACHINE, gpus=()), "No GPU").kind == "note"


def test_little_free_ram_is_a_problem() -> None:
    assert about(replace(MACHINE, memory=Memory(8 * GIB, GIB)), "1.1 GB of").kind == "problem"


def test_a_build_without_avx2_can_be_made_anew() -> None:
    machine = replace(MACHINE, cpu=replace(MACHINE.cpu, features=("SSE3",)))
    finding = about(machine, "AVX2")
    assert finding.kind == "problem"
    assert finding.remedy is not None
    assert finding.remedy.endswith("llama-cpp-python==0.3.36")


def test_a_processor_of_another_family_needs_no_avx2() -> None:
    machine = replace(MACHINE, cpu=replace(MACHINE.cpu, features=("NEON", "DOTPROD")))
    assert "AVX2" not in " ".join(finding.sentence for finding in findings(machine))


def test_a_missing_llama_cpp_comes_with_the_command_that_installs_it() -> None:
    finding = findings(replace(MACHINE, llama=None, cpu=Cpu("Processor", 8, 16)))[0]
    assert finding.kind == "problem"
    assert finding.remedy is not None
    assert "pip install" in finding.remedy


def test_warnings_are_passed_on() -> None:
    assert about(replace(MACHINE, warnings=("A warning.",)), "A warning.").kind == "note"


def test_a_folder_that_cannot_be_written_to_is_a_problem_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    home, other = tmp_path / "file" / "alcove", tmp_path / "logs"
    (found,) = folder_findings((home, home / "logs", other))
    assert found.kind == "problem"
    assert f"the folder {home}: Not a directory. Make it writable" in found.sentence
    assert "ALCOVE_HOME" in found.sentence
    assert folder_findings((other, other)) == ()
    assert list(other.iterdir()) == []
