"""What must be true of a case after any step, and what a step must have found: plain SQL, written a second time.

``ALWAYS`` holds after every step; each statement gives the rows that break it. ``GROUNDS`` holds after one verb: what
domain.md and the house's rules ask before it, looked up without the product's requirements.
"""

ALWAYS = {
    "events are numbered without a gap": """
        SELECT c.event_seq, count(e.*), max(e.seq) FROM cases_case c LEFT JOIN cases_caseevent e ON e.case_id = c.id
        WHERE c.id = %(case)s GROUP BY c.id HAVING c.event_seq <> count(e.*) OR c.event_seq <> max(e.seq)""",
    "no account of an authorization is below zero": """
        SELECT authorization_id, account, consignment_id, sum(quantity) FROM regulatory_quantityentry
        WHERE case_id = %(case)s GROUP BY 1, 2, 3 HAVING sum(quantity) < 0""",
    "no authorization is used over its ceiling": """
        SELECT a.id, a.quantity, sum(q.quantity) FROM regulatory_authorization a
        JOIN regulatory_quantityentry q ON q.authorization_id = a.id AND q.account <> 'authorized'
        WHERE a.case_id = %(case)s GROUP BY a.id HAVING sum(q.quantity) > a.quantity""",
    "the quantity of a consignment stands in the account of its state": """
        SELECT c.number, c.state, q.account, q.total FROM custody_consignment c JOIN (
            SELECT consignment_id, authorization_id, account, sum(quantity) AS total FROM regulatory_quantityentry
            WHERE case_id = %(case)s AND consignment_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0
        ) q ON q.consignment_id = c.id
        WHERE q.account <> (CASE c.state WHEN 'planned' THEN 'reserved' WHEN 'ordered' THEN 'ordered'
            WHEN 'allocated' THEN 'ordered' WHEN 'released' THEN 'ordered' WHEN 'in_transit' THEN 'shipped'
            WHEN 'lost' THEN 'shipped' WHEN 'arrived' THEN 'received' WHEN 'accepted' THEN 'received'
            WHEN 'rejected' THEN 'received' ELSE c.state END) OR q.authorization_id <> c.authorization_id""",
    "a unit stands where its custody events leave it": """
        SELECT u.serial, u.state, last.state FROM custody_unit u CROSS JOIN LATERAL (
            SELECT w.state FROM custody_custodyeventunit m JOIN custody_custodyevent e ON e.id = m.event_id
            JOIN (VALUES ('reserving', 'reserved', 'allocated'), ('shipping', 'in_transit', 'in_transit'),
                ('receiving', 'in_progress', 'quarantine'), ('sensor_reporting', 'non_conformant', 'quarantine'),
                ('holding', 'non_sellable_other', 'quarantine'), ('holding', 'non_conformant', 'quarantine'),
                ('accepting', 'available', 'accepted'), ('holding', 'unavailable', 'rejected'),
                ('dispensing', 'dispensed', 'dispensed'), ('shipping', 'returned', 'returned'),
                ('destroying', 'destroyed', 'destroyed'), ('other', 'unknown', 'lost'),
                ('storing', 'available', 'cancelled')
            ) AS w(step, disposition, state) ON (w.step, w.disposition) = (e.biz_step, e.disposition)
            WHERE m.unit_id = u.id AND e.corrects_id IS NULL ORDER BY e.id DESC LIMIT 1) last
        WHERE u.case_id = %(case)s AND u.state <> last.state""",
    "nothing happens to a unit that is destroyed, lost or returned": """
        SELECT m.unit_id, e.id FROM custody_custodyeventunit m JOIN custody_custodyevent e ON e.id = m.event_id
        JOIN custody_custodyeventunit n ON n.unit_id = m.unit_id
        JOIN custody_custodyevent ended ON ended.id = n.event_id
        WHERE m.case_id = %(case)s AND e.id > ended.id AND e.corrects_id IS NULL
        AND (ended.disposition IN ('destroyed', 'returned', 'unknown')
            OR (ended.biz_step, ended.disposition) = ('storing', 'available'))""",
    "a unit is allocated once": """
        SELECT m.unit_id, count(*) FROM custody_custodyeventunit m JOIN custody_custodyevent e ON e.id = m.event_id
        WHERE m.case_id = %(case)s AND e.biz_step = 'reserving' AND e.corrects_id IS NULL
        GROUP BY 1 HAVING count(*) <> 1""",
    "units go with their consignment": """
        SELECT c.number, c.state, u.serial, u.state FROM custody_consignment c
        JOIN custody_unit u ON u.consignment_id = c.id
        WHERE c.case_id = %(case)s AND u.state <> ALL (CASE c.state WHEN 'allocated' THEN ARRAY['allocated']
            WHEN 'released' THEN ARRAY['allocated'] WHEN 'arrived' THEN ARRAY['quarantine']
            WHEN 'accepted' THEN ARRAY['accepted', 'quarantine'] ELSE ARRAY[c.state] END)
            -- Of a pack that was dispensed, wasted or destroyed in parts nothing is on the shelf.
            AND NOT (u.state IN ('dispensed', 'destroyed') AND u.content = (SELECT sum(amount)
                FROM custody_contententry p WHERE p.unit_id = u.id AND p.kind IN ('dispense', 'waste', 'destroy')))""",
    "a pack's account is never below zero, and covers what its state says": """
        SELECT u.serial, u.state, p.shelf, p.patient, p.back FROM custody_unit u CROSS JOIN LATERAL (
            SELECT u.content - coalesce(sum(amount) FILTER (
                    WHERE kind IN ('dispense', 'waste', 'destroy', 'give_back', 'lose')), 0) AS shelf,
                coalesce(sum(CASE kind WHEN 'dispense' THEN amount
                    WHEN 'give' THEN -amount WHEN 'bring_back' THEN -amount WHEN 'waste_after' THEN -amount END), 0)
                    AS patient,
                coalesce(sum(CASE kind WHEN 'bring_back' THEN amount WHEN 'destroy_back' THEN -amount END), 0) AS back
            FROM custody_contententry e WHERE e.unit_id = u.id) p
        WHERE u.case_id = %(case)s AND (least(p.shelf, p.patient, p.back) < 0
            OR (p.shelf > 0) = (u.state IN ('dispensed', 'returned', 'destroyed', 'lost')))""",
    "as many units are allocated as the consignment holds": """
        SELECT c.number, c.quantity, count(u.*) FROM custody_consignment c
        LEFT JOIN custody_unit u ON u.consignment_id = c.id
        WHERE c.case_id = %(case)s GROUP BY c.id HAVING count(u.*) NOT IN (0, c.quantity)
            OR (count(u.*) = 0 AND c.state NOT IN ('planned', 'ordered', 'cancelled'))""",
    "a deadline's moves are numbered without a gap, the first opens it": """
        SELECT d.key FROM deadlines_deadline d LEFT JOIN deadlines_deadlinemove m ON m.deadline_id = d.id
        WHERE d.case_id = %(case)s GROUP BY d.id HAVING count(m.*) = 0 OR max(m.number) <> count(m.*)
            OR (array_agg(m.what ORDER BY m.number))[1] <> 'opened'""",
    "a deadline is due where its ledger leads": """
        SELECT d.key, d.due_at, l.new_due_at FROM deadlines_deadline d CROSS JOIN LATERAL (
            SELECT new_due_at, new_due_on FROM deadlines_deadlinemove
            WHERE deadline_id = d.id AND new_due_at IS NOT NULL ORDER BY number DESC LIMIT 1) l
        WHERE d.case_id = %(case)s AND (d.due_at, d.due_on) <> (l.new_due_at, l.new_due_on)""",
    "each move of a deadline begins where the one before it ended": """
        SELECT m.deadline_id, m.number, m.old_due_at, p.new_due_at FROM deadlines_deadlinemove m CROSS JOIN LATERAL (
            SELECT new_due_at FROM deadlines_deadlinemove
            WHERE deadline_id = m.deadline_id AND number < m.number AND new_due_at IS NOT NULL
            ORDER BY number DESC LIMIT 1) p
        WHERE m.case_id = %(case)s AND m.old_due_at IS NOT NULL AND m.old_due_at <> p.new_due_at""",
    "a deadline stands where its last move left it": """
        SELECT d.key, d.state, l.what FROM deadlines_deadline d CROSS JOIN LATERAL (
            SELECT what FROM deadlines_deadlinemove WHERE deadline_id = d.id AND what <> 'handed_over'
            ORDER BY number DESC LIMIT 1) l
        WHERE d.case_id = %(case)s AND d.state <> ALL (CASE l.what WHEN 'opened' THEN ARRAY['running']
            WHEN 'resumed' THEN ARRAY['running'] WHEN 'reinstated' THEN ARRAY['running']
            WHEN 'extended' THEN ARRAY['running', 'missed'] WHEN 'recomputed' THEN ARRAY['running', 'missed']
            ELSE ARRAY[l.what] END)""",
    "late is late": """
        SELECT key, state, met_at, due_at FROM deadlines_deadline WHERE case_id = %(case)s
        AND ((state = 'met_late' AND met_at <= due_at) OR (state = 'met' AND met_at > due_at AND pauses = '[]'))""",
    "the case knows its first date": """
        SELECT c.next_due_at, d.due_at FROM cases_case c CROSS JOIN LATERAL (
            SELECT min(due_at) AS due_at FROM deadlines_deadline
            WHERE case_id = c.id AND state IN ('running', 'missed')) d
        WHERE c.id = %(case)s AND c.next_due_at IS DISTINCT FROM d.due_at""",
    "a notice tells of one reader, and is sent with its text": """
        SELECT key, state FROM notices_notice WHERE case_id = %(case)s
        AND state IN ('sent', 'delivered') AND (subject = '' OR body = '')""",
    "each line of a letter is a condition of its own": """
        SELECT a.id, count(k.*) FROM regulatory_authorization a
        LEFT JOIN regulatory_grantcondition k ON k.authorization_id = a.id
        WHERE a.case_id = %(case)s GROUP BY a.id HAVING count(k.*) <> jsonb_array_length(a.conditions)""",
    "a task or report that an authority asks has its date": """
        SELECT k.number, k.kind, k.due_on, d.state FROM regulatory_grantcondition k
        JOIN regulatory_authorization a ON a.id = k.authorization_id
        LEFT JOIN deadlines_deadline d ON d.case_id = k.case_id AND d.due_on = k.due_on
            AND d.key = 'regulatory.grant_condition:K-' || k.number || ':' || k.due_on
        WHERE k.case_id = %(case)s AND k.state = 'standing' AND k.kind IN ('task', 'report')
        AND a.state <> 'superseded' AND (d.state IS NULL OR d.state NOT IN ('running', 'missed'))""",
    "a filing stands in one form": """
        SELECT l.filing_id FROM regulatory_collectiveline l JOIN regulatory_collectivepaper p ON p.id = l.paper_id
        WHERE l.case_id = %(case)s AND l.filing_id IS NOT NULL AND p.state <> 'withdrawn'
        GROUP BY 1 HAVING count(*) > 1""",
    "a form that was sent took every filing in it along": """
        SELECT p.number, f.number, f.state FROM regulatory_collectiveline l
        JOIN regulatory_collectivepaper p ON p.id = l.paper_id JOIN regulatory_filing f ON f.id = l.filing_id
        LEFT JOIN documents_document d ON d.id = f.proof_id LEFT JOIN documents_storedfile s ON s.id = d.file_id
        WHERE l.case_id = %(case)s AND p.state = 'sent'
        AND (f.submitted_at IS DISTINCT FROM p.sent_at OR s.sha256 IS DISTINCT FROM p.sha256)""",
    "a filing went out by an event": """
        SELECT f.number, f.state FROM regulatory_filing f WHERE f.case_id = %(case)s AND 1 <> (
            SELECT count(*) FROM cases_caseevent e WHERE e.case_id = f.case_id
            AND e.verb = 'regulatory.filing.submitted' AND e.subject = 'F-' || f.number)
        AND f.submitted_at IS NOT NULL""",
    "only a locked version owes a report": """
        SELECT o.number FROM pharmacovigilance_obligation o JOIN pharmacovigilance_caseversion v ON v.id = o.version_id
        WHERE o.case_id = %(case)s AND (v.locked_at IS NULL OR v.snapshot_sha256 = '')""",
    "one version of a safety case is open at most": """
        SELECT safety_case_id, count(*) FROM pharmacovigilance_caseversion
        WHERE case_id = %(case)s AND state IN ('draft', 'assessed') GROUP BY 1 HAVING count(*) > 1""",
}

