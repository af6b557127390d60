"""EPCIS: what trading partners send (1.2 and 2.0 as XML, 2.0 as JSON), and a case's custody as they read it."""
