"""What holds for every event type, whichever it is."""

from inspect import isabstract

import pytest

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.sessions import SessionEvent


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_every_event_says_what_it_is_about(event: type[Event]) -> None:
    assert not isabstract(event)


def test_an_event_that_does_not_say_so_is_not_made() -> None:
    assert isabstract(Event)
    assert not isabstract(SessionEvent)
    with pytest.raises(TypeError, match="aggregate"):
        Event(version=1)  # type: ignore[abstract]
