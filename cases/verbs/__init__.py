"""The trunk's own verbs. Importing this package registers them (see ``CasesConfig.ready``)."""
