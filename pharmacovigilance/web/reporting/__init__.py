"""Pages on which an event is told: the prescriber's minute, the pharmacist's form, the report and its triage."""
