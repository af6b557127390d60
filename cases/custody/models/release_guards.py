"""The database's own copy of what a release rests on (custody facts 8.2, invariants I4 and I12; separation by person).

Whoever writes, by whatever way: no decision by somebody who packed or received, no release after an excursion without
the manufacturer's answer, none after a rejection, no acceptance or dispensing on an older release, and no budget
that grows.
"""

import pgtrigger

HANDS_ON = ("reserving", "shipping", "receiving", "inspecting")
FINDS = ("receiving", "inspecting", "sensor_reporting")
_refuse = "USING ERRCODE = 'check_violation'"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


# As in `cases.custody.assessing.standing`: what something later and at least as good took the place of counts no more.
_BETTER = "CASE {}.basis WHEN 'file' THEN 3 WHEN 'printed' THEN 2 ELSE 1 END"
_UNSOUND = f"""
    SELECT 1 FROM custody_exposureassessment a
    WHERE a.consignment_id = NEW.consignment_id AND a.finding <> 'in_range' AND NOT EXISTS (
        SELECT 1 FROM custody_exposureassessment b WHERE b.consignment_id = a.consignment_id AND b.id > a.id
        AND (b.leg, b.logger_number) = (a.leg, a.logger_number) AND {_BETTER.format("b")} >= {_BETTER.format("a")})
"""  # noqa: S608 - words of our own table

DECIDED_APART = pgtrigger.Trigger(
    name="decided_apart",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    func=f"""
        IF EXISTS (SELECT 1 FROM custody_custodyevent e WHERE e.consignment_id = NEW.consignment_id
                AND e.recorded_by_id = NEW.decided_by_id AND e.corrects_id IS NULL
                AND e.biz_step IN ({_listed(HANDS_ON)})) THEN
            RAISE EXCEPTION 'a disposition is not decided by who packed or received' {_refuse};
        END IF;
        IF EXISTS (SELECT 1 FROM custody_disposition d WHERE d.consignment_id = NEW.consignment_id
                AND d.decision LIKE 'reject%' AND NEW.decision NOT LIKE 'reject%') THEN
            RAISE EXCEPTION 'a rejection is final' {_refuse};
        END IF;
        IF NEW.decision = 'release' AND NEW.manufacturer_answer_id IS NULL AND EXISTS ({_UNSOUND}) THEN
            RAISE EXCEPTION 'no release after an excursion without the answer of the manufacturer' {_refuse};
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)

CHECKED_APART = pgtrigger.Trigger(
    name="checked_apart",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    func=f"""
        IF EXISTS (SELECT 1 FROM custody_inspection i WHERE i.id = NEW.inspection_id
                AND i.inspected_by_id = NEW.checked_by_id) THEN
            RAISE EXCEPTION 'a second check is not made by who inspected' {_refuse};
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)

# What was drawn from stock rests on the release of that stock too.
# Order of record decides, not the clock. What never happened is no finding and no decision; a correction is neither.
GIVEN_ON_A_RELEASE = pgtrigger.Trigger(
    name="given_on_a_release",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    condition=pgtrigger.Q(new__state__in=["accepted", "dispensed"])
    & ~pgtrigger.Q(old__state=pgtrigger.F("new__state")),
    declare=[("last", "custody_custodyevent%ROWTYPE")],
    func=f"""
        SELECT e.* INTO last FROM custody_custodyevent e
            WHERE e.consignment_id IN (NEW.id, NEW.drawn_from_id) AND e.corrects_id IS NULL
            AND e.biz_step IN ({_listed((*FINDS, "holding"))})
            AND NOT EXISTS (SELECT 1 FROM custody_custodyevent c
                WHERE c.corrects_id = e.id AND c.error_reason = 'did_not_occur')
            ORDER BY e.id DESC LIMIT 1;
        IF last.biz_step IS DISTINCT FROM 'holding' OR last.disposition <> 'conformant' THEN
            RAISE EXCEPTION 'consignment C-%: no release later than the last exposure or discrepancy', NEW.number
                {_refuse};
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)

# What is left is what was stated less the most that any assessment of each leg found: another method gives none back.
BUDGET_ONLY_FALLS = pgtrigger.Trigger(
    name="budget_only_falls",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    condition=pgtrigger.Q(new__budget_stated__isnull=False),
    declare=[("spent", "numeric")],
    func=f"""
        SELECT sum(leg.most) INTO spent FROM (
            SELECT max(minutes_outside) AS most FROM (
                SELECT a.leg, a.minutes_outside FROM custody_exposureassessment a
                    WHERE a.consignment_id = NEW.consignment_id
                UNION ALL SELECT NEW.leg, NEW.minutes_outside) every GROUP BY every.leg) leg;
        IF NEW.budget_after IS DISTINCT FROM NEW.budget_stated - spent THEN
            RAISE EXCEPTION 'stability budget: % min stated, % min spent over all legs, % min left is no sum of them',
                NEW.budget_stated, spent, NEW.budget_after {_refuse};
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - words of our own table
)
