"""What a logger's file says about a journey: read, figured, judged. Pure: no database, no clock."""
