"""The set that comes with Alcove: right answers pass, and others do not."""

from __future__ import annotations

import pytest

from alcove.trials.judge import Judge, outcome
from alcove.trials.read import find_trial, shipped_trials
from alcove.trials.sandbox.sandbox import Sandbox
from alcove.trials.trial import Prompt

JUDGE = Judge(Sandbox(open_allowed=True))
SET = {prompt.name: prompt for prompt in find_trial("everyday").prompts}
RIGHT = {
    "Apples": ("8", "**8**"),
    "Trains": ("2:45", "The journey takes 2:45."),
    "Order": ("Omar", "Omar."),
    "Discount": ("66", "€66.00", "66,00"),
    "Weekday": ("Friday",),
    "Invoice number": ("INV-2024-0817",),
    "Not in the text": ("UNKNOWN",),
    "E-mail addresses": ("lena@example.org\naccounts@shop.example.com",),
    "Meeting": ("Friday 16:15", "Friday at 4:15 p.m."),
    "Person as JSON": (
        '{"name": "Amira", "age": 34, "languages": ["Arabic", "French", "English"]}',
    ),
    "Shopping list as JSON": (
        '[{"item": "lemons", "count": 2}, {"item": "loaf of bread", "count": 1},'
        ' {"item": "eggs", "count": 6}]',
    ),
    "Broken JSON": ('```json\n{"city": "Oslo", "cold": true, "visitors": [3, 5]}\n```',),
    "Mood as JSON": ('{"mood": "negative"}',),
    "Vowels": (
        "```python\ndef count_vowels(text):\n    return sum(c in 'aeiouAEIOU' for c in text)\n```",
    ),
    "Roman numerals": (
        "```python\ndef from_roman(text):\n"
        "    values = dict(zip('IVXLCDM', (1, 5, 10, 50, 100, 500, 1000)))\n"
        "    numbers = [values[c] for c in text]\n"
        "    pairs = zip(numbers, [*numbers[1:], 0])\n"
        "    return sum(-a if a < b else a for a, b in pairs)\n```",
    ),
    "Merge intervals": (
        "```python\ndef merge(intervals):\n    merged = []\n"
        "    for start, end in sorted(intervals):\n"
        "        if merged and start <= merged[-1][1]:\n"
        "            merged[-1][1] = max(merged[-1][1], end)\n"
        "        else:\n            merged.append([start, end])\n    return merged\n```",
    ),
    "Mistake": (
        "```python\ndef mean(numbers):\n"
        "    return sum(numbers) / len(numbers) if numbers else 0.0\n```",
    ),
    "German to English": (
        "Unfortunately, the train to Hamburg is forty minutes late today.",
        "The train to Hamburg has a 40-minute delay today.",
    ),
    "Question in French": ("La capitale de l'Italie est Rome.",),
    "Question in Spanish": ("Siete", "siete."),
    "Plural in German": ("die Häuser", "Die Häuser."),
    "Without the letter": ("Our ships sail far out across that vast, dark gulf.",),
    "Three lines": ("RED\nGREEN\nBLUE",),
}
WRONG = {
    "Apples": ("18", "9"),
    "Trains": ("12:45", "3:45"),
    "Discount": ("166", "66.5", "68"),
    "E-mail addresses": ("lena@example.org, accounts@shop.example.com, info(at)example.net",),
    "Person as JSON": ('{"name": "Amira", "age": "34", "languages": ["Arabic"]}',),
    "Shopping list as JSON": ('[{"item": "lemons"}]',),
    "Broken JSON": ("{'city': 'Oslo', 'cold': True, 'visitors': [3, 5]}",),
    "Mood as JSON": ('{"mood": "positive"}',),
    "Vowels": ("```python\ndef count_vowels(text):\n    return 3\n```",),
    "Mistake": ("```python\ndef mean(numbers):\n    return sum(numbers) / len(numbers)\n```",),
    "Without the letter": ("The sea is wide and deep and blue.", "Salt."),
    "Three lines": ("Here: RED\nGREEN\nBLUE", "RED GREEN BLUE"),
}


def passed(prompt: Prompt, answer: str) -> bool | None:
    return outcome(JUDGE.findings(prompt, answer))


def test_every_prompt_has_a_check_and_an_example() -> None:
    assert shipped_trials() == ("everyday",)
    assert set(SET) == set(RIGHT)
    assert len({prompt.topic for prompt in SET.values()}) >= 5
    assert all(prompt.checks for prompt in SET.values())


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name: str) -> None:
    assert [passed(SET[name], answer) for answer in RIGHT[name]] == [True] * len(RIGHT[name])


@pytest.mark.parametrize("name", RIGHT)
def test_wrong_answers_do_not(name: str) -> None:
    answers = ("", "I am sorry, I never learned that.", *WRONG.get(name, ()))
    assert [passed(SET[name], answer) for answer in answers] == [False] * len(answers)
