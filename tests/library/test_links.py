from __future__ import annotations

import pytest

from alcove.errors import TargetError
from alcove.library.links import may_be_link, read_link
from alcove.library.references import Reference

REPOSITORY = "Qwen/Qwen3-8B-GGUF"
FILE = "Qwen3-8B-Q4_K_M.gguf"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (f"https://huggingface.co/{REPOSITORY}", Reference(REPOSITORY)),
        (f"  https://huggingface.co/{REPOSITORY}/ \n", Reference(REPOSITORY)),
        (f"http://www.huggingface.co/{REPOSITORY}#files", Reference(REPOSITORY)),
        (f"hf.co/{REPOSITORY}", Reference(REPOSITORY)),
        (f"huggingface.co/{REPOSITORY}", Reference(REPOSITORY)),
        (f"www.hf.co/{REPOSITORY}", Reference(REPOSITORY)),
        (f"WWW.HuggingFace.co/{REPOSITORY}", Reference(REPOSITORY)),
        (f"hf.co/{REPOSITORY}:Q8_0", Reference(REPOSITORY, "Q8_0")),
        (f"https://hf.co/{REPOSITORY}/tree/main", Reference(REPOSITORY)),
        (f"https://hf.co/{REPOSITORY}/discussions/3", Reference(REPOSITORY)),
        (f"https://hf.co/{REPOSITORY}/tree/main/UD-Q4_K_XL", Reference(REPOSITORY, "UD-Q4_K_XL")),
        (f"https://hf.co/{REPOSITORY}/tree/main/docs", Reference(REPOSITORY)),
        (f"https://hf.co/{REPOSITORY}/blob/main/{FILE}", Reference(REPOSITORY, FILE)),
        (
            f"https://hf.co/{REPOSITORY}/resolve/main/{FILE}?download=true",
            Reference(REPOSITORY, FILE),
        ),
        (f"https://hf.co/{REPOSITORY}/raw/v1.0/{FILE}", Reference(REPOSITORY, FILE, "v1.0")),
        (
            f"https://hf.co/{REPOSITORY}/tree/refs%2Fpr%2F1",
            Reference(REPOSITORY, None, "refs/pr/1"),
        ),
        (f"https://hf.co/{REPOSITORY}?show_file_info={FILE}", Reference(REPOSITORY, FILE)),
        (f"https://hf.co/{REPOSITORY}/blob/main/a/b%20c.gguf", Reference(REPOSITORY, "a/b c.gguf")),
    ],
)
def test_a_link_names_a_model(text: str, link: Reference) -> None:
    assert read_link(text) == link
    assert may_be_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qwen/Qwen3-8B-GGUF",
        "hf co/a/b",
        "https://example.com/org/repo",
        "http://127.0.0.1:8000",
        "https://huggingface.co.example.com/a/b",
        "http://[",
        "http://hf.co:x/a/b",
        "ftp://hf.co/a/b",
    ],
)
def test_other_texts_are_no_links(text: str) -> None:
    assert read_link(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://huggingface.co", "leads to no model"),
        ("https://huggingface.co/Qwen", "leads to no model"),
        ("https://huggingface.co/datasets/org/data", "leads to no model"),
        ("https://huggingface.co/models?search=qwen", "leads to no model"),
        (f"https://hf.co/{REPOSITORY}/resolve/..%2F..%2F..%2Fx/m.gguf", "leads to no model"),
        (f"https://hf.co/{REPOSITORY}/resolve/C:%5Cx/m.gguf", "leads to no model"),
        ("https://hf.co/a b/c".replace(" ", "%20"), "leads to no model"),
        (f"https://hf.co/{REPOSITORY}/blob/main/README.md", "README.md is no GGUF file"),
        (f"https://hf.co/{REPOSITORY}/blob/main/mmproj-F16.gguf", "only accompanies a model"),
    ],
)
def test_a_link_to_anything_else_says_so(text: str, says: str) -> None:
    with pytest.raises(TargetError, match=says):
        read_link(text)


def test_a_mirror_is_the_hub_too() -> None:
    mirror = "https://mirror.example/hub/"
    assert read_link(f"https://mirror.example/hub/{REPOSITORY}", mirror) == Reference(REPOSITORY)
    assert read_link(f"https://other.example/hub/{REPOSITORY}", mirror) is None


def test_an_endpoint_that_is_no_address_is_no_mirror() -> None:
    link = Reference(REPOSITORY)
    assert read_link(f"https://hf.co/{REPOSITORY}", "http://[bad") == link
    assert read_link(f"https://mirror.example/{REPOSITORY}", "http://[bad") is None


def test_a_name_of_a_model_is_not_taken_for_a_link() -> None:
    assert not may_be_link(REPOSITORY)
    assert not may_be_link("hf.com/a")


def test_a_link_is_a_target() -> None:
    assert Reference("a/b").target == "a/b"
    assert Reference("a/b", "Q4_K_M").target == "a/b:Q4_K_M"
    assert Reference("a/b", "c/d.gguf").target == "a/b/c/d.gguf"
