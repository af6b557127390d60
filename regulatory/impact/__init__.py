"""What changes for whom when a pathway gets another version: before it is published, in order of harm.

Pure
    standing   what is known about one case as far as a change of the rule can touch it
    harm       the kinds of effect, worst first, and what is proposed for each
    change     `RuleChange`: version B instead of A, prepared once; `effects(standing)` for each case
    alternatives  the other open routes of a country, and when each could first be used

With the database
    gathering  thousands of cases in a dozen queries
    listing    the lines of an impact list: cases and enquiries, in order of harm
"""