# What holds of records that belong to no single case, after anything was written about one of them.
EVERYWHERE = {
    "a pathway has one version in use": """
        SELECT profile_key, count(*) FROM regulatory_profileversion WHERE status = 'active'
        GROUP BY profile_key, is_demonstration HAVING count(*) > 1""",
    "a version is in use by the publication that is done": """
        SELECT p.id, v.status FROM regulatory_publication p JOIN regulatory_profileversion v ON v.id = p.version_id
        WHERE p.state = 'done' AND (v.status NOT IN ('active', 'retired') OR v.effective_from <> p.effective_from)""",
    "a version is ordered once at a time": """
        SELECT version_id FROM regulatory_publication WHERE state = 'ordered' GROUP BY 1 HAVING count(*) > 1""",
    "a period is reported once": """
        SELECT spec, period_from FROM regulatory_collectivepaper WHERE state <> 'withdrawn' AND period_from IS NOT NULL
        GROUP BY 1, 2 HAVING count(*) > 1""",
    "a report was made after its period": """
        SELECT number FROM regulatory_collectivepaper WHERE period_to >= (made_at AT TIME ZONE 'Australia/Sydney')::date
        OR sent_at < date_trunc('minute', made_at)""",
}

_SIGNED = """
    SELECT 'no signed determination of this prescriber' WHERE NOT EXISTS (
        SELECT 1 FROM cases_determination d JOIN cases_case c ON c.id = d.case_id
        WHERE c.id = %(case)s AND d.state = 'signed' AND d.prescriber_id = c.prescriber_id)"""
