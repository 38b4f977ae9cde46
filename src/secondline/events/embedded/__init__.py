"""The event log in one SQLite file: for one machine, without a server, with the promises of `events.log`."""
