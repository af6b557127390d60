"""Logger's files of the demonstration: invented readings, written as such a logger exports them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

EVERY = timedelta(minutes=10)


def libero_export(
    *, number: str, begins: datetime, ends: datetime, peak: float | None = None, lasts: timedelta = timedelta(0)
) -> bytes:
    """A file of the layout ``libero-eu`` around 5 °C; with a peak, it is as warm as that for about that long.

    A gap of forty minutes stands a fifth of the way, as when a logger is out of reach of its reader.
    """
    zone = ZoneInfo("Europe/Zurich")
    count = int((ends - begins) / EVERY)
    warm = range(count * 3 // 5, count * 3 // 5 + int(lasts / EVERY)) if peak is not None else range(0)
    silent = range(count // 5 + 1, count // 5 + 4)
    lines = [f"Serial;{number}", "Interval;10 min", "Zone;Europe/Zurich", "", "Timestamp;Channel;Value;Event"]
    for index in range(count + 1):
        if index in silent:
            continue
        celsius = 5.0 + ((index * 37) % 7 - 3) / 10 + (0.5 if index % 144 > 72 else 0.0)
        if index in warm and peak is not None:
            place = (index - warm.start) / max(1, len(warm) - 1)
            celsius = 8.3 + (peak - 8.3) * min(1.0, 3 * min(place, 1 - place))
        stamp = (begins + EVERY * index).astimezone(zone)
        value = f"{celsius:.1f}".replace(".", ",")
        lines.append(f"{stamp:%d.%m.%Y %H:%M:%S};1;{value};")
    return ("\r\n".join([*lines, "Statistics;;;", f"Max;;{peak or 6:.1f};"]) + "\r\n").encode()