# The last filing that went out: granted authorizations name their own.
_GOVERNS = """
    SELECT f.id FROM regulatory_filing f WHERE f.case_id = %(case)s AND f.kind <> 'report'
    AND f.state NOT IN ('preparing', 'ready', 'withdrawn') ORDER BY f.number DESC LIMIT 1"""
# What is sourced next: the filing behind the authorization of the consignment that has not left, else the one above.
_NEXT = f"""
    SELECT coalesce((SELECT a.filing_id FROM custody_consignment k JOIN regulatory_authorization a
        ON a.id = k.authorization_id WHERE k.case_id = %(case)s
        AND k.state IN ('planned', 'ordered', 'allocated', 'released') ORDER BY k.number DESC LIMIT 1),
        ({_GOVERNS}))"""  # noqa: S608 - no word from outside
_OBJECTED = """
    SELECT 'an objection stands' FROM regulatory_pathwayevent e JOIN cases_case c ON c.id = e.case_id
    JOIN regulatory_profileversion p ON p.id = c.profile_version_id
    WHERE c.id = %(case)s AND p.profile_key = 'UK-SPECIALS' AND e.name = 'objection_received' AND e.withdrawn_at IS NULL
    AND e.filing_id = ({filing}) AND NOT EXISTS (SELECT 1 FROM regulatory_pathwayevent w WHERE w.filing_id = e.filing_id
        AND w.name = 'objection_window_waived' AND w.withdrawn_at IS NULL AND w.happened_at > e.happened_at)"""
