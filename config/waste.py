"""When Python looks for waste: seldom, and never among what was imported.

The impact list of a rule change over ten thousand cases makes some hundred thousand small objects at once. Looking
through all of them after every 700 new ones, as Python does by itself, was a third of its time.
"""

import gc

NEW_OBJECTS, YOUNGER, OLDER = 20_000, 20, 20


def look_seldom() -> None:
    """Called once a process: by a server when everything is imported and before it forks, by a command at its start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNGER, OLDER)
