"""How a relation is judged and how complete a report is: published scales as data; pure, no record and no clock."""
