"""English short names of the destinations that have a pathway, by ISO 3166-1 alpha-2 code."""

NAMES = {
    "AE": "United Arab Emirates", "AU": "Australia", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland",
    "DE": "Germany", "ES": "Spain", "FR": "France", "GB": "United Kingdom", "HK": "Hong Kong", "IE": "Ireland",
    "IL": "Israel", "IN": "India", "IT": "Italy", "JP": "Japan", "KE": "Kenya", "MX": "Mexico", "MY": "Malaysia",
    "NG": "Nigeria", "NZ": "New Zealand", "PH": "Philippines", "SA": "Saudi Arabia", "SG": "Singapore",
    "TR": "Türkiye", "US": "United States", "ZA": "South Africa",
}  # fmt: skip


def name_of(code: str) -> str:
    """The country's name, or the code itself where no pathway is listed."""
    return NAMES.get(code, code)
