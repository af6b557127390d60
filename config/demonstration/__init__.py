"""The demonstration: invented people and cases, made only through the services, so that history and chains are real."""