# Silence clears on the day after the 28th: the acknowledgement's day is not counted. What is asked is the day of the
# act; for what leaves, the day it is planned to arrive, since the gate is on the import.
_TODAY = "(%(now)s::timestamptz AT TIME ZONE 'Europe/London')::date"
_PLANNED = "(SELECT planned_arrival_on FROM custody_consignment WHERE id = %(row)s)"
_ARRIVAL = f"greatest({_TODAY}, {_PLANNED})"
_WINDOW = """
    SELECT 'the window is not over and was not waived' FROM cases_case c
    JOIN regulatory_profileversion p ON p.id = c.profile_version_id
    WHERE c.id = %(case)s AND p.profile_key = 'UK-SPECIALS' AND NOT EXISTS (
        SELECT 1 FROM regulatory_pathwayevent e WHERE e.case_id = c.id AND e.withdrawn_at IS NULL
        AND e.filing_id = ({filing}) AND (e.name = 'objection_window_waived' OR (e.name = 'acknowledged'
            AND (e.happened_at AT TIME ZONE 'Europe/London')::date + 28
                < {day})))"""
_PERMIT = """
    SELECT 'no authorization of the authority is in force' FROM cases_case c
    JOIN regulatory_profileversion p ON p.id = c.profile_version_id
    WHERE c.id = %(case)s AND p.profile_key = 'AU-SAS-B' AND NOT EXISTS (
        SELECT 1 FROM regulatory_authorization a
        WHERE a.case_id = c.id AND a.state = 'in_force' AND a.ground = 'decision'
        AND (%(now)s::timestamptz AT TIME ZONE 'Australia/Sydney')::date >= a.valid_from
        AND (a.valid_until IS NULL OR (%(now)s::timestamptz AT TIME ZONE 'Australia/Sydney')::date <= a.valid_until))"""
