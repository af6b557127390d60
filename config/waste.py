"""When Python looks for waste: seldom, and never among what was imported.

An impact list or the day over ten thousand cases makes some hundred thousand small objects at once. Looking through all
of them after every 700 new ones, as Python does by itself, was a third of the time of such a page.
"""

import gc

NEW_OBJECTS, YOUNGER, OLDER = 20_000, 20, 20


def look_seldom() -> None:
    """Called once a process, when everything is imported; before it forks, so that its children share the memory."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNGER, OLDER)
