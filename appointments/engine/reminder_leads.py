"""How long before a visit or an event a reminder leaves, as people choose it. Plain Python."""

# Seconds before, and in words.
LEADS = [
    ("", "None"),
    (7_200, "Text two hours before"),
    (86_400, "Text a day before"),
    (172_800, "Text two days before"),
]
