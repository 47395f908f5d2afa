"""The spatial and space-time scan statistic, exact and compiled.

``statistic`` has the two entries and what they return; ``study`` reads the arrays, ``windows`` lists what is
tried, ``replications`` draws chance, ``clusters`` chooses what is told, ``kernels`` has the compiled loops.
"""
