"""Reviews: checklists as data, what is reviewed, the answers, and the record that is signed."""
