"""``sensors dev``: server, beat, listener, workers, Flower on this machine, as long as it runs.

``command`` runs it; ``plan`` says what is started, ``running`` that it is, ``screen`` what a person
is told; ``server`` and ``supervise`` start processes and see to their end.
"""