_INSPECTED = """
    SELECT 'the last inspection was not accepted' WHERE NOT coalesce((
        SELECT result IN ('accept', 'accept_part') FROM custody_inspection
        WHERE consignment_id = %(row)s ORDER BY id DESC LIMIT 1), false)
    UNION ALL SELECT 'no second person at the institution agreed' WHERE NOT EXISTS (
        SELECT 1 FROM custody_secondcheck s JOIN custody_inspection i ON i.id = s.inspection_id
        WHERE s.agrees AND s.checked_by_id <> i.inspected_by_id
        AND i.id = (SELECT max(id) FROM custody_inspection WHERE consignment_id = %(row)s))
    UNION ALL SELECT 'a pack is accepted that was read at this end by nobody, or typed by one' FROM custody_unit u
        JOIN custody_consignment c ON c.id = u.consignment_id
        WHERE c.id = %(row)s AND u.state = 'accepted' AND NOT EXISTS (
            SELECT 1 FROM custody_packreading r WHERE r.unit_id = u.id AND r.differs = '' AND r.read_at >= c.arrived_at
            AND (r.entry_method <> 'typed' OR EXISTS (SELECT 1 FROM custody_packreading o WHERE o.unit_id = u.id
                AND o.differs = '' AND o.read_at >= c.arrived_at AND o.read_by_id <> r.read_by_id)))"""
