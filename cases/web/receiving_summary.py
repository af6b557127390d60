"""What was found at a receiving inspection, for the page that decides: each answer in words, and what it rules out."""

from cases.custody.receiving.protocol import COUNT, LOGGER, NO
from cases.custody.receiving.round import Round, listed
from cases.web.receiving_forms import Answer


def decisions(round_: Round) -> dict[str, str]:
    """By decision, why it is not possible; empty where it is."""
    stopping, of_packs = round_.stopping(), round_.of_packs()
    sound = [pack for pack in round_.compared().values() if pack.matches]
    in_part = stopping or ([] if sound else ["no pack is as it was sent"])
    return {
        "accept": f"Not possible. {'; '.join([*stopping, *of_packs])}." if stopping or of_packs else "",
        "accept_part": f"Not possible. {'; '.join(in_part)}."
        if in_part
        else ""
        if of_packs
        else "Everything is as sent.",
    }


def summary(round_: Round) -> list[tuple[str, str, str, str]]:
    """(step, what, answer, state) of everything that was answered, for the last page."""
    packs, rows = round_.compared(), []
    for step in round_.steps[:-1]:
        item, kept = round_.item_of(step), round_.answers.get(step, {})
        if item is None:
            continue
        pack = packs.get(step)
        title, state = item.title, "good"
        if pack is not None:
            title, state = step.replace("pack-", "Pack "), pack.state
            words = pack.note or (
                "as sent" if pack.matches else f"{listed(pack.off)} differ{'s' if len(pack.off) == 1 else ''}"
            )
            words = "as sent, typed: a second person types it too" if state == "hold" else words
        elif item.kind == LOGGER:
            title, words = "Logger", _logger_words(round_, kept)
            answers = [round_.answer(one) for one in round_.protocol.items if one.kind == LOGGER]
            state = "harm" if NO in answers else "good"
        elif item.kind == COUNT:
            words = kept.get("units", "")
            state = "harm" if any(d.startswith("Count") for d in round_.of_packs()) else "good"
        else:
            words = str(kept.get("answer", "")).replace("_", " ")
            state = "good" if kept.get("answer") != NO else "harm" if item.stops else "care"
        kept_with = [f"note “{kept['note']}”" if kept.get("note") else "", f"photo {kept.get('photo', '')}".strip()]
        words = ", ".join(part for part in (words, *kept_with) if part and part != "photo")
        rows.append((step, title, words, state))
    return rows


def _logger_words(round_: Round, kept: Answer) -> str:
    if not round_.consignment.logger_number:
        return "none was sent"
    return f"{kept.get('number', '')}{', could not be read' if kept.get('unread') else ', stopped and read'}"
