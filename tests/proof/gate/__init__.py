"""How much bad data the gate catches, and how much good data it holds back: seeded defects and clean refreshes."""
