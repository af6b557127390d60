"""Pathways as data, and the pure core that evaluates them: no Django, no database, no clock. Facts in, answers out.

Loading (`loader`, `schema`)
    load() -> Library                    the product's 48 profiles, checked: profiles, jurisdictions, sources,
                                         vocabularies, readings, house_targets, calendars
    load_directory(path) -> Library      another directory; raises ProfileDataError with every problem at once
    validate_profile(raw, library=)      -> list[Problem(profile, path, value, message, remedy)] of one file
    Profile.from_raw(raw, readings=)     a checked file (a stored version) as a Profile: key, version, section(name),
                                         facts, in_force(on), review_overdue(on), unknown

Facts (`facts`)
    Facts(events, documents, authorizations, parties, attestations, lists, lots, office_hours, planned, subject,
          quantity, list_keys, pauses, conditions), with to_json() and Facts.from_json(); its parts are Event,
          DocumentHeld, AuthorizationHeld, Party, Attestation, ListVersion, Lot, OfficeHours

Gates and acts (`gates`, `acts`)
    evaluate_gates(profile, facts, calendars=, now=, on=None) -> tuple[GateResult]
                                         state open, shut or not_known; opens_on, closes_on, because, missing, parts
    may(profile, act, facts, calendars=, now=, on=None) -> Permission
                                         acts: choose_route, export, ship, import, clear_customs, supply, dispense,
                                         administer; state as above or no_gate; allowed True, False or None (not known)

Duties and papers (`duties`, `papers`)
    duties(profile, facts, calendars=, now=, house_targets=) -> tuple[Duty]
                                         kind, holder, holder_outside, due (Computation | NotComputable | None),
                                         due_on, target_on, also, remarks
    papers(profile, documents, planned_on=, conditions=None) -> tuple[Paper]
                                         need, applies, met, why, oldest_on, usable_until, owner, blocks
    condition_key(text)                  (in `duty`) the key that answers a condition in words in `conditions`

Every `now` is an aware instant; every `on` a local day of the profile's jurisdiction. Every answer has to_json().
"""
