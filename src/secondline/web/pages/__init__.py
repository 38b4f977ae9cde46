"""Pages: one file for each topic, its templates in ``templates/<topic>/``. A file dropped here is a page."""
