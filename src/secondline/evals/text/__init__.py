"""Text: what graders, generators and reviewers read in words: sentences, numbers, quotes, languages, declines, PII."""
