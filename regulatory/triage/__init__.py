"""Triage: a recorded, explained recommendation before a case exists; never legal advice, never an authorization.

Pure core (no Django, no database, no clock)
    table.load() -> Table                the rules as data: inputs, reasons, rules in order, outcomes, version
    answers.read_answers(raw, table)     -> Answers; raises AnswersInvalid naming field, value and remedy
    readings.look_up(country, ...)       -> LookedUp: what the country's data say of both routes
    evaluator.evaluate(answers, table, looked_up) -> Result: outcome, fired reasons, questions that could change it
    letters.compose(result, language, ...)        -> Letter: the exact text, its template and its version
On record (Django)
    models, services, offers, statistics
"""
