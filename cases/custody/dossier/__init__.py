"""The custody dossier of a case: everything on record of its packs, as one PDF that names no patient."""