_RELEASED = """
    SELECT 'the last decision is no release' WHERE 'release' IS DISTINCT FROM (
        SELECT decision FROM custody_disposition WHERE consignment_id = %(row)s ORDER BY id DESC LIMIT 1)
    UNION ALL SELECT 'something was found after the decision' FROM (
        SELECT max(id) FILTER (WHERE biz_step = 'holding') AS decided,
            max(id) FILTER (WHERE biz_step IN ('receiving', 'inspecting', 'sensor_reporting')) AS found
        FROM custody_custodyevent WHERE consignment_id = %(row)s) e WHERE e.found > e.decided OR e.decided IS NULL
    UNION ALL SELECT 'the decision was made by somebody who had a hand in it' FROM custody_disposition d
        JOIN custody_custodyevent e ON e.consignment_id = d.consignment_id AND e.recorded_by_id = d.decided_by_id
        WHERE d.id = (SELECT max(id) FROM custody_disposition WHERE consignment_id = %(row)s)
        AND e.biz_step IN ('reserving', 'receiving', 'inspecting') AND e.recorded_at <= d.decided_at AND e.id < (
            SELECT max(id) FROM custody_custodyevent WHERE consignment_id = %(row)s AND biz_step = 'holding')"""
_COLD = """
    SELECT 'an excursion was not answered' FROM (
        SELECT DISTINCT ON (leg, logger_number) finding FROM custody_exposureassessment
        WHERE consignment_id = %(row)s ORDER BY leg, logger_number, id DESC) x
    WHERE x.finding <> 'in_range' AND NOT EXISTS (
        SELECT 1 FROM custody_disposition d WHERE d.manufacturer_answer_id IS NOT NULL
        AND d.id = (SELECT max(id) FROM custody_disposition WHERE consignment_id = %(row)s))
    UNION ALL SELECT 'no temperature is on record' WHERE NOT EXISTS (
        SELECT 1 FROM custody_exposureassessment WHERE consignment_id = %(row)s)"""
# The filing behind the consignment's authorization, else the one that governs.
_MINE = f"""
    SELECT coalesce((SELECT a.filing_id FROM regulatory_authorization a JOIN custody_consignment c
        ON c.authorization_id = a.id WHERE c.id = %(row)s), ({_GOVERNS}))"""  # noqa: S608 - no word from outside
_TRAVELS = """
    SELECT 'its authorization is not in force, or does not cover the arrival' FROM custody_consignment c
    JOIN regulatory_authorization a ON a.id = c.authorization_id JOIN cases_case k ON k.id = c.case_id
    JOIN regulatory_profileversion p ON p.id = k.profile_version_id
    -- What leaves after the day it was to arrive on arrives on the day it leaves at the earliest.
    CROSS JOIN LATERAL (SELECT greatest(c.planned_arrival_on, (coalesce(c.dispatched_at, %(now)s) AT TIME ZONE
        CASE p.profile_key WHEN 'UK-SPECIALS' THEN 'Europe/London' ELSE 'Australia/Sydney' END)::date) AS day) arrival
    WHERE c.id = %(row)s AND (a.state <> 'in_force'
        OR arrival.day < a.valid_from OR arrival.day > coalesce(a.valid_until, 'infinity'))
    UNION ALL SELECT 'the pathway needs an authorization and it has none' FROM custody_consignment c
    JOIN cases_case k ON k.id = c.case_id JOIN regulatory_profileversion p ON p.id = k.profile_version_id
    WHERE c.id = %(row)s AND c.authorization_id IS NULL AND p.profile_key = 'AU-SAS-B'
    UNION ALL SELECT 'a lot ends before the cycle' FROM custody_unit u JOIN custody_lot l ON l.id = u.lot_id
    JOIN custody_consignment c ON c.id = u.consignment_id
    WHERE c.id = %(row)s AND l.expires_on < c.planned_arrival_on + c.days_of_therapy - 1"""
_ZONED = """(%(now)s::timestamptz AT TIME ZONE
    CASE p.profile_key WHEN 'UK-SPECIALS' THEN 'Europe/London' ELSE 'Australia/Sydney' END)::date"""
