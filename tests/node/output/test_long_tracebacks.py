from __future__ import annotations

import traceback

import pytest

from alphamed_nb.node.output.long_tracebacks import shortened
from alphamed_nb.node.output.tracebacks import place_of, traceback_of


def deeper(number: int) -> int:
    return deeper(number + 1)


def even(number: int) -> int:
    return odd(number + 1)


def odd(number: int) -> int:
    return even(number + 1)


def limited(number: int) -> int:
    if number == 0:
        raise ValueError("the bottom")
    return limited(number - 1)


def test_a_frame_that_repeats_itself_is_counted_as_python_does() -> None:
    with pytest.raises(RecursionError) as found:
        deeper(0)
    shown = traceback_of(found.value)
    assert shown.text == "".join(traceback.format_exception(found.value)) and shown.text.count("\n") < 20
    assert [frame.function for frame in shown.frames][-3:] == ["deeper"] * 3 and len(shown.frames) == 4
    assert f"[Previous line repeated {shown.frames[-1].repeated} more times]" in shown.text
    assert place_of(found.value).endswith(f":{shown.frames[-1].line}")


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_few_repetitions_are_all_shown(depth: int) -> None:
    with pytest.raises(ValueError) as found:
        limited(depth)
    shown = traceback_of(found.value)
    assert len(shown.frames) == 2 + depth and not any(frame.repeated or frame.left_out for frame in shown.frames)


def test_of_other_long_tracebacks_the_ends_are_shown() -> None:
    with pytest.raises(RuntimeError) as found:
        try:
            even(0)
        except RecursionError as error:
            raise RuntimeError("too deep") from error
    cause = found.value.__cause__
    assert cause is not None
    shown = traceback_of(cause)
    (gap,) = [frame for frame in shown.frames if frame.left_out]
    assert len(shown.frames) == 40 and shown.frames.index(gap) == 9 and gap.left_out > 800
    assert shown.frames[0].function == "test_of_other_long_tracebacks_the_ends_are_shown"
    assert [frame.function for frame in shown.frames[-2:]] in (["even", "odd"], ["odd", "even"])
    assert f"\n  [{gap.left_out} frames are left out]\n" in shown.text
    chained = traceback_of(found.value).text
    assert chained.count("\n") < 180 and "[Previous" not in chained and chained.endswith("RuntimeError: too deep\n")
    assert f"\n  [{gap.left_out} frames are left out]\n" in chained


def test_an_exception_is_whole_again_after_it_was_shown() -> None:
    with pytest.raises(KeyError) as found:
        try:
            deeper(0)
        except RecursionError:
            raise KeyError("from it") from None
    context = found.value.__context__
    assert context is not None
    before = traceback.extract_tb(context.__traceback__)
    with shortened(found.value) as lacking:
        short = traceback.extract_tb(context.__traceback__)
        assert len(short) == len(before) - lacking == 4 and short[-1] == before[-1]
    assert traceback.extract_tb(context.__traceback__) == before
