"""Fairness: outcomes, scores, errors and prices of protected groups beside those of a control group.

Every statistic looks at all groups of one column at once and speaks of the worst: its intervals are Bonferroni's, so
that together they cover, and the interval of the worst runs from the worst low end to the worst high end. Groups under
the smallest size (30 rows unless model.yaml says otherwise) are listed and not judged.
"""
