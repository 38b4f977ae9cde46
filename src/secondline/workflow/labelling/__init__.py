"""Labelling: plans of labels put on record, blinded sheets and pages, disputes settled, and labels counted in a study.

`desk` is what is labelled and how far it is, `giving` what people do, `sheets` their way through CSV and Excel, and
`standing` tells a study which of its labels are those on record.
"""
