"""HiTS workbooks: statistics as tidy tables."""
