"""The report on paper: one or two pages of PDF/A, in Chinese and English."""
