"""The database's own copy of the custody ledger's rules, written from the same table as the fold.

Source: custody facts 8.2, invariants I1, I3, I5, I13 and I15. Whoever writes, by whatever way: an event that cannot
follow, a unit that leaves the end of its way, a projection that its last event does not give, and a known value that
would be blanked are refused.
"""

import pgtrigger
from django.db.models import Q

from cases.custody.contents import KINDS, SHELF
from cases.custody.fold import ACTS, ENDS


def _listed(texts: list[str]) -> str:
    return ", ".join(f"'{text}'" for text in sorted(texts))


KNOWN_WORDS = Q()
for _act in ACTS.values():
    KNOWN_WORDS |= Q(biz_step=_act.biz_step, disposition=_act.disposition)

_FOLLOWS = _listed(
    [
        f"{act.biz_step}>{act.disposition}>{source or 'new'}"
        for act in ACTS.values()
        for source in act.sources
    ]
)  # fmt: skip
_LEADS = _listed([f"{act.biz_step}>{act.disposition}>{act.to}" for act in ACTS.values() if act.to])
_STAYS = _listed([f"{act.biz_step}>{act.disposition}" for act in ACTS.values() if not act.to])

EVENT_FOLLOWS = pgtrigger.Trigger(
    name="event_follows",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    declare=[("e", "custody_custodyevent%ROWTYPE"), ("u", "custody_unit%ROWTYPE"), ("stands", "text")],
    func=f"""
        SELECT * INTO e FROM custody_custodyevent WHERE id = NEW.event_id;
        SELECT * INTO u FROM custody_unit WHERE id = NEW.unit_id FOR UPDATE;
        IF u.case_id <> e.case_id OR NEW.case_id <> e.case_id THEN
            RAISE EXCEPTION 'custody event % is of another case than unit %', e.id, u.serial
                USING ERRCODE = 'check_violation';
        END IF;
        stands := CASE WHEN EXISTS (SELECT 1 FROM custody_custodyeventunit WHERE unit_id = u.id)
            THEN u.state ELSE 'new' END;
        IF e.corrects_id IS NULL
            AND (e.biz_step || '>' || e.disposition || '>' || stands) NOT IN ({_FOLLOWS}) THEN
            RAISE EXCEPTION 'unit % is %: % / % cannot follow', u.serial, stands, e.biz_step, e.disposition
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)

UNIT_IS_ITS_FOLD = pgtrigger.Trigger(
    name="unit_is_its_fold",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    declare=[("e", "custody_custodyevent%ROWTYPE"), ("words", "text")],
    func=f"""
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'unit % is kept: a unit is never deleted', OLD.serial USING ERRCODE = 'check_violation';
        ELSIF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'allocated' OR NEW.last_event_id IS NOT NULL THEN
                RAISE EXCEPTION 'unit % must begin as allocated, without events', NEW.serial
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF (NEW.gtin, NEW.serial, NEW.lot_id, NEW.case_id, NEW.consignment_id, NEW.content)
            IS DISTINCT FROM (OLD.gtin, OLD.serial, OLD.lot_id, OLD.case_id, OLD.consignment_id, OLD.content) THEN
            RAISE EXCEPTION 'unit % cannot become another pack', OLD.serial USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state IN ({_listed(list(ENDS))}) AND NEW.state <> OLD.state THEN
            RAISE EXCEPTION 'unit % is %, which is the end of its way', OLD.serial, OLD.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.state, NEW.holder, NEW.place, NEW.last_event_id)
            IS DISTINCT FROM (OLD.state, OLD.holder, OLD.place, OLD.last_event_id) THEN
            SELECT v.* INTO e FROM custody_custodyevent v JOIN custody_custodyeventunit m ON m.event_id = v.id
                WHERE v.id = NEW.last_event_id AND m.unit_id = NEW.id;
            words := e.biz_step || '>' || e.disposition;
            IF e.id IS NULL OR (NEW.holder, NEW.place) IS DISTINCT FROM (e.holder, e.place)
                OR (words || '>' || NEW.state NOT IN ({_LEADS}) AND words NOT IN ({_STAYS})) THEN
                RAISE EXCEPTION 'unit %: % with % is not what its events say', OLD.serial, NEW.state, NEW.holder
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)

LOT_KEEPS_WHAT_IT_IS = pgtrigger.Trigger(
    name="lot_keeps_what_it_is",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'lot % is kept: a lot is never deleted', OLD.number USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.gtin, NEW.number, NEW.supplier_id, NEW.expires_on)
            IS DISTINCT FROM (OLD.gtin, OLD.number, OLD.supplier_id, OLD.expires_on)
            OR (OLD.manufactured_on IS NOT NULL AND NEW.manufactured_on IS DISTINCT FROM OLD.manufactured_on) THEN
            RAISE EXCEPTION 'lot %: a known value is neither blanked nor overwritten', OLD.number
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

# What a standing recall stops, whoever writes; a drill stops nothing (invariant I8).
_STOPPED_BY_A_RECALL = _listed(
    [
        f"{ACTS[act].biz_step}>{ACTS[act].disposition}"
        for act in ("allocate", "release", "dispatch", "accept", "dispense", "dispense_part", "draw_out", "draw_in")
    ]
)  # fmt: skip
NO_RECALL_STANDS = pgtrigger.Trigger(
    name="no_recall_stands",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    declare=[("stopped", "text")],
    func=f"""
        SELECT u.serial INTO stopped
        FROM custody_custodyevent e JOIN custody_unit u ON u.id = NEW.unit_id JOIN custody_lot l ON l.id = u.lot_id
            JOIN cases_case k ON k.id = u.case_id JOIN custody_recalllot r ON r.gtin = l.gtin AND r.lot = l.number
            JOIN custody_recall c ON c.id = r.recall_id AND c.pharmacy_id = k.pharmacy_id
        WHERE e.id = NEW.event_id AND e.corrects_id IS NULL
            AND e.biz_step || '>' || e.disposition IN ({_STOPPED_BY_A_RECALL})
            AND c.state IN ('stopped', 'told') AND NOT c.is_drill AND r.serial IN ('', u.serial)
        LIMIT 1;
        IF stopped IS NOT NULL THEN
            RAISE EXCEPTION 'unit % is stopped by a recall', stopped USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)


def _place_of(column: str, end: str) -> str:
    """SQL: the place that an entry's kind takes from (``source``) or brings to (``to``)."""
    return (
        f"CASE {column} "
        + " ".join(f"WHEN '{name}' THEN '{getattr(kind, end)}'" for name, kind in KINDS.items())
        + " END"
    )


CONTENT_COVERS = pgtrigger.Trigger(
    name="content_covers",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    declare=[("u", "custody_unit%ROWTYPE"), ("source", "text"), ("there", "integer")],
    func=f"""
        SELECT * INTO u FROM custody_unit WHERE id = NEW.unit_id FOR UPDATE;
        IF u.case_id <> NEW.case_id THEN
            RAISE EXCEPTION 'unit % is of another case than the entry', u.serial USING ERRCODE = 'check_violation';
        END IF;
        source := {_place_of("NEW.kind", "source")};
        SELECT (CASE source WHEN '{SHELF}' THEN u.content ELSE 0 END) + COALESCE(sum(CASE source
                WHEN {_place_of("c.kind", "to")} THEN c.amount
                WHEN {_place_of("c.kind", "source")} THEN -c.amount ELSE 0 END), 0)
            INTO there FROM custody_contententry c WHERE c.unit_id = u.id;
        IF there < NEW.amount THEN
            RAISE EXCEPTION 'unit %: % taken from %, where % are', u.serial, NEW.amount, source, there
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)