_ASKED_FOR = f"""
    SELECT 'a condition of its authorization is not sorted, not met or overdue', g.number FROM custody_consignment c
    JOIN regulatory_grantcondition g ON g.authorization_id = c.authorization_id JOIN cases_case k ON k.id = c.case_id
    JOIN regulatory_profileversion p ON p.id = k.profile_version_id
    WHERE c.id = %(row)s AND (g.state = 'stated' OR (g.state = 'standing' AND (g.kind = 'gate'
        OR g.due_on < {_ZONED})))"""  # noqa: S608 - no word from outside
_FRESH = """
    SELECT 'a unit was past its expiry' FROM custody_unit u JOIN custody_lot l ON l.id = u.lot_id
    JOIN custody_consignment c ON c.id = u.consignment_id JOIN people_institution i ON i.id = c.institution_id
    WHERE c.id = %(row)s AND (c.dispensed_at AT TIME ZONE i.time_zone)::date > l.expires_on"""
_REVIEWED = """
    SELECT kind || ' review' FROM (VALUES ('clinical'), ('regulatory')) AS k(kind) WHERE 'passed' IS DISTINCT FROM (
        SELECT r.state FROM regulatory_review r JOIN cases_determination d ON d.id = r.determination_id
        WHERE r.case_id = %(case)s AND r.kind = k.kind AND d.state = 'signed' ORDER BY r.number DESC LIMIT 1)"""
_PROVED = """
    SELECT 'no accepted proof' FROM regulatory_filing f LEFT JOIN documents_document d ON d.id = f.proof_id
    WHERE f.id = %(row)s AND (d.id IS NULL OR d.state <> 'accepted' OR d.case_id <> f.case_id
        OR f.submitted_at > %(now)s)"""
_PAID = """
    SELECT 'a notice that was due after a supply is overdue' FROM deadlines_deadline WHERE case_id = %(case)s
    AND kind IN ('regulatory.post_supply_notification', 'regulatory.post_receipt_notification')
    AND state IN ('running', 'missed') AND due_at < %(now)s"""
_ASKED = """
    SELECT 'a question is open' FROM regulatory_filing f JOIN regulatory_filingquestion q ON q.filing_id = f.id
    WHERE f.id = ({filing}) AND f.state = 'question' AND q.answered_at IS NULL"""

_SUPPLY = (_SIGNED, _WINDOW.format(filing=_NEXT, day=_TODAY), _OBJECTED.format(filing=_NEXT), _PERMIT,
           _ASKED.format(filing=_NEXT))  # fmt: skip
_LEAVES = (_SIGNED, _WINDOW.format(filing=_MINE, day=_ARRIVAL), _OBJECTED.format(filing=_MINE), _TRAVELS, _PAID,
           _ASKED_FOR, _ASKED.format(filing=_MINE))  # fmt: skip

