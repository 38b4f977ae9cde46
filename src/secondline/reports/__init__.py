"""Reports: a draft is a value; HTML, DOCX and PDF are renderings of the same draft. Reads records, runs nothing."""
