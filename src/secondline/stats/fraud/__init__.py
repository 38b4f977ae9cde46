"""Statistics of fraud models: rare events, weighed by money, that come in accounts and become known late.

Everything rests on two records: sums by account, and the rare transactions (fraud, alerted, declined, caught by a
rule) one by one. Accounts, not transactions, are independent: every interval is by account.
"""
