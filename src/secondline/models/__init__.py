"""Models: opening an artefact without trusting it, and scoring with it. Files are parsed in a process of their own."""