_NOT_RECALLED = (
    "SELECT 'recalled', u.serial FROM custody_unit u JOIN custody_lot l ON l.id = u.lot_id"
    " JOIN custody_recalllot r ON (r.gtin, r.lot) = (l.gtin, l.number) AND r.serial IN ('', u.serial)"
    " JOIN custody_recall c ON c.id = r.recall_id"
    " WHERE u.consignment_id = %(row)s AND c.state IN ('stopped', 'told') AND NOT c.is_drill"
)
GROUNDS: dict[str, tuple[str, ...]] = {
    "cases.case.begin_filing": (_SIGNED,),
    "cases.case.begin_sourcing": _SUPPLY,
    "cases.case.resupply": (*_SUPPLY, _PAID),
    "regulatory.filing.submit": (_SIGNED, _REVIEWED, _PROVED),
    "regulatory.filing.lapse": (
        _WINDOW.format(filing="%(row)s", day=_TODAY),
        _OBJECTED.format(filing="%(row)s"),
        "SELECT 'silence clears nothing here' FROM cases_case c JOIN regulatory_profileversion p"
        " ON p.id = c.profile_version_id WHERE c.id = %(case)s AND p.profile_key <> 'UK-SPECIALS'",
        "SELECT 'it is called a decision' FROM regulatory_authorization"
        " WHERE filing_id = %(row)s AND ground <> 'lapse'",
    ),
    "regulatory.filing.grant": (
        "SELECT 'no authorization' WHERE NOT EXISTS (SELECT 1 FROM regulatory_authorization"
        " WHERE filing_id = %(row)s AND ground = 'decision' AND state = 'in_force')",
    ),
    "custody.consignment.order": (_SIGNED,),
    "custody.consignment.release": (*_LEAVES, _NOT_RECALLED),
    "custody.consignment.dispatch": (
        *_LEAVES,
        _NOT_RECALLED,
        "SELECT 'no carrier, or in the future' FROM custody_consignment"
        " WHERE id = %(row)s AND (carrier_id IS NULL OR dispatched_at > %(now)s)",
        "SELECT 'not packed' WHERE NOT EXISTS (SELECT 1 FROM custody_packing WHERE consignment_id = %(row)s)",
        "SELECT 'never scanned', u.serial FROM custody_unit u WHERE u.consignment_id = %(row)s AND NOT EXISTS"
        " (SELECT 1 FROM custody_packreading r WHERE r.unit_id = u.id AND r.differs = '')",
    ),
    "custody.consignment.accept": (_INSPECTED, _RELEASED, _COLD, _NOT_RECALLED),
    "custody.consignment.dispense": (_INSPECTED, _RELEASED, _COLD, _FRESH, _NOT_RECALLED),
    "cases.case.close": (
        "SELECT 'a date of the house runs on', key FROM deadlines_deadline WHERE case_id = %(case)s"
        " AND state IN ('running', 'paused', 'missed') AND force NOT IN ('statutory', 'guideline')"
        " AND kind NOT LIKE 'pharmacovigilance.report.%%'",
        "SELECT 'a consignment is under way', number FROM custody_consignment WHERE case_id = %(case)s"
        " AND state IN ('ordered', 'allocated', 'released', 'in_transit', 'arrived', 'accepted', 'rejected')",
        "SELECT 'a question is left open', q.number FROM regulatory_filingquestion q JOIN regulatory_filing f"
        " ON f.id = q.filing_id WHERE q.case_id = %(case)s AND q.answered_at IS NULL AND f.state = 'question'",
        "SELECT 'a condition of an authorization is not settled', number FROM regulatory_grantcondition"
        " WHERE case_id = %(case)s AND (state = 'stated' OR (state = 'standing' AND kind = 'gate'))",
    ),
    "regulatory.grant_condition.meet": (
        "SELECT 'no evidence of this case, or in the future' FROM regulatory_grantcondition g"
        " LEFT JOIN documents_document d ON d.id = g.evidence_id AND d.case_id = g.case_id AND d.state = 'accepted'"
        " WHERE g.id = %(row)s AND (d.id IS NULL OR g.met_at > %(now)s)",
        "SELECT 'a report is over, or anything else goes on' FROM regulatory_grantcondition"
        " WHERE id = %(row)s AND (state = 'standing') <> (kind = 'report')",
    ),
    "pharmacovigilance.obligation.discharge": (
        "SELECT 'late or in time, by its date' FROM pharmacovigilance_obligation o"
        " JOIN deadlines_deadline d ON d.id = o.deadline_id WHERE o.id = %(row)s"
        " AND (o.state = 'done_late') <> (o.discharged_at > d.due_at)",
    ),
    "pharmacovigilance.version.lock": (
        "SELECT 'an earlier version stays locked' FROM pharmacovigilance_caseversion v"
        " JOIN pharmacovigilance_caseversion w ON w.safety_case_id = v.safety_case_id AND w.version > v.version"
        " WHERE w.id = %(row)s AND v.state = 'locked'",
    ),
}
